internal import LightClient

/// Proof that validators misbehaved, as /broadcast_evidence takes it and a block carries it.
enum Evidence: Sendable, Equatable {
    /// A second block that convinced a light client.
    case attack(LightClientAttack)
    /// Two votes of one validator in one round.
    case duplicateVote(DuplicateVote)

    /// The height that its age counts from.
    var height: Int64 {
        switch self {
        case .attack(let attack): attack.commonHeight
        case .duplicateVote(let votes): votes.first.height
        }
    }

    /// The time of the block of that height.
    var time: Timestamp {
        switch self {
        case .attack(let attack): attack.timestamp
        case .duplicateVote(let votes): votes.timestamp
        }
    }

    /// The item under evidence_hash: the message without the oneof around it.
    var item: [UInt8] {
        switch self {
        case .attack(let attack): attack.protobuf
        case .duplicateVote(let votes): votes.protobuf
        }
    }

    /// The item in its oneof, as a block's parts carry it.
    var wrapped: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .duplicateVote: writer.message(1, item)
        case .attack: writer.message(2, item)
        }
        return writer.bytes
    }

    /// The name under which nodes know it.
    var hash: Hash {
        switch self {
        case .attack(let attack): attack.hash
        case .duplicateVote: .sha256(item)
        }
    }

    /// What the application is told, one for each guilty validator.
    var misbehavior: [ABCI.Misbehavior] {
        switch self {
        case .attack(let attack):
            attack.byzantine.map { validator in
                ABCI.Misbehavior(
                    kind: 2, validator: ABCI.VoterInfo(address: validator.address.bytes, power: validator.power),
                    height: height, time: time, totalVotingPower: attack.totalPower)
            }
        case .duplicateVote(let votes):
            [
                ABCI.Misbehavior(
                    kind: 1,
                    validator: ABCI.VoterInfo(address: votes.first.validator.bytes, power: votes.validatorPower),
                    height: height, time: time, totalVotingPower: votes.totalPower)
            ]
        }
    }
}

/// Why evidence is not taken, in CometBFT's words.
struct EvidenceRefusal: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A block that contradicts the chain, with the validators that it names as its own.
struct LightClientAttack: Sendable, Equatable {
    let conflicting: SignedHeader
    /// In the order in which they came.
    let validators: [Validator]
    let proposer: Validator?
    let commonHeight: Int64
    /// Nil where JSON has null: nobody can be blamed.
    let byzantineMembers: [Validator]?
    let totalPower: Int64
    let timestamp: Timestamp

    var byzantine: [Validator] { byzantineMembers ?? [] }

    /// SHA-256 over the first 31 bytes of the conflicting hash, a zero byte, and the common height as zigzag varint.
    var hash: Hash {
        var height = ProtobufWriter()
        height.varint(UInt64(bitPattern: commonHeight << 1 ^ commonHeight >> 63))
        let name = conflicting.header.hash()?.bytes ?? [UInt8](repeating: 0, count: 32)
        return .sha256(Array(name[..<31]) + [0] + height.bytes)
    }

    /// tendermint.types.LightClientAttackEvidence.
    var protobuf: [UInt8] {
        var set = ProtobufWriter()
        for validator in validators { set.message(1, validator) }
        if let proposer { set.message(2, proposer) }
        var block = ProtobufWriter()
        block.message(1, conflicting)
        block.message(2, set.bytes)
        var writer = ProtobufWriter()
        writer.message(1, block.bytes)
        writer.signed(2, commonHeight)
        for validator in byzantine { writer.message(3, validator) }
        writer.signed(4, totalPower)
        writer.message(5, timestamp)
        return writer.bytes
    }
}

/// Two votes for different blocks by one validator at one height, round and step.
struct DuplicateVote: Sendable, Equatable {
    let first: SignedVote
    let second: SignedVote
    let totalPower: Int64
    let validatorPower: Int64
    let timestamp: Timestamp

    /// tendermint.types.DuplicateVoteEvidence.
    var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1, first.protobuf)
        writer.message(2, second.protobuf)
        writer.signed(3, totalPower)
        writer.signed(4, validatorPower)
        writer.message(5, timestamp)
        return writer.bytes
    }
}

/// One vote with its signature.
struct SignedVote: Sendable, Equatable {
    /// 1 prevote, 2 precommit.
    let type: Int32
    let height: Int64
    let round: Int32
    let blockID: BlockID
    let timestamp: Timestamp
    let validator: Address
    let index: Int32
    let signature: [UInt8]

    /// tendermint.types.Vote.
    var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        writer.signed(1, Int64(type))
        writer.signed(2, height)
        writer.signed(3, Int64(round))
        writer.message(4, blockID)
        writer.message(5, timestamp)
        writer.bytes(6, validator.bytes)
        writer.signed(7, Int64(index))
        writer.bytes(8, signature)
        return writer.bytes
    }

    /// What was signed; nil for a type that is no vote.
    func signBytes(chainID: String) -> [UInt8]? {
        guard let kind = UInt64(exactly: type).flatMap(Vote.Kind.init(rawValue:)), kind != .proposal else {
            return nil
        }
        return Vote.signBytes(
            chainID: chainID, height: height, round: round, blockID: blockID, timestamp: timestamp, type: kind)
    }
}
