internal import LightClient

// CometBFT's evidence/verify.go (v0.38), its checks in its order and with its words. What a node keeps of the past decides;
// nothing in the evidence is believed but signatures.

/// Judges evidence against the node's own chain.
struct EvidenceVerifier {
    /// What the node's chain says.
    struct Chain {
        let id: String
        let height: Int64
        let time: Timestamp
        let maximumAgeBlocks: Int64
        let maximumAge: Duration
        /// The signed header of one of its heights, nil where it has none.
        let signedHeader: (Int64) throws(LedgerNodeError) -> SignedHeader?
        /// The validators of one of its heights.
        let validators: (Int64) throws(LedgerNodeError) -> ValidatorSet
    }

    let chain: Chain

    /// Refuses what is no proof, is about another chain, or is too old.
    func verify(_ evidence: Evidence) throws {
        guard let header = try chain.signedHeader(evidence.height)?.header else {
            throw EvidenceRefusal("don't have header #\(evidence.height)")
        }
        guard evidence.time == header.time else {
            throw EvidenceRefusal(
                "evidence has a different time to the block it is associated with (\(evidence.time) != \(header.time))")
        }
        let blocks = chain.height - evidence.height
        if chain.time.since(header.time) > chain.maximumAge, blocks > chain.maximumAgeBlocks {
            throw EvidenceRefusal(
                """
                evidence from height \(evidence.height) (created at: \(header.time)) is too old; min height is \
                \(chain.height - chain.maximumAgeBlocks) and evidence can not be older than \(chain.maximumAge)
                """)
        }
        switch evidence {
        case .attack(let attack): try verify(attack)
        case .duplicateVote(let votes): try verify(votes, set: try chain.validators(votes.first.height))
        }
    }

    // MARK: A second block

    private func verify(_ attack: LightClientAttack) throws {
        let common = try chain.validators(attack.commonHeight)
        let conflicting = attack.conflicting
        let trusted = try trustedHeader(for: attack)
        if attack.commonHeight != conflicting.header.height {
            // The jump that a light client made: more than a third of the common validators signed.
            let power = try signedPower(conflicting.commit, in: common, byAddress: true)
            let needed = common.totalPower / 3
            guard power > needed else {
                throw EvidenceRefusal(
                    """
                    skipping verification of conflicting block failed: invalid commit -- insufficient voting power: \
                    got \(power), needed more than \(needed)
                    """)
            }
        } else if isLunatic(conflicting.header, trusted.header) {
            throw EvidenceRefusal(
                """
                common height is the same as conflicting block height so expected the conflicting block to be \
                correctly derived yet it wasn't
                """)
        }
        try verifyOwnCommit(attack)
        guard attack.totalPower == common.totalPower else {
            throw EvidenceRefusal(
                """
                total voting power from the evidence and our validator set does not match (\(attack.totalPower) != \
                \(common.totalPower))
                """)
        }
        if conflicting.header.height > trusted.header.height, conflicting.header.time > trusted.header.time {
            throw EvidenceRefusal(
                """
                conflicting block doesn't violate monotonically increasing time (\(conflicting.header.time) is after \
                \(trusted.header.time))
                """)
        }
        guard conflicting.header.hash() != trusted.header.hash() else {
            throw EvidenceRefusal(
                "trusted header hash matches the evidence's conflicting header hash: \(trusted.header.hash()?.hex ?? "")"
            )
        }
        try compareGuilty(attack, common: common, trusted: trusted)
    }

    /// Ours of the conflicting height; of a height that we have not reached, our newest, if it is not earlier.
    private func trustedHeader(for attack: LightClientAttack) throws -> SignedHeader {
        let height = attack.conflicting.header.height
        if height <= chain.height {
            guard let trusted = try chain.signedHeader(height) else {
                throw EvidenceRefusal("don't have header at height #\(height)")
            }
            return trusted
        }
        guard let newest = try chain.signedHeader(chain.height) else {
            throw EvidenceRefusal("don't have header at height #\(chain.height)")
        }
        guard newest.header.time >= attack.conflicting.header.time else {
            throw EvidenceRefusal(
                """
                latest block time (\(newest.header.time)) is before conflicting block time \
                (\(attack.conflicting.header.time))
                """)
        }
        return newest
    }

    /// The conflicting block is whole, and two thirds of the validators that it names signed it.
    private func verifyOwnCommit(_ attack: LightClientAttack) throws {
        let set = try ValidatorSet(attack.validators)
        try attack.conflicting.checkStructure(chainID: chain.id)
        guard set.validators.map(\.address) == attack.validators.map(\.address),
            set.hash() == attack.conflicting.header.validatorsHash
        else {
            throw EvidenceRefusal("invalid commit from conflicting block: the validators are not the header's")
        }
        let commit = attack.conflicting.commit
        guard commit.signatures.count == set.validators.count else {
            throw EvidenceRefusal(
                """
                invalid commit from conflicting block: invalid commit -- wrong set size: \(set.validators.count) vs \
                \(commit.signatures.count)
                """)
        }
        let power = try signedPower(commit, in: set, byAddress: false)
        let needed = set.totalPower / 3 * 2 + set.totalPower % 3 * 2 / 3
        guard power > needed else {
            throw EvidenceRefusal(
                """
                invalid commit from conflicting block: invalid commit -- insufficient voting power: got \(power), \
                needed more than \(needed)
                """)
        }
    }

    /// The power behind the commit's block; every signature that counts is checked.
    private func signedPower(_ commit: Commit, in set: ValidatorSet, byAddress: Bool) throws -> Int64 {
        var power: Int64 = 0
        var seen: Set<Address> = []
        for (index, entry) in commit.signatures.enumerated() where entry.flag == .commit {
            let member = byAddress ? entry.validatorAddress.flatMap(set.validator) : set.validators[index]
            guard let member else { continue }
            guard entry.validatorAddress == member.address else {
                throw EvidenceRefusal("wrong validator address (#\(index)): expected \(member.address)")
            }
            guard seen.insert(member.address).inserted else {
                throw EvidenceRefusal("double vote from \(member.address) (#\(index))")
            }
            guard member.publicKey.verifies(entry.signature, of: commit.signBytes(chainID: chain.id, entry: entry))
            else {
                throw EvidenceRefusal("wrong signature (#\(index)): \(Hex.encode(entry.signature, upperCase: true))")
            }
            power += member.power
        }
        return power
    }

    private func isLunatic(_ conflicting: Header, _ trusted: Header) -> Bool {
        conflicting.validatorsHash != trusted.validatorsHash
            || conflicting.nextValidatorsHash != trusted.nextValidatorsHash
            || conflicting.consensusHash != trusted.consensusHash || conflicting.appHash != trusted.appHash
            || conflicting.lastResultsHash != trusted.lastResultsHash
    }

    /// The guilty are those that the node itself finds.
    private func compareGuilty(_ attack: LightClientAttack, common: ValidatorSet, trusted: SignedHeader) throws {
        var guilty: [Validator] = []
        let entries = attack.conflicting.commit.signatures
        if isLunatic(attack.conflicting.header, trusted.header) {
            guilty = entries.filter { $0.flag == .commit }.compactMap { $0.validatorAddress.flatMap(common.validator) }
        } else if attack.conflicting.commit.round == trusted.commit.round {
            for (entry, other) in zip(entries, trusted.commit.signatures)
            where entry.flag == .commit && other.flag == .commit {
                guilty += attack.validators.filter { $0.address == entry.validatorAddress }
            }
        }
        guilty.sort { $0.power != $1.power ? $0.power > $1.power : $0.address < $1.address }
        guard guilty.count == attack.byzantine.count else {
            throw EvidenceRefusal(
                "expected \(guilty.count) byzantine validators from evidence but got \(attack.byzantine.count)")
        }
        for (expected, found) in zip(guilty, attack.byzantine) {
            guard expected.address == found.address else {
                throw EvidenceRefusal(
                    """
                    evidence contained an unexpected byzantine validator address; expected: \(expected.address), \
                    got: \(found.address)
                    """)
            }
            guard expected.power == found.power else {
                throw EvidenceRefusal(
                    """
                    evidence contained unexpected byzantine validator power; expected \(expected.power), got \
                    \(found.power)
                    """)
            }
        }
    }

    // MARK: Two votes

    private func verify(_ votes: DuplicateVote, set: ValidatorSet) throws {
        let (first, second) = (votes.first, votes.second)
        guard Self.key(first.blockID).lexicographicallyPrecedes(Self.key(second.blockID)) else {
            throw EvidenceRefusal(
                first.blockID == second.blockID
                    ? "block IDs are the same (\(first.blockID.hash?.hex ?? "nil")) - not a real duplicate vote"
                    : "duplicate votes in invalid order")
        }
        guard let member = set.validator(first.validator) else {
            throw EvidenceRefusal("address \(first.validator) was not a validator at height \(first.height)")
        }
        guard first.height == second.height, first.round == second.round, first.type == second.type else {
            throw EvidenceRefusal(
                """
                h/r/s does not match: \(first.height)/\(first.round)/\(first.type) vs \
                \(second.height)/\(second.round)/\(second.type)
                """)
        }
        guard first.validator == second.validator else {
            throw EvidenceRefusal("validator addresses do not match: \(first.validator) vs \(second.validator)")
        }
        guard votes.validatorPower == member.power else {
            throw EvidenceRefusal(
                """
                validator power from evidence and our validator set does not match (\(votes.validatorPower) != \
                \(member.power))
                """)
        }
        guard votes.totalPower == set.totalPower else {
            throw EvidenceRefusal(
                """
                total voting power from the evidence and our validator set does not match (\(votes.totalPower) != \
                \(set.totalPower))
                """)
        }
        for (name, vote) in [("VoteA", first), ("VoteB", second)] {
            guard let message = vote.signBytes(chainID: chain.id),
                member.publicKey.verifies(vote.signature, of: message)
            else { throw EvidenceRefusal("verifying \(name): invalid signature") }
        }
    }

    private static func key(_ blockID: BlockID) -> [UInt8] { (blockID.hash?.bytes ?? []) + blockID.parts.protobuf }
}
