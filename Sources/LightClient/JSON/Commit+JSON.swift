extension BlockIDFlag: Codable {}

extension CommitSig: Codable {
    private enum CodingKeys: String, CodingKey {
        case timestamp, signature
        case flag = "block_id_flag"
        case validatorAddress = "validator_address"
    }

    /// An entry of `signatures`. A null time stands for Go's zero time, as an absent entry has.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let raw = try container.decode(Int32.self, forKey: .flag)
        guard let flag = UInt8(exactly: raw).flatMap(BlockIDFlag.init(rawValue:)) else {
            throw container.refused(.flag, "\(raw) is no known flag")
        }
        self.init(
            flag: flag, validatorAddress: try container.address(.validatorAddress),
            timestamp: try container.decodeIfPresent(Timestamp.self, forKey: .timestamp) ?? .goZero,
            signature: try container.base64(.signature))
    }

    /// An entry of `signatures`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(flag.rawValue, forKey: .flag)
        try container.hex(validatorAddress?.bytes ?? [], .validatorAddress)
        try container.encode(timestamp, forKey: .timestamp)
        try container.base64(signature, .signature)
    }
}

extension Commit: Codable {
    private enum CodingKeys: String, CodingKey {
        case height, round, signatures
        case blockID = "block_id"
    }

    /// The `commit` of /commit and the `last_commit` of /block.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            height: try container.integer(.height), round: try container.decode(Int32.self, forKey: .round),
            blockID: try container.decodeIfPresent(BlockID.self, forKey: .blockID) ?? .zero,
            signatures: try container.list(.signatures, of: CommitSig.self))
    }

    /// The `commit` of /commit and the `last_commit` of /block.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.integer(height, .height)
        try container.encode(round, forKey: .round)
        try container.encode(blockID, forKey: .blockID)
        try container.encode(signatures, forKey: .signatures)
    }
}

extension SignedHeader: Codable {
    private enum CodingKeys: String, CodingKey {
        case header, commit
    }

    /// The `signed_header` of /commit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            header: try container.decode(Header.self, forKey: .header),
            commit: try container.decode(Commit.self, forKey: .commit))
    }

    /// The `signed_header` of /commit.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(header, forKey: .header)
        try container.encode(commit, forKey: .commit)
    }
}
