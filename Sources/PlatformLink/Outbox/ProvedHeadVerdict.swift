public import Ledger
public import SignedRecords

/// What a proved head of a chain says about this device's journal. The only way to an acknowledgement.
///
/// Owns the rule: a record counts as accepted only when a proof over state names its sequence number and exactly our
/// record's hash at that number (ARCHITECTURE: one proof acknowledges every record up to it).
public enum ProvedHeadVerdict: Equatable, Sendable {
    /// The ledger knows nothing of this chain yet.
    case nothingAccepted
    /// The ledger accepted up to here, as we signed it.
    case accepted(sequence: UInt64, hash: RecordHash)
    /// The same as acknowledged before.
    case unchanged
    /// The ledger is ahead of the journal: the journal is of an earlier day than the device.
    case aheadOfJournal(proved: ChainHeadState, journal: UInt64)
    /// The ledger accepted another record than the journal holds under this number.
    case differs(proved: ChainHeadState, journal: RecordHash)
    /// The journal should hold the record with this number, and does not.
    case recordMissing(UInt64)
    /// The ledger's head lies below what it proved before.
    case wentBack(proved: UInt64, acknowledged: UInt64)

    /// Compares.
    ///
    /// - Parameters:
    ///   - proved: The proved head; nil when its absence was proved.
    ///   - journalHead: Number of the journal's last record; 0 for an empty chain.
    ///   - acknowledged: Number acknowledged so far; 0 for none.
    ///   - elsewhere: Number of the last record that belongs to an earlier ledger; 0 for none.
    ///   - ourHash: Hash of our record at the proved number; nil when the journal has none there (pruned or beyond).
    public init(
        proved: ChainHeadState?, journalHead: UInt64, acknowledged: UInt64, elsewhere: UInt64 = 0, ourHash: RecordHash?
    ) {
        guard let proved else {
            self = acknowledged == elsewhere ? .nothingAccepted : .wentBack(proved: 0, acknowledged: acknowledged)
            return
        }
        guard proved.sequence >= acknowledged else {
            self = .wentBack(proved: proved.sequence, acknowledged: acknowledged)
            return
        }
        guard proved.sequence <= journalHead else {
            self = .aheadOfJournal(proved: proved, journal: journalHead)
            return
        }
        guard let ourHash else {
            // Only a number at or below the acknowledged one may be pruned, and that one was compared when it was new.
            self = proved.sequence == acknowledged ? .unchanged : .recordMissing(proved.sequence)
            return
        }
        guard ourHash == proved.hash else {
            self = .differs(proved: proved, journal: ourHash)
            return
        }
        self = proved.sequence == acknowledged ? .unchanged : .accepted(sequence: proved.sequence, hash: ourHash)
    }
}
