import ArgumentParser
import Journal
import PlatformLink
import ReceiptPage
import Receipts
import SignedRecords

/// `wattseal receipt`: the proof of one session, from the journal and the proofs beside it.
struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Makes the receipt of a session whose settlement the ledger has proved; verifies it before writing.")

    @Option(help: "The device's journal folder; the proofs are looked for in ../link, OCMF records in ../ocmf.")
    var journal: String

    @Option(help: "The session id, hex.")
    var session: String

    @Option(name: .shortAndLong, help: "Where to write it; - is standard output.")
    var output: String?

    @Flag(help: "Instead of the receipt, the session's OCMF record as the device signed it; needs no settlement.")
    var ocmf = false

    @OptionGroup var rendering: RenderingOptions

    func validate() throws {
        if ocmf, output == nil { throw ValidationError("--ocmf: name the file with -o") }
        if ocmf, !rendering.isEmpty { throw ValidationError("--ocmf goes without --html and --text") }
        if output == nil, rendering.isEmpty { throw ValidationError("expected -o, --html or --text") }
        try rendering.check(besides: output)
    }

    func run() throws {
        let id = try SessionID(hex: session)
        if ocmf { return try writeOCMF(of: id) }
        guard let store = try LinkFolder.proofs(of: id, under: "\(journal)/../link"),
            let bundle = try store.bundle(of: id)
        else {
            throw CommandError.refused(
                "session \(session): no proof of its settlement in \(journal)/../link/proofs; is it acknowledged yet?")
        }
        let found = try JournalEvidence(of: id, journal: journal)
        guard let terms = found.terms, let tariff = try store.tariff(terms.tariff) else {
            throw CommandError.refused("session \(session): its tariff is not in \(journal)/../link/proofs")
        }
        let receipt = try ReceiptBuilder.build(
            session: id, genesis: found.genesis, keyChanges: found.keyChanges, chainRecords: found.chain,
            tariff: tariff, bundle: bundle)
        if let output { try FileBytes.write(receipt.encode(), to: output) }
        try rendering.write(try receipt.verify(anchor: nil))
    }

    /// The stored bytes, once they are verified against the records.
    private func writeOCMF(of id: SessionID) throws {
        guard let bytes = try OCMFStore(directory: "\(journal)/../ocmf").record(of: id) else {
            throw CommandError.refused("session \(session): no OCMF record in \(journal)/../ocmf")
        }
        _ = try JournalEvidence(of: id, journal: journal).verify(OCMFRecord(decoding: bytes))
        try FileBytes.write(bytes, to: output ?? "-")
    }
}

/// Where a receipt is written for people.
struct RenderingOptions: ParsableArguments {
    @Option(help: "Where to write it as one printed sheet, HTML; - is standard output.")
    var html: String?

    @Option(help: "Where to write it as plain text; - is standard output.")
    var text: String?

    var isEmpty: Bool { html == nil && text == nil }

    /// Two of them in one place would be neither.
    func check(besides output: String? = nil) throws {
        let places = [output, html, text].compactMap { $0 }
        guard Set(places).count == places.count else {
            throw ValidationError("-o, --html, --text: expected different files")
        }
    }

    func write(_ report: ReceiptReport) throws {
        if let html { try FileBytes.write(Array(ReceiptPage(report).html.utf8), to: html) }
        if let text { try FileBytes.write(Array(report.plainText.utf8), to: text) }
    }
}
