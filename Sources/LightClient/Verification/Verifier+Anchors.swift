extension Verifier {
    /// Start-up from social trust: the block at the trusted height has the trusted hash, is of this chain, is well
    /// formed, and more than two thirds of its own validators signed it.
    public static func verifyAnchor(
        _ block: LightBlock, chainID: String, hash: Hash
    ) throws(LightClientError) -> TrustedState {
        let got = block.header.hash()
        guard got == hash else { throw .anchorMismatch(expected: hash, got: got) }
        try verifyCommit(block, chainID: chainID)
        return try TrustedState(block)
    }

    /// The block by itself: well formed, of this chain, its validators the ones it names, signed by more than two
    /// thirds of them. Says nothing about whether those validators are to be believed.
    public static func verifyCommit(_ block: LightBlock, chainID: String) throws(LightClientError) {
        try block.signedHeader.checkStructure(chainID: chainID)
        let computed = block.validators.hash()
        guard block.header.validatorsHash == computed else {
            throw .validatorsHashMismatch(header: block.header.validatorsHash, computed: computed)
        }
        var signatures = CommitSignatures(block.signedHeader.commit, chainID: chainID)
        try verifyTwoThirds(&signatures, block.validators)
    }

    /// The strict form for receipts: as ``verifyCommit(_:chainID:)``, and every COMMIT and NIL entry names the
    /// validator of its place and carries its signature, so that no byte of the commit can change unnoticed.
    ///
    /// Refuses a vote by a key type that cannot be checked, for the same reason. Returns the power that signed.
    @discardableResult
    public static func verifyAllSignatures(
        _ block: LightBlock, chainID: String
    ) throws(LightClientError) -> Int64 {
        try block.signedHeader.checkStructure(chainID: chainID)
        let computed = block.validators.hash()
        guard block.header.validatorsHash == computed else {
            throw .validatorsHashMismatch(header: block.header.validatorsHash, computed: computed)
        }
        return try verifyAllSignatures(block.signedHeader.commit, validators: block.validators, chainID: chainID)
    }

    /// Every COMMIT and NIL signature of `commit`, and more than two thirds for its block. Returns the power that
    /// signed the block. The commit's structure and its block id are the caller's to check.
    @discardableResult
    public static func verifyAllSignatures(
        _ commit: Commit, validators: ValidatorSet, chainID: String
    ) throws(LightClientError) -> Int64 {
        guard commit.signatures.count == validators.validators.count else {
            throw .signatureCountMismatch(
                validators: validators.validators.count, signatures: commit.signatures.count)
        }
        var signatures = CommitSignatures(commit, chainID: chainID)
        var power: Int64 = 0
        for (index, entry) in commit.signatures.enumerated() {
            try entry.checkStructure(index: index)
            guard entry.flag != .absent else { continue }
            let validator = validators.validators[index]
            guard entry.validatorAddress == validator.address else {
                throw .signerMismatch(index: index, expected: validator.address, got: entry.validatorAddress)
            }
            guard validator.publicKey.isSupported else {
                throw .unsupportedSignature(index: index, keyType: validator.publicKey.typeName)
            }
            try signatures.check(index, by: validator.publicKey)
            if entry.flag == .commit { power += validator.power }
        }
        let needed = validators.powerToExceed(numerator: 2, denominator: 3)
        guard power > needed else { throw .insufficientPower(got: power, needed: needed) }
        return power
    }

    /// One step back from a trusted header: `older` is the block that `newer` names as its predecessor.
    /// No signature is needed; the chain of hashes binds. Do it only from a header that has not expired.
    public static func verifyBackwards(newer: Header, older: Header) throws(LightClientError) {
        try older.checkStructure()
        guard older.chainID == newer.chainID else {
            throw .wrongChain(expected: newer.chainID, got: older.chainID)
        }
        guard older.height < newer.height, newer.height - older.height == 1 else {
            throw .invalidHeader(field: "height", reason: "\(older.height) is not directly below \(newer.height)")
        }
        guard older.time < newer.time else {
            throw .timeNotLater(trusted: older.time, untrusted: newer.time)
        }
        let hash = older.hash()
        guard let hash, hash == newer.lastBlockID.hash else {
            throw .notThePredecessor(older: hash, named: newer.lastBlockID.hash)
        }
    }
}
