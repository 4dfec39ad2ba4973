import ArgumentParser
import LightClient
import Receipts
import SignedRecords

/// `wattseal verify`: checks a receipt, or an OCMF record, offline.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verifies a session receipt offline: records, chain, settlement, state proof, commit signatures.",
        discussion: "A file that starts with OCMF| is an OCMF record: it is verified with --receipt or --journal.")

    @Argument(help: "The receipt, or the OCMF record.")
    var file: String

    @Option(
        help:
            "A light block (JSON) that you trust: the receipt must rest on its validators, or on a set that they vouch for."
    )
    var anchor: String?

    @Option(help: "For an OCMF record: the receipt of its session, which is verified first.")
    var receipt: String?

    @Option(help: "For an OCMF record: the device's journal folder.")
    var journal: String?

    func run() throws {
        let bytes = try FileBytes.read(file)
        if bytes.starts(with: Array("OCMF|".utf8)) { return try verifyOCMF(bytes) }
        guard receipt == nil, journal == nil else {
            throw CommandError.refused("\(file): expected an OCMF record with --receipt or --journal")
        }
        let trusted = try anchor.map { path in try LightBlockFile.read(path) }
        print(try Receipt.verify(bytes: bytes, anchor: trusted).plainText)
    }

    private func verifyOCMF(_ bytes: [UInt8]) throws {
        let record = try OCMFRecord(decoding: bytes)
        let report: OCMFReport
        if let receipt {
            guard journal == nil else { throw CommandError.refused("--receipt and --journal: expected one of them") }
            let trusted = try anchor.map { path in try LightBlockFile.read(path) }
            let proof = try Receipt(decoding: FileBytes.read(receipt))
            _ = try proof.verify(anchor: trusted)
            report = try record.verify(against: proof.evidence)
        } else if let journal {
            guard anchor == nil else { throw CommandError.refused("--anchor: expected with --receipt") }
            guard let session = record.claimedSession else {
                throw CommandError.refused("\(file): the payload names no session")
            }
            report = try JournalEvidence(of: session, journal: journal).verify(record)
        } else {
            throw CommandError.refused(
                "\(file): an OCMF record names no key that vouches for it: expected --receipt or --journal")
        }
        print("session \(report.session)")
        print("page T\(report.page)\(journal == nil ? " (not checked: needs the journal)" : "")")
        print("P-256 key \(Hexadecimal.encode(report.key))")
        print("as DER for OCMF verifiers \(Hexadecimal.encode(report.subjectPublicKeyInfo))")
        print("the payload is what the session's records give, byte for byte")
        print("valid")
    }
}
