import LedgerSamples
import LightClient
import PlatformLink
import Quantities

/// A charger that was so many days without its ledger, and what coming back takes it. After more days than trust lasts a person
/// names a new anchor.
final class Absence {
    let days: Int64
    /// Headers of the chain behind the one that was trusted, up to the one that is to be known; with a new anchor, up to that.
    let headers: Int64
    /// Nanoseconds of the processor, one for each round that was kept.
    private(set) var times: [Double] = []
    /// What passed in the newest round; it is the same in each.
    private(set) var traffic = ModelNode.Traffic()

    private static let day: Int64 = 86_400
    private static let period = Duration.seconds(14 * day)
    /// How far the chain has gone on behind a new anchor.
    private static let behindAnchor: Int64 = 3_600

    private let model: ModelChain
    private let node: ModelNode
    private let first: TrustAnchor
    private let second: TrustAnchor?
    /// Where the trust is kept between the two; each round has a folder of its own.
    private let folder: String

    /// What the chain is trusted with: for 14 days.
    static func options() throws -> TrustOptions { try TrustOptions(period: period) }

    init(_ model: ModelChain, days: Int64, folder: String) throws {
        let headers = days * Self.day
        (self.model, self.days, self.headers, self.folder) = (model, days, headers, folder)
        // The answers are made once, in the round that warms up.
        node = ModelNode(model, keepsAnswers: true)
        first = try Self.anchor(model, at: 1)
        second = try days < 14 ? nil : Self.anchor(model, at: 1 + headers)
    }

    var needsAnchor: Bool { second != nil }

    /// One absence from the beginning.
    func pass(round: Int, isKept: Bool) throws {
        let newest = 1 + headers + (needsAnchor ? Self.behindAnchor : 0)
        let store = try needsAnchor ? TrustedStore(directory: "\(folder)/anchor-\(days)-\(round)") : nil
        node.begin(at: 1)
        // Without a new anchor it is the same process that comes back, and its clock is the one of then.
        let before = try synchroniser(first, at: needsAnchor ? 2 : newest + 1, store: store)
        try follow(before, to: 1)
        node.begin(at: newest)
        let after = try second.map { try synchroniser($0, at: newest + 1, store: store, isReanchoring: true) } ?? before
        let start = Stopwatch.process.now()
        try follow(after, to: newest)
        let time = Stopwatch.process.now() - start
        traffic = node.traffic
        if isKept { times.append(Double(time - traffic.making)) }
    }

    private static func anchor(_ model: ModelChain, at height: Int64) throws -> TrustAnchor {
        guard let hash = try model.block(at: height).header.hash() else {
            throw BenchmarkFailed("a block without a hash")
        }
        return TrustAnchor(height: height, hash: hash)
    }

    private func synchroniser(
        _ anchor: TrustAnchor, at height: Int64, store: TrustedStore?, isReanchoring: Bool = false
    ) throws -> Synchroniser {
        let now = try model.time(at: height)
        return try Synchroniser(
            providers: Providers(primary: NodeClient(transport: node, deadline: .seconds(10))), chainID: model.chainID,
            anchor: anchor, options: try Self.options(), store: store, reanchoring: isReanchoring, utc: { now })
    }

    private func follow(_ synchroniser: Synchroniser, to height: Int64) throws {
        let found = try Waiting.value { try await synchroniser.advance().height }
        guard found == height else { throw BenchmarkFailed("height \(found) instead of \(height)") }
    }
}
