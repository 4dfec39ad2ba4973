public import LightClient

/// What /abci_query says about a key. Unproved until ``ProvedState`` has checked it.
public struct StateAnswer: Sendable, Equatable {
    /// The key that the node says it answers for.
    public let key: [UInt8]
    /// The value; nil when the node says that there is none.
    public let value: [UInt8]?
    /// The proof operators, leaf first.
    public let proofs: ProofOps?
    /// The height of the state that was asked.
    public let height: Int64

    /// An answer from its parts.
    public init(key: [UInt8], value: [UInt8]?, proofs: ProofOps?, height: Int64) {
        self.key = key
        self.value = value
        self.proofs = proofs
        self.height = height
    }
}
