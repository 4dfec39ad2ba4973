/// The parts of a /tx result that a proof can cover, and the result itself, which needs the next header.
public struct TransactionReply: Decodable, Hashable, Sendable {
    /// SHA-256 of the transaction.
    public let hash: Hash
    /// The block that carries it.
    public let height: Int64
    /// Its place in that block.
    public let index: UInt32
    /// The transaction.
    public let transaction: [UInt8]
    /// What the application said; not covered by ``proof``.
    public let result: TransactionResultDigest
    /// Inclusion under data_hash; nil when no proof was asked for.
    public let proof: TransactionProof?

    private enum CodingKeys: String, CodingKey {
        case hash, height, index, proof
        case transaction = "tx"
        case result = "tx_result"
    }

    /// Reads the result of /tx.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let hash = try container.hash(.hash) else { throw container.refused(.hash, "is empty") }
        self.hash = hash
        height = try container.integer(.height)
        index = try container.decode(UInt32.self, forKey: .index)
        transaction = try container.base64(.transaction)
        result = try container.decode(TransactionResultDigest.self, forKey: .result)
        proof = try container.decodeIfPresent(TransactionProof.self, forKey: .proof)
    }

    /// Checks hash, place and inclusion against the data_hash of the verified header of ``height``.
    public func verify(dataHash: Hash) throws(LightClientError) {
        guard Hash.sha256(transaction) == hash else {
            throw .merkleProof(reason: "the transaction does not hash to \(hash.hex)")
        }
        guard let proof else { throw .merkleProof(reason: "the answer carries no proof") }
        guard proof.proof.index == Int64(index) else {
            throw .merkleProof(reason: "place \(index) claimed, place \(proof.proof.index) proved")
        }
        try proof.verify(transaction: transaction, dataHash: dataHash)
    }
}

extension TransactionResultDigest: Decodable {
    private enum CodingKeys: String, CodingKey {
        case code, data
        case gasWanted = "gas_wanted"
        case gasUsed = "gas_used"
    }

    /// Reads the hashed part of a tx_result; the rest is skipped.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            code: try container.decodeIfPresent(UInt32.self, forKey: .code) ?? 0,
            data: try container.base64(.data), gasWanted: try container.integerIfPresent(.gasWanted),
            gasUsed: try container.integerIfPresent(.gasUsed))
    }
}

extension Block: Codable {
    private enum CodingKeys: String, CodingKey {
        case header, data, evidence
        case lastCommit = "last_commit"
    }
    private enum DataKeys: String, CodingKey {
        case transactions = "txs"
    }
    private enum EvidenceKeys: String, CodingKey {
        case evidence
    }
    private struct Anything: Codable {
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws {}
    }

    /// The `block` of /block. Blocks with evidence are refused: nothing in this project reads or makes them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let data = try container.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
        let evidence = try container.nestedContainer(keyedBy: EvidenceKeys.self, forKey: .evidence)
        guard try evidence.list(.evidence, of: Anything.self).isEmpty else {
            throw container.refused(.evidence, "blocks with evidence are not supported")
        }
        var transactions: [[UInt8]] = []
        for text in try data.list(.transactions, of: String.self) { transactions.append(try Base64.decode(text)) }
        self.init(
            header: try container.decode(Header.self, forKey: .header), transactions: transactions,
            lastCommit: try container.decode(Commit.self, forKey: .lastCommit))
    }

    /// The `block` of /block.
    public func encode(to encoder: any Encoder) throws {
        guard evidence.isEmpty else {
            throw LightClientError.unexpectedJSON(
                path: "evidence", reason: "blocks with evidence are not supported")
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(header, forKey: .header)
        var data = container.nestedContainer(keyedBy: DataKeys.self, forKey: .data)
        try data.encode(transactions.map(Base64.encode), forKey: .transactions)
        var list = container.nestedContainer(keyedBy: EvidenceKeys.self, forKey: .evidence)
        try list.encode([String](), forKey: .evidence)
        try container.encode(lastCommit, forKey: .lastCommit)
    }
}
