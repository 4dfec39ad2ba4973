// Power first, signatures after: entries are collected in order until the needed power is passed; only when there is
// enough are the collected signatures checked. So a commit without enough power is refused without any cryptography,
// and signatures beyond the threshold are never looked at (CometBFT's light check; `verifyAllSignatures` is strict).
// NIL and ABSENT entries are skipped. Entries of unsupported key types give no power.

/// Adds up the power behind a commit's block.
struct CommitTally {
    let commit: Commit
    let needed: Int64
    let stage: PowerStage

    private var collected: [(index: Int, key: PublicKey)] = []
    private var supported: Int64 = 0
    private var unsupported: Int64 = 0

    init(commit: Commit, needed: Int64, stage: PowerStage) {
        self.commit = commit
        self.needed = needed
        self.stage = stage
    }

    /// Whether enough power has been collected.
    var isSufficient: Bool { supported > needed }

    /// Takes entry `index` as the vote of `validator`.
    mutating func add(index: Int, validator: Validator) throws(LightClientError) {
        let size = commit.signatures[index].signature.count
        guard size <= validator.publicKey.maxSignatureSize else {
            throw .invalidCommitSignature(
                index: index, reason: "signature of \(size) bytes for a \(validator.publicKey.typeName) key")
        }
        // Each validator is added once and the set's sum is capped, so neither sum overflows.
        if validator.publicKey.isSupported {
            supported += validator.power
            collected.append((index, validator.publicKey))
        } else {
            unsupported += validator.power
        }
    }

    /// Checks the sum, then the collected signatures, which are the commit's.
    func finish(_ signatures: inout CommitSignatures) throws(LightClientError) {
        guard isSufficient else {
            // Both below the cap: no overflow.
            guard supported + unsupported <= needed else {
                throw .unsupportedKeysNeeded(
                    stage: stage, supported: supported, unsupported: unsupported, needed: needed)
            }
            throw .insufficientPower(got: supported, needed: needed)
        }
        for (index, key) in collected { try signatures.check(index, by: key) }
    }
}
