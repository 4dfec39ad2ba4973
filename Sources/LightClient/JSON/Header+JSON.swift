extension Timestamp: Codable {
    /// RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(LightClientError) {
            self = try Timestamp(rfc3339: text)
        } catch {
            throw LightClientError.unexpectedJSON(path: RPCJSON.path(decoder.codingPath), reason: "\(error)")
        }
    }

    /// RFC 3339 text, trailing zeros of the fraction cut.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension PartSetHeader: Codable {
    private enum CodingKeys: String, CodingKey {
        case total, hash
    }

    /// `{"total":1,"hash":HEX}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(total: try container.decode(UInt32.self, forKey: .total), hash: try container.hash(.hash))
    }

    /// `{"total":1,"hash":HEX}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(total, forKey: .total)
        try container.hex(hash?.bytes ?? [], .hash)
    }
}

extension BlockID: Codable {
    private enum CodingKeys: String, CodingKey {
        case hash, parts
    }

    /// `{"hash":HEX,"parts":{…}}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            hash: try container.hash(.hash),
            parts: try container.decodeIfPresent(PartSetHeader.self, forKey: .parts) ?? BlockID.zero.parts)
    }

    /// `{"hash":HEX,"parts":{…}}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.hex(hash?.bytes ?? [], .hash)
        try container.encode(parts, forKey: .parts)
    }
}

extension Header.Version: Codable {
    private enum CodingKeys: String, CodingKey {
        case block, app
    }

    /// `{"block":"11","app":"1"}`; what is left out is 0.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            block: try container.integerIfPresent(.block, as: UInt64.self),
            app: try container.integerIfPresent(.app, as: UInt64.self))
    }

    /// `{"block":"11","app":"1"}`; zeroes are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if block != 0 { try container.integer(block, .block) }
        if app != 0 { try container.integer(app, .app) }
    }
}

extension Header: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, height, time
        case chainID = "chain_id"
        case lastBlockID = "last_block_id"
        case lastCommitHash = "last_commit_hash"
        case dataHash = "data_hash"
        case validatorsHash = "validators_hash"
        case nextValidatorsHash = "next_validators_hash"
        case consensusHash = "consensus_hash"
        case appHash = "app_hash"
        case lastResultsHash = "last_results_hash"
        case evidenceHash = "evidence_hash"
        case proposerAddress = "proposer_address"
    }

    /// The `header` of /commit, /header and /block.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            version: try container.decodeIfPresent(Version.self, forKey: .version) ?? Version(block: 0, app: 0),
            chainID: try container.decode(String.self, forKey: .chainID),
            height: try container.integer(.height),
            time: try container.decode(Timestamp.self, forKey: .time),
            lastBlockID: try container.decodeIfPresent(BlockID.self, forKey: .lastBlockID) ?? .zero,
            lastCommitHash: try container.hash(.lastCommitHash),
            dataHash: try container.hash(.dataHash),
            validatorsHash: try container.hash(.validatorsHash),
            nextValidatorsHash: try container.hash(.nextValidatorsHash),
            consensusHash: try container.hash(.consensusHash),
            appHash: try container.hex(.appHash),
            lastResultsHash: try container.hash(.lastResultsHash),
            evidenceHash: try container.hash(.evidenceHash),
            proposerAddress: try container.address(.proposerAddress))
    }

    /// The `header` of /commit, /header and /block.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(chainID, forKey: .chainID)
        try container.integer(height, .height)
        try container.encode(time, forKey: .time)
        try container.encode(lastBlockID, forKey: .lastBlockID)
        try container.hex(lastCommitHash?.bytes ?? [], .lastCommitHash)
        try container.hex(dataHash?.bytes ?? [], .dataHash)
        try container.hex(validatorsHash?.bytes ?? [], .validatorsHash)
        try container.hex(nextValidatorsHash?.bytes ?? [], .nextValidatorsHash)
        try container.hex(consensusHash?.bytes ?? [], .consensusHash)
        try container.hex(appHash, .appHash)
        try container.hex(lastResultsHash?.bytes ?? [], .lastResultsHash)
        try container.hex(evidenceHash?.bytes ?? [], .evidenceHash)
        try container.hex(proposerAddress?.bytes ?? [], .proposerAddress)
    }
}
