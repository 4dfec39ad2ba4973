import ArgumentParser
import Glibc
import LedgerNode
import LightClient
import Logging
import Quantities
import SignedRecords

/// `platform-node standalone`: the embedded ledger, until SIGTERM or SIGINT.
struct StandaloneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "standalone", abstract: "Runs a ledger of its own, with in-process validators.")

    @Option(help: "The node's folder; made where it does not exist.")
    var home: String

    @Option(help: ArgumentHelp("Where the RPC listens; port 0 takes a free one.", valueName: "host:port"))
    var rpc = "127.0.0.1:26657"

    @Option(help: "How many validators a new chain has, 1 to 100 (default: 4).")
    var validators: Int?

    @Option(help: ArgumentHelp("Least time between blocks with transactions.", valueName: "ms"))
    var blockInterval: Int64 = 1_000

    @Option(help: ArgumentHelp("A new chain's name (default: wattseal-standalone).", valueName: "id"))
    var chainID: String?

    @Option(help: ArgumentHelp("What an account holds at the start of a new chain.", valueName: "hex=micro"))
    var account: [String] = []

    @Option(help: ArgumentHelp("The platform's share on a new chain (default: 250).", valueName: "basis points"))
    var commission: Int32?

    @Option(
        help: ArgumentHelp(
            "Who may change a new chain's rules and release firmware, as JSON (docs/network.md; default: nobody).",
            valueName: "file"))
    var governance: String?

    @Option(
        help: ArgumentHelp(
            "A socket file on which validators change and faults happen on request; for tests only.",
            valueName: "socket"))
    var developmentControl: String?

    @Option(help: ArgumentHelp("A second RPC, to which faults can tell other things.", valueName: "host:port"))
    var developmentRPC: String?

    @Flag(help: "Tells of each block on standard error.")
    var verbose = false

    func run() async throws {
        try await Failure.reporting {
            let (host, port) = try Self.address(rpc)
            var configuration = LedgerNodeConfiguration(
                home: home, host: host, port: port, validators: validators,
                blockIntervalMilliseconds: blockInterval, chainID: chainID, accounts: try Self.accounts(account),
                commission: commission.map { BasisPoints($0) },
                governance: try governance.map { try GovernanceText(file: $0).governance() })
            configuration.controlSocket = developmentControl
            configuration.secondRPC = try developmentRPC.map { try Self.address($0, option: "--development-rpc") }
            var logger = Logger(label: "platform-node") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = verbose ? .debug : .warning
            configuration.logger = logger
            // Before the node starts: a signal that comes while it starts stops it right after.
            let signals = StopSignals()
            let node = try await LedgerNode.start(configuration)
            let second = node.secondURL.map { " second=\($0)" } ?? ""
            print(
                "ready rpc=\(node.url) chain=\(node.chainID) height=\(node.anchor.height) hash=\(node.anchor.hash.hex)"
                    + second)
            fflush(nil)
            for await _ in signals.stream { break }
            await node.stop()
            withExtendedLifetime(signals) {}
        }
    }

    /// `HOST:PORT`, with an IPv6 host in brackets.
    static func address(_ text: String, option: String = "--rpc") throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon != text.startIndex
        else { throw Failure(line: "\(option) \(text): expected HOST:PORT") }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return (isBracketed ? String(host.dropFirst().dropLast()) : String(host), port)
    }

    private static func accounts(_ entries: [String]) throws -> [AccountID: Microunits] {
        var accounts: [AccountID: Microunits] = [:]
        for entry in entries {
            let halves = entry.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let account = try? AccountID(hex: String(halves[0])),
                let balance = Int64(halves[1]), balance >= 0
            else { throw Failure(line: "--account \(entry): expected 64 hexadecimal digits, =, and microunits") }
            guard accounts.updateValue(Microunits(balance), forKey: account) == nil else {
                throw Failure(line: "--account \(entry): the account stands twice")
            }
        }
        return accounts
    }
}
