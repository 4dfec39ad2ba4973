/// The last record of a chain: its number and its hash.
public struct ChainHead: Hashable, Sendable {
    public let sequence: UInt64
    public let hash: RecordHash

    public init(sequence: UInt64, hash: RecordHash) {
        self.sequence = sequence
        self.hash = hash
    }
}
