/// Why two records are no fraud proof.
public enum FraudProofError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes are not the format.
    case malformed(String)
    /// The genesis record does not hold.
    case genesis(RecordError)
    /// A key change or one of the two records does not hold.
    case record(String, RecordError)
    /// A key change that neither record needs.
    case notNeeded(epoch: UInt32)
    /// The proof has no key of this epoch.
    case unknownKey(epoch: UInt32)
    /// The two records do not contradict each other.
    case noContradiction(String)

    public var description: String {
        switch self {
        case .malformed(let text): return "fraud proof: \(text)"
        case .genesis(let error): return "fraud proof, genesis: \(error)"
        case .record(let noun, let error): return "fraud proof, \(noun): \(error)"
        case .notNeeded(let epoch): return "fraud proof: a key change at epoch \(epoch) that no record needs"
        case .unknownKey(let epoch): return "fraud proof: no key of epoch \(epoch)"
        case .noContradiction(let text): return "no contradiction: \(text)"
        }
    }
}
