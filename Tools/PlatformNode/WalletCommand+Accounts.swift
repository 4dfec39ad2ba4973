import ArgumentParser
import Ledger
import LedgerNode
import Quantities
import SignedRecords

extension WalletCommand {
    /// `wallet new`
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Makes a key and prints its account.")

        @Option(help: ArgumentHelp("The new key file.", valueName: "file"))
        var key: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting { output.show("account", try KeyFile.create(key).account.hex) }
        }
    }

    /// `wallet account`
    struct ShowAccount: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "account", abstract: "Prints a key's account.")

        @Option(help: ArgumentHelp("The key file.", valueName: "file"))
        var key: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting { output.show("account", try KeyFile.load(key).account.hex) }
        }
    }

    /// `wallet chain`
    struct ShowChain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "chain", abstract: "Prints the id of the ledger behind a node.")

        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting { output.show("chain", try await Wallet(rpc: rpc).ledger().text) }
        }
    }

    /// `wallet balance`
    struct Balance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "balance", abstract: "Prints what an account holds, in microunits.")

        @Option(help: ArgumentHelp("The account.", valueName: "hex"))
        var account: String?
        @Option(help: ArgumentHelp("Or the key file of one's own.", valueName: "file"))
        var key: String?
        @Option(help: ArgumentHelp("The node.", valueName: "url"))
        var rpc = "http://127.0.0.1:26657"
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let id: AccountID
                switch (account, key) {
                case (let text?, nil): id = try identifier(text, "--account", as: AccountID.self)
                case (nil, let path?): id = try KeyFile.load(path).account
                default: throw Failure(line: "expected either --account or --key")
                }
                let account = try await Wallet(rpc: rpc).account(id)
                output.show(
                    "balance_micro", "\(account.balance.rawValue)",
                    ["next_nonce": Int64(clamping: account.nextNonce)], isNumber: true)
            }
        }
    }

    /// `wallet transfer`
    struct Transfer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "transfer", abstract: "Moves money; prints the transaction's hash.")

        @Option(help: ArgumentHelp("The receiving account.", valueName: "hex"))
        var to: String
        @Option(help: ArgumentHelp("How much.", valueName: "micro"))
        var amount: Int64
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let to = try identifier(to, "--to", as: AccountID.self)
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(.transfer(to: to, amount: Microunits(amount)), key: key)
                output.show("transaction", Hexadecimal.encode(receipt.hash), ["height": receipt.height])
            }
        }
    }
}
