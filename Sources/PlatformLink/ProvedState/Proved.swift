public import LightClient

/// A value of the ledger's state with what it was proved under. `value` nil is a proved absence, not a missing answer.
public struct Proved<Value: Sendable>: Sendable {
    /// The value; nil where absence was proved.
    public let value: Value?
    /// The height of the state.
    public let height: Int64
    /// The time of the header that carries its app hash.
    public let headerTime: Timestamp
    /// The value's bytes and their proof, for a bundle; nil for an absence.
    public let entry: ProvedBytes?
}

extension Proved: Equatable where Value: Equatable {}

/// A key, its value, and the ICS-23 proof of both.
public struct ProvedBytes: Sendable, Equatable {
    /// The key.
    public let key: [UInt8]
    /// The value.
    public let value: [UInt8]
    /// The CommitmentProof, canonical protobuf.
    public let proof: [UInt8]
}
