import ArgumentParser
import Ledger
import LedgerNode
import SignedRecords

extension WalletCommand {
    /// `wallet report-fraud`
    struct ReportFraud: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "report-fraud",
            abstract: "Shows the ledger a fraud proof: the charger is frozen; prints the transaction's hash.")

        @Argument(help: "The proof, as `wattseal records verify --fraud-proof` writes it.")
        var proof: String
        @OptionGroup var sending: SendingOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await Failure.reporting {
                let found: FraudProof
                do { found = try FraudProof(decoding: try SecretFile.read(proof, isSecret: false)) } catch {
                    throw Failure(line: "\(proof): \(error)")
                }
                let (wallet, key) = try sending.open()
                let receipt = try await wallet.send(
                    .reportFraud(
                        one: found.records[0].signed.message, other: found.records[1].signed.message),
                    key: key)
                output.show("transaction", Hexadecimal.encode(receipt.hash), ["height": receipt.height])
            }
        }
    }
}
