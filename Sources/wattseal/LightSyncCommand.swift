import ArgumentParser
import Glibc
import LightClient
import PlatformLink
import Quantities

/// `wattseal light sync`: follows a chain to its newest height, as a charger does.
struct LightSyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Follows a chain to its newest height: JSON lines; 0, expired (3), refused or diverged (4).")

    @Option(help: ArgumentHelp("The node whose headers are verified.", valueName: "url"))
    var rpc: String

    @Option(help: ArgumentHelp("A node that has to have the same headers; may be repeated.", valueName: "url"))
    var witness: [String] = []

    @Option(help: "The chain's id.")
    var chainID: String

    @Option(help: "The height where trust begins when the store is empty.")
    var trustHeight: Int64

    @Option(help: "The header's hash at that height, hex.")
    var trustHash: String

    @Option(help: "The trusting period in seconds.")
    var period: Int64

    @Option(help: "How far a header's time may lie ahead, in seconds.")
    var drift: Int64 = 10

    @Option(help: ArgumentHelp("The longest time for one call.", valueName: "ms"))
    var deadline: Int64 = 10_000

    @Option(help: "The folder where trust is kept.")
    var store: String

    @Flag(help: "Give up what an expired or halted store trusted, and begin anew at --trust-height and --trust-hash.")
    var reAnchor = false

    func run() async throws {
        let options = try TrustOptions(period: .seconds(period), drift: .seconds(drift))
        guard trustHeight > 0 else {
            throw CommandError.argument(name: "--trust-height", expected: "a height above 0", found: "\(trustHeight)")
        }
        let anchor = TrustAnchor(height: trustHeight, hash: try Hash(hex: trustHash))
        do throws(PlatformLinkError) {
            let block = try await synchronise(from: anchor, options)
            SyncLine("done", block).print()
        } catch {
            SyncLine(error).print()
            throw Self.exit(for: error, reAnchor: reAnchor)
        }
    }

    private func synchronise(
        from anchor: TrustAnchor, _ options: TrustOptions
    ) async throws(PlatformLinkError) -> LightBlock {
        let providers = try providers()
        let store = try TrustedStore(directory: store)
        if reAnchor, let old = try store.load(chainID: chainID) {
            ErrorOutput.print(
                "re-anchoring: gives up block \(old.height) (\(old.header.hash()?.hex ?? "no hash")) and everything that rests "
                    + "on it; believes block \(trustHeight) (\(trustHash)) on your word")
        }
        let synchroniser = try Synchroniser(
            providers: providers, chainID: chainID, anchor: anchor, options: options, store: store,
            reanchoring: reAnchor,
            utc: { Self.utc() }, onProgress: { SyncLine($0).print() })
        if let trusted = await synchroniser.trusted { SyncLine("stored", trusted).print() }
        return try await synchroniser.advance()
    }

    private func providers() throws(PlatformLinkError) -> Providers {
        var seen: Set<RPCEndpoint> = []
        var clients: [NodeClient] = []
        for text in [rpc] + witness {
            let endpoint = try RPCEndpoint(text)
            guard seen.insert(endpoint).inserted else {
                throw .endpointInvalid(text, reason: "the node is named twice, which makes no second opinion")
            }
            clients.append(
                NodeClient(transport: try HTTPTransport(endpoint), deadline: .milliseconds(max(deadline, 1))))
        }
        return Providers(primary: clients[0], witnesses: Array(clients.dropFirst()))
    }

    private static func utc() -> Timestamp? {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return nil }
        return try? Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// 3 and 4 as INTERFACES has them; 1 for what says nothing about the chain.
    private static func exit(for error: PlatformLinkError, reAnchor: Bool) -> any Error {
        let hint =
            reAnchor
            ? ""
            : "; --re-anchor with --trust-height and --trust-hash of a block that you know from elsewhere begins anew"
        switch error {
        case .trustExpired:
            ErrorOutput.print("\(error)\(hint)")
            return LightExit.expired
        case .trustHalted:
            ErrorOutput.print("\(error)\(hint)")
            return LightExit.invalid
        case .notConfirmed, .noWitness:
            ErrorOutput.print("\(error)")
            return LightExit.invalid
        default:
            guard error.isRefusedAnswer else { return error }
            ErrorOutput.print("\(error)")
            return LightExit.invalid
        }
    }
}
