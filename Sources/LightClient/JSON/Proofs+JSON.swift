extension MerkleProof: Codable {
    private enum CodingKeys: String, CodingKey {
        case total, index, aunts
        case leafHash = "leaf_hash"
    }

    /// `{"total":"8","index":"2","leaf_hash":BASE64,"aunts":[BASE64]}`; no aunts may be null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let leafHash = Hash(bytes: try container.base64(.leafHash)) else {
            throw container.refused(.leafHash, "is not 32 bytes")
        }
        let texts = try container.list(.aunts, of: String.self)
        guard texts.count <= MerkleProof.maxAunts else { throw container.refused(.aunts, "\(texts.count) aunts") }
        var aunts: [Hash] = []
        for text in texts {
            guard let aunt = Hash(bytes: try Base64.decode(text)) else {
                throw container.refused(.aunts, "an aunt is not 32 bytes")
            }
            aunts.append(aunt)
        }
        self.init(
            total: try container.integer(.total), index: try container.integer(.index), leafHash: leafHash,
            aunts: aunts)
    }

    /// `{"total":"8","index":"2","leaf_hash":BASE64,"aunts":[BASE64]}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.integer(total, .total)
        try container.integer(index, .index)
        try container.base64(leafHash.bytes, .leafHash)
        try container.encode(aunts.map { Base64.encode($0.bytes) }, forKey: .aunts)
    }
}

extension TransactionProof: Codable {
    private enum CodingKeys: String, CodingKey {
        case data, proof
        case rootHash = "root_hash"
    }

    /// The `proof` of /tx.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let rootHash = try container.hash(.rootHash) else { throw container.refused(.rootHash, "is empty") }
        self.init(
            rootHash: rootHash, data: try container.base64(.data),
            proof: try container.decode(MerkleProof.self, forKey: .proof))
    }

    /// The `proof` of /tx.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.hex(rootHash.bytes, .rootHash)
        try container.base64(data, .data)
        try container.encode(proof, forKey: .proof)
    }
}

extension ProofOp: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, key, data
    }

    /// `{"type":…,"key":BASE64,"data":BASE64}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            type: try container.decode(String.self, forKey: .type), key: try container.base64(.key),
            data: try container.base64(.data))
    }

    /// `{"type":…,"key":BASE64,"data":BASE64}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.base64(key, .key)
        try container.base64(data, .data)
    }
}

extension ProofOps: Codable {
    private enum CodingKeys: String, CodingKey {
        case ops
    }

    /// `{"ops":[…]}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(ops: try container.list(.ops, of: ProofOp.self))
    }

    /// `{"ops":[…]}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ops, forKey: .ops)
    }
}
