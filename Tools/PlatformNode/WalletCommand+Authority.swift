import ArgumentParser
import Crypto
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet release-firmware`
    struct ReleaseFirmware: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release-firmware",
            abstract: "Lets devices install an image, or forbids it again; prints the image's digest.")

        @Option(help: "The product that it is for, as genesis records name it.")
        var product: String
        @Option(help: "For people.")
        var version: String
        @Option(help: ArgumentHelp("The image itself.", valueName: "file"))
        var image: String?
        @Option(help: ArgumentHelp("Or its SHA-256.", valueName: "hex"))
        var digest: String?
        @Option(help: ArgumentHelp("Devices never go below the highest that they have run.", valueName: "number"))
        var securityCounter: UInt32
        @Flag(help: "It must not be installed any more.")
        var withdraw = false
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let digest: ContentHash
                switch (image, self.digest) {
                case (let path?, nil): digest = try ImageFile.digest(path)
                case (nil, let text?): digest = try identifier(text, "--digest", as: ContentHash.self)
                default: throw Failure(line: "expected either --image or --digest")
                }
                let release = try FirmwareRelease(
                    product: product, version: version, digest: digest, securityCounter: securityCounter,
                    isWithdrawn: withdraw)
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(.releaseFirmware(release), key: key)
                output.show("digest", digest.hex, ["height": receipt.height])
            }
        }
    }

    /// `wallet vote`
    struct CastVote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "vote",
            abstract: "Votes for new rules of the ledger; says whether they are in force.",
            discussion: """
                What is not named stays as it is. Members who name the same change over the same rules vote for the same \
                proposal; with enough votes it is in force from the next transaction on.
                """)

        @Option(
            help: ArgumentHelp(
                "New rules as JSON: {\"parameters\": {…}, \"governance\": {…}} (docs/ledger.md).", valueName: "file"))
        var file: String?
        @Option(help: ArgumentHelp("The platform's share.", valueName: "basis points"))
        var commission: Int32?
        @Option(help: ArgumentHelp("The least amount of a grant.", valueName: "micro"))
        var minimumGrant: Int64?
        @Option(help: ArgumentHelp("How far a record's time may stray from block times.", valueName: "ms"))
        var tolerance: Int64?
        @Option(help: ArgumentHelp("How long validators answer for what they signed.", valueName: "seconds"))
        var evidenceWindow: Int64?
        @Option(help: ArgumentHelp("Where the commission goes.", valueName: "account"))
        var platform: String?
        @Option(help: ArgumentHelp("A new governance as JSON (docs/network.md).", valueName: "file"))
        var governance: String?
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let rules = try newRules()
                let (wallet, key) = try sending.open()
                guard let parameters = try await wallet.value(.parameters, as: LedgerParameters.self) else {
                    throw Failure(line: "the node's answer: no parameters")
                }
                guard let board = try await wallet.value(.governance, as: Governance.self) else {
                    throw Failure(line: "this ledger has no governance: its rules never change")
                }
                let proposal = try rules.proposal(over: parameters, board)
                let receipt = try await wallet.send(.vote(proposal), key: key)
                let votes = try await wallet.value(.votes(proposal.hash), as: Votes.self)
                output.show([
                    "proposal": .id(proposal.hash), "in_force": .flag(votes == nil),
                    "votes": .optional(votes) { .number(Int64($0.members.count)) },
                    "threshold": .number(Int64(clamping: board.threshold)), "height": .number(receipt.height),
                ])
            }
        }

        private func newRules() throws -> RulesText {
            var rules = try file.map { try RulesText(file: $0) } ?? RulesText()
            rules.parameters.commission = commission ?? rules.parameters.commission
            rules.parameters.minimumGrant = minimumGrant ?? rules.parameters.minimumGrant
            rules.parameters.toleranceMilliseconds = tolerance ?? rules.parameters.toleranceMilliseconds
            rules.parameters.evidenceWindowSeconds = evidenceWindow ?? rules.parameters.evidenceWindowSeconds
            rules.parameters.platform = platform ?? rules.parameters.platform
            if let governance { rules.governance = try GovernanceText(file: governance) }
            return rules
        }
    }

    /// `wallet parameters`
    struct ShowParameters: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "parameters", abstract: "Prints the ledger's rules, and who may change them.")

        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let wallet = try Wallet(rpc: rpc)
                guard let parameters = try await wallet.value(.parameters, as: LedgerParameters.self) else {
                    throw Failure(line: "the node's answer: no parameters")
                }
                let board = try await wallet.value(.governance, as: Governance.self)
                output.show(parameters.shown.with(["governance": .optional(board, \.shown)]))
            }
        }
    }
}
