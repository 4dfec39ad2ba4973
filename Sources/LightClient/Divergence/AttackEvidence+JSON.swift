extension AttackEvidence: Encodable {
    private enum CodingKeys: String, CodingKey {
        case type, value
    }
    // Capitalised, as Go names fields without a tag.
    private enum ValueKeys: String, CodingKey {
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

    /// The `evidence` parameter of /broadcast_evidence.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("tendermint/LightClientAttackEvidence", forKey: .type)
        var value = container.nestedContainer(keyedBy: ValueKeys.self, forKey: .value)
        var block = value.nestedContainer(keyedBy: BlockKeys.self, forKey: .conflictingBlock)
        try block.encode(conflicting.signedHeader, forKey: .signedHeader)
        var set = block.nestedContainer(keyedBy: SetKeys.self, forKey: .validatorSet)
        try set.encode(conflicting.validators.validators, forKey: .validators)
        try set.encode(proposer, forKey: .proposer)
        try value.integer(commonHeight, .commonHeight)
        // No guilty validators is null, not an empty list.
        try value.encode(byzantine.isEmpty ? nil : byzantine, forKey: .byzantineValidators)
        try value.integer(totalPower, .totalVotingPower)
        try value.encode(timestamp, forKey: .timestamp)
    }
}
