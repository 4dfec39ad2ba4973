import SignedRecords

/// Why nothing is sold until someone has looked at it: on the whole device, or on one connector.
enum SaleBar: Error, Equatable, Sendable, CustomStringConvertible {
    /// The journal or the key store failed; the records' own words.
    case records(String)
    /// The ledger holds records that the journal does not: the journal was restored from an earlier image.
    case rollback(chain: ChainNumber, proved: UInt64, journal: UInt64)
    /// The ledger holds another record under a number of ours: two devices sign with this key.
    case equivocation(chain: ChainNumber, sequence: UInt64)
    /// What a control core asked for does not follow what it asked for before; its connector's alone.
    case orders(String)

    var description: String {
        switch self {
        case .records(let reason): "records: \(reason)"
        case .rollback(let chain, let proved, let journal):
            "chain \(chain): the ledger holds record \(proved), the journal ends at \(journal): restored image"
        case .equivocation(let chain, let sequence):
            "chain \(chain): the ledger holds another record \(sequence) than the journal"
        case .orders(let reason): "orders: \(reason)"
        }
    }
}
