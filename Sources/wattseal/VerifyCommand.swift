import ArgumentParser
import LightClient
import Receipts

/// `wattseal verify`: checks a receipt offline.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies a session receipt offline: records, chain, settlement, state proof, commit signatures.")

    @Argument(help: "The receipt.")
    var receipt: String

    @Option(
        help:
            "A light block (JSON) that you trust: the receipt must rest on its validators, or on a set that they vouch for."
    )
    var anchor: String?

    func run() throws {
        let trusted = try anchor.map { path in try LightBlockFile.read(path) }
        let report = try Receipt.verify(bytes: FileBytes.read(receipt), anchor: trusted)
        print(report.plainText)
    }
}
