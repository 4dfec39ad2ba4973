// CometBFT 0.38's order of checks. Cheap ones first; the block's own two thirds last, because its validators are the
// sender's to choose and checking many signatures is the one expensive thing.
//
// Where CometBFT checks one signature at a time (mixed key types) a bad signature among too few is an error there and
// `notEnoughTrust` here; with its batches (all keys Ed25519) it is `notEnoughTrust` in both. Bisection then ends at a
// step with enough power, or an adjacent one, which refuses the signature.

/// Decides whether a block follows from a trusted one. Pure: no clock, no network, no memory.
public enum Verifier {
    /// One verification step, adjacent or skipping.
    public static func verify(
        trusted: TrustedState, untrusted: LightBlock, now: Timestamp, options: TrustOptions
    ) -> Verdict {
        if trusted.isExpired(at: now, period: options.period) { return .expired }
        do throws(LightClientError) {
            return try step(from: trusted, to: untrusted, now: now, options: options)
        } catch {
            return .invalid(error)
        }
    }

    private static func step(
        from trusted: TrustedState, to untrusted: LightBlock, now: Timestamp, options: TrustOptions
    ) throws(LightClientError) -> Verdict {
        try checkAgainst(trusted, untrusted.signedHeader, now: now, drift: options.drift)
        try checkValidatorHashes(of: untrusted)
        var signatures = CommitSignatures(untrusted.signedHeader.commit, chainID: trusted.header.chainID)
        // The height is above the trusted one here, so neither side can overflow.
        if untrusted.height - 1 == trusted.height {
            guard untrusted.header.validatorsHash == trusted.header.nextValidatorsHash else {
                throw .nextValidatorsHashMismatch(
                    header: trusted.header.nextValidatorsHash, computed: untrusted.header.validatorsHash)
            }
        } else {
            do throws(LightClientError) {
                try verifyOverlap(&signatures, trusted: trusted.validators, level: options.trustLevel)
            } catch {
                guard case .insufficientPower = error else { throw error }
                return .notEnoughTrust
            }
        }
        try verifyTwoThirds(&signatures, untrusted.validators)
        return .success
    }

    /// Steps 2 and 3: structure; height and time above the trusted ones; time not in the future.
    private static func checkAgainst(
        _ trusted: TrustedState, _ untrusted: SignedHeader, now: Timestamp, drift: Duration
    ) throws(LightClientError) {
        try untrusted.checkStructure(chainID: trusted.header.chainID)
        let header = untrusted.header
        guard header.height > trusted.height else {
            throw .heightNotHigher(trusted: trusted.height, untrusted: header.height)
        }
        guard header.time > trusted.header.time else {
            throw .timeNotLater(trusted: trusted.header.time, untrusted: header.time)
        }
        guard header.time.since(now) < drift else {
            throw .timeInFuture(untrusted: header.time, now: now)
        }
    }

    /// Step 4: the sets given are the ones that the header names.
    private static func checkValidatorHashes(of block: LightBlock) throws(LightClientError) {
        let computed = block.validators.hash()
        guard block.header.validatorsHash == computed else {
            throw .validatorsHashMismatch(header: block.header.validatorsHash, computed: computed)
        }
        if let next = block.nextValidators?.hash(), next != block.header.nextValidatorsHash {
            throw .nextValidatorsHashMismatch(header: block.header.nextValidatorsHash, computed: next)
        }
    }

    /// Step 5b: more than `level` of the trusted power signed the block, looked up by address.
    /// Throws ``LightClientError/insufficientPower(got:needed:)`` when too few did.
    static func verifyOverlap(
        _ signatures: inout CommitSignatures, trusted: ValidatorSet, level: TrustLevel
    ) throws(LightClientError) {
        let commit = signatures.commit
        var tally = CommitTally(
            commit: commit,
            needed: trusted.powerToExceed(numerator: level.numerator, denominator: level.denominator),
            stage: .trusted)
        let places = trusted.places
        var firstSeen: [Int: Int] = [:]
        for (index, entry) in commit.signatures.enumerated() where entry.flag == .commit {
            guard let address = entry.validatorAddress, let place = places[address] else { continue }
            if let first = firstSeen.updateValue(index, forKey: place) {
                throw .doubleVote(validator: address, first: first, second: index)
            }
            try tally.add(index: index, validator: trusted.validators[place])
            if tally.isSufficient { break }
        }
        try tally.finish(&signatures)
    }

    /// Step 6: more than two thirds of the block's own power signed it, by place in the set.
    static func verifyTwoThirds(
        _ signatures: inout CommitSignatures, _ validators: ValidatorSet
    ) throws(LightClientError) {
        let commit = signatures.commit
        guard commit.signatures.count == validators.validators.count else {
            throw .signatureCountMismatch(
                validators: validators.validators.count, signatures: commit.signatures.count)
        }
        var tally = CommitTally(
            commit: commit,
            needed: validators.powerToExceed(numerator: 2, denominator: 3), stage: .own)
        for (index, entry) in commit.signatures.enumerated() where entry.flag == .commit {
            let validator = validators.validators[index]
            // The address is not signed: unchecked, a relay could alter the median time and skipping look-ups.
            guard entry.validatorAddress == validator.address else {
                throw .signerMismatch(index: index, expected: validator.address, got: entry.validatorAddress)
            }
            try tally.add(index: index, validator: validator)
            if tally.isSufficient { break }
        }
        try tally.finish(&signatures)
    }
}
