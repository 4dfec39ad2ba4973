/// The parts of a /block_results result that the next header covers.
///
/// Read alike from v0.34 to v1.0: the events around the results differ, are in no hash, and are left unread.
public struct BlockResultsReply: Decodable, Hashable, Sendable {
    /// The block whose transactions were run.
    public let height: Int64
    /// One for each transaction, in order.
    public let results: [TransactionResultDigest]

    private enum CodingKeys: String, CodingKey {
        case height
        case results = "txs_results"
    }

    /// Reads the result of /block_results.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        height = try container.integer(.height)
        results = try container.list(.results, of: TransactionResultDigest.self)
    }

    /// Checks the results against the verified header of the next height.
    public func verify(next: Header) throws(LightClientError) {
        guard height < next.height, next.height - height == 1 else {
            throw .invalidHeader(field: "height", reason: "\(next.height) is not directly above \(height)")
        }
        let computed = BlockHashes.results(results)
        guard computed == next.lastResultsHash else {
            throw .merkleProof(
                reason: "the results hash to \(computed.hex), header \(next.height) has "
                    + (next.lastResultsHash?.hex ?? "none"))
        }
    }
}

extension TransactionReply {
    /// Checks place and result together: inclusion under the verified header of ``height``, and that the result is the one
    /// that the verified header above it covers.
    public func verify(header: Header, next: Header, results: BlockResultsReply) throws(LightClientError) {
        guard header.height == height, let dataHash = header.dataHash else {
            throw .merkleProof(reason: "header \(header.height) does not cover transactions of height \(height)")
        }
        try verify(dataHash: dataHash)
        guard results.height == height else {
            throw .merkleProof(reason: "results of height \(results.height), the transaction is of \(height)")
        }
        try results.verify(next: next)
        guard let place = Int(exactly: index), place < results.results.count else {
            throw .merkleProof(reason: "place \(index) has no result among \(results.results.count)")
        }
        guard results.results[place] == result else {
            throw .merkleProof(reason: "the result at place \(index) is another one")
        }
    }
}
