import ArgumentParser
import Glibc
import LedgerNode
import LightClient
import Logging

/// `platform-node abci`: the ledger behind CometBFT, until SIGTERM or SIGINT.
struct ABCICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abci", abstract: "Runs the ledger's state machine behind CometBFT 0.38 (ABCI 2.0).",
        discussion: "CometBFT dials; its proxy_app is the address given here. See docs/network.md.")

    @Option(
        help: ArgumentHelp(
            "Where CometBFT finds it; tcp port 0 takes a free one.", valueName: "tcp://host:port|unix://path"))
    var listen = "tcp://127.0.0.1:26658"

    @Option(help: "The node's folder; made where it does not exist.")
    var home: String

    @Option(
        help: ArgumentHelp("The ledger's name, held against genesis and snapshots (default: theirs).", valueName: "id"))
    var chainID: String?

    @Option(
        help: ArgumentHelp("Takes a snapshot at each height that this divides; 0 takes none.", valueName: "heights"))
    var snapshotInterval: Int64 = 1_000

    @Option(help: ArgumentHelp("How many blocks CometBFT keeps at least; 0 keeps all.", valueName: "blocks"))
    var retainBlocks: Int64 = 0

    @Flag(help: "Tells of connections on standard error.")
    var verbose = false

    func run() async throws {
        try await Failure.reporting {
            var logger = Logger(label: "platform-node") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = verbose ? .debug : .warning
            // Before the node starts: a signal that comes while it starts stops it right after.
            let signals = StopSignals()
            let node = try await ABCINode.start(
                ABCINodeConfiguration(
                    home: home, listen: try ABCIAddress(listen), chainID: chainID, snapshotInterval: snapshotInterval,
                    retainedBlocks: retainBlocks, logger: logger))
            let standing = await node.standing
            print(
                "ready abci=\(node.address) chain=\(standing.chainID ?? "-") height=\(standing.height) "
                    + "app_hash=\(standing.appHash.isEmpty ? "-" : Hex.encode(standing.appHash))")
            fflush(nil)
            for await _ in signals.stream { break }
            await node.stop()
            withExtendedLifetime(signals) {}
        }
    }
}
