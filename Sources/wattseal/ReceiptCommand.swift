import ArgumentParser
import Journal
import PlatformLink
import Receipts
import SignedRecords

/// `wattseal receipt`: the proof of one session, from the journal and the proofs beside it.
struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Makes the receipt of a session whose settlement the ledger has proved; verifies it before writing.")

    @Option(help: "The device's journal folder; the proofs are looked for in ../link.")
    var journal: String

    @Option(help: "The session id, hex.")
    var session: String

    @Option(name: .shortAndLong, help: "Where to write it; - is standard output.")
    var output: String

    func run() throws {
        let id = try SessionID(hex: session)
        guard let store = try LinkFolder.proofs(of: id, under: "\(journal)/../link"),
            let bundle = try store.bundle(of: id)
        else {
            throw CommandError.refused(
                "session \(session): no proof of its settlement in \(journal)/../link/proofs; is it acknowledged yet?")
        }
        let reader = try RecordsCommand.open(journal)
        let device = try reader.records(of: .device)
        guard let genesis = device.first else {
            throw CommandError.refused("\(journal): expected a genesis record, found an empty device chain")
        }
        let keyChanges = device.filter { if case .keyChange = $0.record.body { true } else { false } }
        let chain = try Self.chain(of: id, in: reader)
        guard let begin = chain.first(where: { $0.record.body.session == id }),
            case .begin(let terms) = begin.record.body, let tariff = try store.tariff(terms.tariff)
        else { throw CommandError.refused("session \(session): its tariff is not in \(journal)/../link/proofs") }
        let receipt = try ReceiptBuilder.build(
            session: id, genesis: genesis, keyChanges: keyChanges, chainRecords: chain, tariff: tariff, bundle: bundle)
        try FileBytes.write(receipt.encode(), to: output)
    }

    /// The records of the connector chain that holds the session.
    private static func chain(of session: SessionID, in reader: JournalReader) throws -> [SignedRecord] {
        for chain in reader.chains where chain != .device {
            let records = try reader.records(of: chain)
            if records.contains(where: { $0.record.body.session == session }) { return records }
        }
        throw CommandError.refused("session \(session): not in this journal")
    }
}
