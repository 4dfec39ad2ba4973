import SignedRecords

/// A move from one ledger to another, as the owner configures it and as close and open records state it.
struct LedgerMove: Hashable, Sendable {
    let from: LedgerChainID
    let to: LedgerChainID
    /// The block of the new ledger that the device trusts first.
    let anchorHeight: UInt64
    let anchorHash: ContentHash

    var close: Close { Close(newLedger: to, anchorHeight: anchorHeight, anchorHash: anchorHash) }

    var open: Open { Open(oldLedger: from, newLedger: to, anchorHeight: anchorHeight, anchorHash: anchorHash) }
}

/// Which ledgers a chain has belonged to, by its records.
struct LedgerPath: Hashable, Sendable {
    /// Oldest first; the last is the one that its next record is signed for.
    private(set) var ledgers: [LedgerChainID]
    /// The chain is closed: only open may follow.
    private(set) var closing: Close?
    /// The last open record and its number; nil and 0 on the first ledger.
    private(set) var lastOpen: Open?
    private(set) var openSequence: UInt64 = 0

    /// A chain on its first ledger, the one in genesis.
    init(first: LedgerChainID) { ledgers = [first] }

    /// The ledger in force.
    var current: LedgerChainID { ledgers[ledgers.count - 1] }

    /// The number of the last record that belongs to an earlier ledger; 0 for none.
    var lastElsewhere: UInt64 { openSequence == 0 ? 0 : openSequence - 1 }

    /// Takes the chain's next close or open record; others change nothing.
    mutating func take(_ record: Record) {
        switch record.body {
        case .close(let close): closing = close
        case .open(let open):
            closing = nil
            lastOpen = open
            openSequence = record.sequence
            ledgers.append(open.newLedger)
        default: break
        }
    }
}
