/// Two chains that both follow from one trusted block, found between the primary and a witness. At least a third of the
/// validators of that block signed both: nothing that either says can be believed without a person's word.
public struct Divergence: Hashable, Sendable {
    /// How the primary's block lies if the witness speaks the truth.
    public let kind: AttackEvidence.Kind
    /// The newest height on which both agree.
    public let commonHeight: Int64
    /// The hash of the block there.
    public let commonHash: Hash
    /// The first block of the primary's way that contradicts the witness.
    public let primaryHeight: Int64
    /// Its hash.
    public let primaryHash: Hash
    /// The witness.
    public let witness: String
    /// The block of the witness that contradicts it: of the same height, or of a lower one and not earlier.
    public let witnessHeight: Int64
    /// Its hash.
    public let witnessHash: Hash

    /// A divergence from its parts.
    public init(
        kind: AttackEvidence.Kind, commonHeight: Int64, commonHash: Hash, primaryHeight: Int64, primaryHash: Hash,
        witness: String, witnessHeight: Int64, witnessHash: Hash
    ) {
        self.kind = kind
        self.commonHeight = commonHeight
        self.commonHash = commonHash
        self.primaryHeight = primaryHeight
        self.primaryHash = primaryHash
        self.witness = witness
        self.witnessHeight = witnessHeight
        self.witnessHash = witnessHash
    }

    /// What evidence against the primary, with the blocks that it was made of, shows.
    init?(evidence: AttackEvidence, common: LightBlock, truth: LightBlock, witness: String) {
        guard let commonHash = common.header.hash(), let primaryHash = evidence.conflicting.header.hash(),
            let witnessHash = truth.header.hash()
        else { return nil }
        self.init(
            kind: evidence.kind, commonHeight: common.height, commonHash: commonHash,
            primaryHeight: evidence.conflicting.height, primaryHash: primaryHash, witness: witness,
            witnessHeight: truth.height, witnessHash: witnessHash)
    }
}
