import SignedRecords

/// The newest records of all chains in the order of their making, at most `capacity`.
struct RecentRecords: Equatable, Sendable {
    static let capacity = 50

    /// How many it holds at most.
    private let limit: Int
    private(set) var notes: [RecordNote] = []

    /// Begins with what a journal holds: its newest records, in any order.
    init(_ found: [SignedRecord] = [], limit: Int = RecentRecords.capacity) {
        self.limit = limit
        let ordered = found.sorted { one, other in
            (one.record.time.bootCount, one.record.time.monotonic, one.record.chain, one.record.sequence)
                < (other.record.time.bootCount, other.record.time.monotonic, other.record.chain, other.record.sequence)
        }
        for signed in ordered { note(signed) }
    }

    mutating func note(_ signed: SignedRecord) {
        if notes.count == limit { notes.removeFirst() }
        notes.append(RecordNote(signed))
    }

    /// The newest first, with what a status says of their acknowledgement.
    func listed(_ chains: [StatusReport.Records.Chain]) -> [RecordNote] {
        notes.reversed().map { note in
            var note = note
            note.acknowledged = chains.contains { $0.number == note.chain && note.sequence <= $0.acknowledged }
            return note
        }
    }
}
