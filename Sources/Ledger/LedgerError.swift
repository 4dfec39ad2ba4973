public import Quantities
public import SignedRecords

/// Why the ledger refuses something. Each case has a fixed code (`code`), which stands in blocks.
public enum LedgerError: Error, Equatable, Sendable {
    /// Bytes that are not what they should be: what was read, and what is wrong with it (with its place).
    case malformed(what: String, reason: String)
    /// A signature that does not hold.
    case signature(of: String, reason: String)
    /// A transaction out of its turn.
    case nonce(expected: UInt64, found: UInt64)
    /// The account cannot pay.
    case insufficientFunds(needed: Microunits, available: Microunits)
    /// Something named does not exist on this ledger.
    case unknown(what: String)
    /// The sender may not do this.
    case notPermitted(what: String, reason: String)
    /// It exists already.
    case exists(what: String)
    /// A value outside what is allowed.
    case refused(what: String, expected: String, found: String)
    /// A record that does not follow the chain's head: what is missing.
    case gap(chain: ChainNumber, expected: UInt64, found: UInt64)
    /// A record with the right number whose `previous` is not the head's hash.
    case brokenLink(chain: ChainNumber, sequence: UInt64, expected: RecordHash, found: RecordHash)
    /// A second, different record of a number that was accepted: proof that the device's key signed both.
    case equivocation(chain: ChainNumber, sequence: UInt64, accepted: RecordHash, found: RecordHash)
    /// A record that contradicts its session.
    case session(reason: String)
    /// The node's storage failed; never the result of a transaction.
    case stateUnavailable(reason: String)
    /// A value in the state that this code did not write; never the result of a transaction.
    case corruptState(key: String, reason: String)
}

extension LedgerError {
    /// The code of a transaction's result, 1 and up; 0 is success.
    public var code: UInt32 {
        switch self {
        case .malformed: 1
        case .signature: 2
        case .nonce: 3
        case .insufficientFunds: 4
        case .unknown: 5
        case .notPermitted: 6
        case .exists: 7
        case .refused: 8
        case .gap: 9
        case .brokenLink: 10
        case .equivocation: 11
        case .session: 12
        case .stateUnavailable: 100
        case .corruptState: 101
        }
    }

    /// Whether this says something about the node instead of the transaction: then no block may be made of it.
    public var isFatal: Bool { code >= 100 }
}

extension LedgerError: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .malformed(let what, let reason): return "\(what): \(reason)"
        case .signature(let of, let reason): return "signature of \(of): \(reason)"
        case .nonce(let expected, let found): return "nonce: expected \(expected), found \(found)"
        case .insufficientFunds(let needed, let available):
            return "insufficient funds: needed \(needed.rawValue) microunits, available \(available.rawValue)"
        case .unknown(let what): return "\(what) is not on this ledger"
        case .notPermitted(let what, let reason): return "\(what): not permitted: \(reason)"
        case .exists(let what): return "\(what) exists already"
        case .refused(let what, let expected, let found): return "\(what): expected \(expected), found \(found)"
        case .gap(let chain, let expected, let found):
            let missing = found > expected ? "; missing \(expected) to \(found - 1)" : ""
            return "chain \(chain): expected record \(expected), found \(found)\(missing)"
        case .brokenLink(let chain, let sequence, let expected, let found):
            return "chain \(chain), record \(sequence): previous is \(found), the chain's head is \(expected)"
        case .equivocation(let chain, let sequence, let accepted, let found):
            return "chain \(chain), record \(sequence): equivocation: accepted \(accepted), found \(found)"
        case .session(let reason): return "session: \(reason)"
        case .stateUnavailable(let reason): return "the ledger's state cannot be read: \(reason)"
        case .corruptState(let key, let reason): return "the ledger's state at \(key) is corrupt: \(reason)"
        }
    }
}
