import LedgerSamples
import LightClient
import PlatformLink
import Quantities

/// A chain followed the dear way: each header fetched, and verified on the one before.
final class HeaderWalk {
    /// What one header of a stretch cost.
    struct Cost {
        let bytes: Double
        /// Nanoseconds of the processor, without those that the model takes to make the header.
        let time: Double
    }

    private let node: ModelNode
    private let client: NodeClient
    private let options: TrustOptions
    private let now: Timestamp
    private let last: Int64
    private var trusted: LightBlock

    /// From the first block to one of this height.
    init(_ model: ModelChain, to last: Int64, trusting options: TrustOptions) throws {
        self.last = last
        self.options = options
        node = ModelNode(model, keepsAnswers: false)
        client = NodeClient(transport: node, deadline: .seconds(10))
        now = try model.time(at: last + 10)
        trusted = try model.block(at: 1)
    }

    /// Fetches and verifies the next so many.
    func go(_ count: Int64) throws -> Cost {
        node.begin(at: last)
        let (client, options, now, first) = (client, options, now, trusted)
        let start = Stopwatch.process.now()
        trusted = try Waiting.value {
            var trusted = first
            for height in first.height + 1...first.height + count {
                let block = try await client.lightBlock(at: height, known: trusted.validators)
                let verdict = Verifier.verify(
                    trusted: try TrustedState(trusted), untrusted: block, now: now, options: options)
                guard verdict == .success else { throw BenchmarkFailed("height \(height): \(verdict)") }
                trusted = block
            }
            return trusted
        }
        let traffic = node.traffic
        let time = Stopwatch.process.now() - start - traffic.making
        return Cost(bytes: Double(traffic.bytes) / Double(count), time: Double(time) / Double(count))
    }
}
