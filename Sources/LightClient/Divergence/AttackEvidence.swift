// Two blocks of one height that both convinced a light client prove that validators broke the rules. The evidence goes
// to a full node, which recomputes every field: a wrong one makes it refuse the evidence.

/// Proof of an attack on light clients, for /broadcast_evidence.
public struct AttackEvidence: Hashable, Sendable {
    /// How the validators lied.
    public enum Kind: String, Sendable, Hashable {
        /// They signed a header whose state-derived fields are false.
        case lunatic
        /// They signed two valid blocks in one round.
        case equivocation
        /// They signed two valid blocks in different rounds and "forgot" the first; who did cannot be told.
        case amnesia
    }

    /// How the validators lied.
    public let kind: Kind
    /// The block that contradicts the trusted one.
    public let conflicting: LightBlock
    /// The newest height on which both sides agree; the conflicting height itself unless lunatic.
    public let commonHeight: Int64
    /// Who provably lied, by power descending, then address ascending; empty for amnesia.
    public let byzantine: [Validator]
    /// Total power at the common height.
    public let totalPower: Int64
    /// Time of the block at the common height.
    public let timestamp: Timestamp

    /// Evidence from a conflicting block, the trusted block of the same height, and the newest common block below
    /// them (with its validators). All three must have been verified by the caller.
    ///
    /// A conflicting block above the trusted one that is not later than it (a chain that claims a height which the
    /// other side had not reached by then) counts as well.
    public init(
        conflicting: LightBlock, trusted: LightBlock, common: LightBlock
    ) throws(LightClientError) {
        let isAhead = conflicting.height > trusted.height && conflicting.header.time <= trusted.header.time
        guard conflicting.height == trusted.height || isAhead, common.height < trusted.height else {
            throw .evidence(
                reason: "conflicting height \(conflicting.height), trusted \(trusted.height), common \(common.height)")
        }
        guard let hash = conflicting.header.hash(), hash != trusted.header.hash() else {
            throw .evidence(reason: "the blocks of height \(trusted.height) do not contradict each other")
        }
        self.conflicting = conflicting
        let kind = AttackEvidence.kind(of: conflicting.signedHeader, against: trusted.signedHeader)
        self.kind = kind
        let base = kind == .lunatic ? common : trusted
        commonHeight = base.height
        totalPower = base.validators.totalPower
        timestamp = base.header.time
        let entries = conflicting.signedHeader.commit.signatures
        let guilty: [Validator]
        switch kind {
        case .lunatic:
            guilty = AttackEvidence.members(of: common.validators, in: entries.filter { $0.flag == .commit })
        case .equivocation:
            let both = zip(entries, trusted.signedHeader.commit.signatures)
                .filter { $0.flag == .commit && $1.flag == .commit }
            guilty = AttackEvidence.members(of: conflicting.validators, in: both.map(\.0))
        case .amnesia:
            guilty = []
        }
        byzantine = guilty.sorted { left, right in
            left.power != right.power ? left.power > right.power : left.address < right.address
        }
    }

    /// Which lie the conflicting header is.
    static func kind(of conflicting: SignedHeader, against trusted: SignedHeader) -> Kind {
        let (lie, truth) = (conflicting.header, trusted.header)
        let derivedFieldsAgree =
            lie.validatorsHash == truth.validatorsHash && lie.nextValidatorsHash == truth.nextValidatorsHash
            && lie.consensusHash == truth.consensusHash && lie.appHash == truth.appHash
            && lie.lastResultsHash == truth.lastResultsHash
        guard derivedFieldsAgree else { return .lunatic }
        return conflicting.commit.round == trusted.commit.round ? .equivocation : .amnesia
    }

    private static func members(of set: ValidatorSet, in entries: [CommitSig]) -> [Validator] {
        var seen: Set<Address> = []
        return entries.compactMap { entry in
            guard let address = entry.validatorAddress, seen.insert(address).inserted else { return nil }
            return set.validator(address)
        }
    }

    /// The id under which nodes know this evidence: SHA-256 over the first 31 bytes of the conflicting hash, a zero
    /// byte, and the common height as zigzag varint. (31 is what nodes do.)
    public func hash() throws(LightClientError) -> Hash {
        guard let hash = conflicting.header.hash() else {
            throw .evidence(reason: "the conflicting header has no hash")
        }
        var height = ProtobufWriter()
        height.varint(UInt64(bitPattern: commonHeight << 1 ^ commonHeight >> 63))
        return .sha256(Array(hash.bytes[..<31]) + [0] + height.bytes)
    }

    /// tendermint.types.LightClientAttackEvidence as v0.34 to v0.38 encode it: the item under evidence_hash.
    public var protobuf: [UInt8] {
        var set = ProtobufWriter()
        for validator in conflicting.validators.validators { set.message(1, validator) }
        if let proposer { set.message(2, proposer) }
        var block = ProtobufWriter()
        block.message(1, conflicting.signedHeader)
        block.message(2, set.bytes)
        var writer = ProtobufWriter()
        writer.message(1, block.bytes)
        writer.signed(2, commonHeight)
        for validator in byzantine { writer.message(3, validator) }
        writer.signed(4, totalPower)
        writer.message(5, timestamp)
        return writer.bytes
    }

    /// The set's proposer as nodes fill it in from /validators: the lowest priority, which has just proposed.
    var proposer: Validator? {
        conflicting.validators.validators.min { left, right in
            left.proposerPriority != right.proposerPriority
                ? left.proposerPriority < right.proposerPriority : left.address > right.address
        }
    }
}
