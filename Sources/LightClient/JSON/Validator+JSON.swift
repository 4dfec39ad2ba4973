extension PublicKey: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, value
    }

    /// The type's name in the RPC.
    var jsonType: String {
        switch self {
        case .ed25519: return "tendermint/PubKeyEd25519"
        case .secp256k1: return "tendermint/PubKeySecp256k1"
        case .bls12381: return "cometbft/PubKeyBls12_381"
        case .mldsa65: return "cometbft/PubKeyMlDsa65"
        case .secp256k1eth: return "tendermint/PubKeySecp256k1eth"
        }
    }

    /// `{"type":…,"value":BASE64}`; an unknown type is refused by name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        let bytes = try container.base64(.value)
        switch type {
        case "tendermint/PubKeyEd25519": self = .ed25519(bytes)
        case "tendermint/PubKeySecp256k1": self = .secp256k1(bytes)
        case "cometbft/PubKeyBls12_381": self = .bls12381(bytes)
        case "cometbft/PubKeyMlDsa65": self = .mldsa65(bytes)
        case "tendermint/PubKeySecp256k1eth": self = .secp256k1eth(bytes)
        default: throw LightClientError.unsupportedKeyType(type)
        }
    }

    /// `{"type":…,"value":BASE64}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(jsonType, forKey: .type)
        try container.base64(bytes, .value)
    }
}

/// A validator as the RPC states it, before anything about it is believed.
struct ValidatorDocument: Decodable {
    let address: Address?
    let publicKey: PublicKey
    let power: Int64
    let proposerPriority: Int64

    private enum CodingKeys: String, CodingKey {
        case address
        case publicKey = "pub_key"
        case power = "voting_power"
        case proposerPriority = "proposer_priority"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        address = try container.address(.address)
        publicKey = try container.decode(PublicKey.self, forKey: .publicKey)
        power = try container.integer(.power)
        proposerPriority = try container.integerIfPresent(.proposerPriority)
    }

    /// The validator, its address recomputed.
    func validator() throws(LightClientError) -> Validator {
        guard let address else { throw .validatorAddressMissing(keyType: publicKey.typeName) }
        return try Validator(
            publicKey: publicKey, power: power, proposerPriority: proposerPriority, statedAddress: address)
    }

    /// The set of `documents`.
    static func set(_ documents: [ValidatorDocument]) throws(LightClientError) -> ValidatorSet {
        var members: [Validator] = []
        members.reserveCapacity(documents.count)
        for document in documents { members.append(try document.validator()) }
        return try ValidatorSet(members)
    }
}

extension Validator: Codable {
    private enum CodingKeys: String, CodingKey {
        case address
        case publicKey = "pub_key"
        case power = "voting_power"
        case proposerPriority = "proposer_priority"
    }

    /// An element of `validators`; the stated address must be the key's.
    public init(from decoder: any Decoder) throws {
        self = try ValidatorDocument(from: decoder).validator()
    }

    /// An element of `validators`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.hex(address.bytes, .address)
        try container.encode(publicKey, forKey: .publicKey)
        try container.integer(power, .power)
        try container.integer(proposerPriority, .proposerPriority)
    }
}
