internal import LightClient

// The shapes of Go's amino JSON: a type's name beside its value, members without a tag under their Go names.

extension Evidence: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, value
    }
    private enum Kind: String, Codable {
        case attack = "tendermint/LightClientAttackEvidence"
        case duplicateVote = "tendermint/DuplicateVoteEvidence"
    }

    /// Evidence from its JSON text.
    init(json: [UInt8]) throws(LightClientError) { self = try RPCJSON.decode(Evidence.self, from: json) }

    /// The JSON text.
    var json: [UInt8] {
        // Nothing in it can fail to be written.
        (try? RPCJSON.encode(self)) ?? []
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Kind.self, forKey: .type) {
        case .attack: self = .attack(try container.decode(LightClientAttack.self, forKey: .value))
        case .duplicateVote: self = .duplicateVote(try container.decode(DuplicateVote.self, forKey: .value))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .attack(let attack):
            try container.encode(Kind.attack, forKey: .type)
            try container.encode(attack, forKey: .value)
        case .duplicateVote(let votes):
            try container.encode(Kind.duplicateVote, forKey: .type)
            try container.encode(votes, forKey: .value)
        }
    }
}

extension LightClientAttack: Codable {
    private enum CodingKeys: String, CodingKey {
        case conflictingBlock = "ConflictingBlock"
        case commonHeight = "CommonHeight"
        case byzantineValidators = "ByzantineValidators"
        case totalVotingPower = "TotalVotingPower"
        case timestamp = "Timestamp"
    }
    private enum BlockKeys: String, CodingKey {
        case signedHeader = "signed_header"
        case validatorSet = "validator_set"
    }
    private enum SetKeys: String, CodingKey {
        case validators, proposer
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let block = try container.nestedContainer(keyedBy: BlockKeys.self, forKey: .conflictingBlock)
        let set = try block.nestedContainer(keyedBy: SetKeys.self, forKey: .validatorSet)
        conflicting = try block.decode(SignedHeader.self, forKey: .signedHeader)
        validators = try set.decodeIfPresent([Validator].self, forKey: .validators) ?? []
        proposer = try set.decodeIfPresent(Validator.self, forKey: .proposer)
        commonHeight = try container.integerText(.commonHeight)
        byzantineMembers = try container.decodeIfPresent([Validator].self, forKey: .byzantineValidators)
        totalPower = try container.integerText(.totalVotingPower)
        timestamp = try container.decode(Timestamp.self, forKey: .timestamp)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var block = container.nestedContainer(keyedBy: BlockKeys.self, forKey: .conflictingBlock)
        var set = block.nestedContainer(keyedBy: SetKeys.self, forKey: .validatorSet)
        try block.encode(conflicting, forKey: .signedHeader)
        try set.encode(validators, forKey: .validators)
        try set.encode(proposer, forKey: .proposer)
        try container.encode(String(commonHeight), forKey: .commonHeight)
        try container.encode(byzantineMembers, forKey: .byzantineValidators)
        try container.encode(String(totalPower), forKey: .totalVotingPower)
        try container.encode(timestamp, forKey: .timestamp)
    }
}

extension DuplicateVote: Codable {
    private enum CodingKeys: String, CodingKey {
        case first = "vote_a"
        case second = "vote_b"
        case totalPower = "TotalVotingPower"
        case validatorPower = "ValidatorPower"
        case timestamp = "Timestamp"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        first = try container.decode(SignedVote.self, forKey: .first)
        second = try container.decode(SignedVote.self, forKey: .second)
        totalPower = try container.integerText(.totalPower)
        validatorPower = try container.integerText(.validatorPower)
        timestamp = try container.decode(Timestamp.self, forKey: .timestamp)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(first, forKey: .first)
        try container.encode(second, forKey: .second)
        try container.encode(String(totalPower), forKey: .totalPower)
        try container.encode(String(validatorPower), forKey: .validatorPower)
        try container.encode(timestamp, forKey: .timestamp)
    }
}

extension SignedVote: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, height, round, timestamp, signature
        case blockID = "block_id"
        case validator = "validator_address"
        case index = "validator_index"
        case voteExtension = "extension"
        case extensionSignature = "extension_signature"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(Int32.self, forKey: .type)
        height = try container.integerText(.height)
        round = try container.decode(Int32.self, forKey: .round)
        blockID = try container.decode(BlockID.self, forKey: .blockID)
        timestamp = try container.decode(Timestamp.self, forKey: .timestamp)
        validator = try Address(hex: try container.decode(String.self, forKey: .validator))
        index = try container.decode(Int32.self, forKey: .index)
        signature = try Base64.decode(try container.decode(String.self, forKey: .signature))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(String(height), forKey: .height)
        try container.encode(round, forKey: .round)
        try container.encode(blockID, forKey: .blockID)
        try container.encode(timestamp, forKey: .timestamp)
        try container.encode(validator.hex, forKey: .validator)
        try container.encode(index, forKey: .index)
        try container.encode(Base64.encode(signature), forKey: .signature)
        try container.encodeNil(forKey: .voteExtension)
        try container.encodeNil(forKey: .extensionSignature)
    }
}

extension KeyedDecodingContainer {
    /// int64: a string with its decimal text.
    fileprivate func integerText(_ key: Key) throws -> Int64 {
        let text = try decode(String.self, forKey: key)
        guard let value = Int64(text), String(value) == text else {
            throw LightClientError.unexpectedJSON(
                path: key.stringValue, reason: "\"\(text.prefix(40))\" is not a 64-bit integer")
        }
        return value
    }
}
