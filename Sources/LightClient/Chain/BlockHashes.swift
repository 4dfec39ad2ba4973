/// The other hashes that a header carries, for whoever makes headers and for whoever checks what stands under them.
public enum BlockHashes {
    /// data_hash: root over the SHA-256 of each transaction.
    public static func data(_ transactions: [[UInt8]]) -> Hash {
        MerkleTree.root(of: transactions.map { Hash.sha256($0).bytes })
    }

    /// A proof for each transaction under data_hash.
    public static func dataProofs(_ transactions: [[UInt8]]) -> (root: Hash, proofs: [MerkleProof]) {
        MerkleTree.proofs(of: transactions.map { Hash.sha256($0).bytes })
    }

    /// consensus_hash: plain SHA-256 of the block size and gas limits, nothing else of the parameters.
    public static func consensus(maxBytes: Int64, maxGas: Int64) -> Hash {
        var writer = ProtobufWriter()
        writer.signed(1, maxBytes)
        writer.signed(2, maxGas)
        return .sha256(writer.bytes)
    }

    /// last_results_hash of the next header: root over the deterministic part of each result.
    public static func results(_ results: [TransactionResultDigest]) -> Hash {
        MerkleTree.root(of: results.map(\.hashedItem))
    }

    /// evidence_hash: root over the encoded pieces of evidence, each without the enclosing oneof.
    public static func evidence(_ items: [[UInt8]]) -> Hash {
        MerkleTree.root(of: items)
    }
}

/// The part of a transaction's result that is hashed; log, info, events and codespace are not.
public struct TransactionResultDigest: Hashable, Sendable {
    /// 0 is success.
    public var code: UInt32
    /// The application's data.
    public var data: [UInt8]
    /// Gas wanted.
    public var gasWanted: Int64
    /// Gas used.
    public var gasUsed: Int64

    /// A digest from its fields.
    public init(code: UInt32, data: [UInt8] = [], gasWanted: Int64 = 0, gasUsed: Int64 = 0) {
        self.code = code
        self.data = data
        self.gasWanted = gasWanted
        self.gasUsed = gasUsed
    }

    /// The item under last_results_hash; empty for an all-zero result.
    public var hashedItem: [UInt8] {
        var writer = ProtobufWriter()
        writer.unsigned(1, UInt64(code))
        writer.bytes(2, data)
        writer.signed(5, gasWanted)
        writer.signed(6, gasUsed)
        return writer.bytes
    }
}

/// That a transaction stands in a block: the `proof` of /tx.
public struct TransactionProof: Hashable, Sendable {
    /// The root that the server claims; must be the data_hash of a verified header.
    public var rootHash: Hash
    /// The transaction.
    public var data: [UInt8]
    /// The proof over SHA-256(transaction).
    public var proof: MerkleProof

    /// A proof from its parts.
    public init(rootHash: Hash, data: [UInt8], proof: MerkleProof) {
        self.rootHash = rootHash
        self.data = data
        self.proof = proof
    }

    /// Checks that exactly `transaction` stands under `dataHash`, which comes from a verified header.
    public func verify(transaction: [UInt8], dataHash: Hash) throws(LightClientError) {
        guard data == transaction else {
            throw .merkleProof(reason: "the proof is about another transaction")
        }
        guard rootHash == dataHash else {
            throw .merkleProof(reason: "claims root \(rootHash.hex), the header has \(dataHash.hex)")
        }
        try proof.verify(root: dataHash, item: Hash.sha256(transaction).bytes)
    }
}
