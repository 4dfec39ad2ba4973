import Journal
import Receipts
import SignedRecords

/// What a journal holds about a session.
struct JournalEvidence {
    let session: SessionID
    let genesis: SignedRecord
    let keyChanges: [SignedRecord]
    /// The records of the connector chain that holds the session.
    let chain: [SignedRecord]
    /// Which of its chain's ended sessions it is, from 1; nil where it has not ended.
    let page: UInt64?

    init(of session: SessionID, journal: String) throws {
        let reader = try RecordsCommand.open(journal)
        let device = try reader.records(of: .device)
        guard let genesis = device.first else {
            throw CommandError.refused("\(journal): expected a genesis record, found an empty device chain")
        }
        self.session = session
        self.genesis = genesis
        keyChanges = device.filter { if case .keyChange = $0.record.body { true } else { false } }
        chain = try Self.chain(of: session, in: reader)
        page = try reader.ordinal(of: session)
    }

    /// What the begin record says; nil where it is not here any more.
    var terms: Begin? {
        for signed in chain {
            if case .begin(let begin) = signed.record.body, begin.session == session { return begin }
        }
        return nil
    }

    /// Checks an OCMF record against the records, its page number included.
    func verify(_ record: OCMFRecord) throws -> OCMFReport {
        let evidence = try SessionEvidence(
            of: session, genesis: genesis, keyChanges: keyChanges, chainRecords: chain)
        let report = try record.verify(against: evidence)
        guard report.page == page else {
            throw CommandError.refused(
                "OCMF: page T\(report.page), session \(session) is number \(page ?? 0) of its chain's ended ones")
        }
        return report
    }

    private static func chain(of session: SessionID, in reader: JournalReader) throws -> [SignedRecord] {
        for chain in reader.chains where chain != .device {
            let records = try reader.records(of: chain)
            if records.contains(where: { $0.record.body.session == session }) { return records }
        }
        throw CommandError.refused("session \(session): not in this journal")
    }
}
