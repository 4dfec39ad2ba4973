public import SignedRecords

/// A header of the ledger that a release vouches for: where a device whose trusting period is over may begin anew. It has no
/// meaning here; it is handed out once the release's signatures were checked.
public struct LedgerCheckpoint: Equatable, Sendable {
    public var chain: LedgerChainID
    /// From 1.
    public var height: UInt64
    /// The header's hash.
    public var hash: ContentHash

    public init(chain: LedgerChainID, height: UInt64, hash: ContentHash) {
        self.chain = chain
        self.height = height
        self.hash = hash
    }

    var item: CBOR { .array([.text(chain.text), .unsigned(height), .bytes(hash.bytes)]) }

    init(reading item: CBOR, _ path: String) throws(CBORError) {
        guard case .array(let parts) = item, parts.count == 3 else {
            throw .field(path: path, problem: .wrongType(expected: "an array of 3", found: item.kindName))
        }
        let text = try CBORFields.text(parts[0], "\(path).chain", maximum: 50)
        guard let chain = try? LedgerChainID(text) else {
            throw .field(path: "\(path).chain", problem: .outOfRange(expected: "a chain's name", found: "\"\(text)\""))
        }
        self.chain = chain
        height = try CBORFields.unsigned(parts[1], "\(path).height", maximum: UInt64(Int64.max))
        guard height > 0 else {
            throw .field(path: "\(path).height", problem: .outOfRange(expected: "a height from 1", found: "0"))
        }
        hash = ContentHash(exactly: try CBORFields.bytes(parts[2], "\(path).hash", count: 32...32))
    }
}
