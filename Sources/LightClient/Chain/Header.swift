// The header hash is the Merkle root over exactly 14 items in a fixed order; an empty value is an item of no bytes.
// It is the only thing that validators sign, so a header is believed by its hash and never field by field.

/// A CometBFT block header.
public struct Header: Hashable, Sendable {
    /// Protocol versions.
    public struct Version: Hashable, Sendable {
        /// Block protocol; 11 for every CometBFT release from 0.34 on.
        public var block: UInt64
        /// The application's own version.
        public var app: UInt64

        /// Versions from their numbers.
        public init(block: UInt64 = Header.blockProtocol, app: UInt64) {
            self.block = block
            self.app = app
        }
    }

    /// The only block protocol that is accepted.
    public static let blockProtocol: UInt64 = 11
    /// Longest chain id in bytes.
    public static let maxChainIDSize = 50

    /// Protocol versions.
    public var version: Version
    /// The chain's id, at most 50 bytes of UTF-8.
    public var chainID: String
    /// From 1.
    public var height: Int64
    /// Strictly rising along a chain.
    public var time: Timestamp
    /// The predecessor; ``BlockID/zero`` in a chain's first block.
    public var lastBlockID: BlockID
    /// Root over the entries of the predecessor's commit.
    public var lastCommitHash: Hash?
    /// Root over the transactions.
    public var dataHash: Hash?
    /// Hash of the validators that sign this block.
    public var validatorsHash: Hash?
    /// Hash of the validators that sign the next block.
    public var nextValidatorsHash: Hash?
    /// Hash of the consensus parameters.
    public var consensusHash: Hash?
    /// The state after the previous block; any length.
    public var appHash: [UInt8]
    /// Root over the results of the previous block's transactions.
    public var lastResultsHash: Hash?
    /// Root over the evidence.
    public var evidenceHash: Hash?
    /// The proposer; nil only in a malformed header.
    public var proposerAddress: Address?

    /// A header from its fields; nothing is checked before ``checkStructure()``.
    public init(
        version: Version, chainID: String, height: Int64, time: Timestamp, lastBlockID: BlockID,
        lastCommitHash: Hash?, dataHash: Hash?, validatorsHash: Hash?, nextValidatorsHash: Hash?,
        consensusHash: Hash?, appHash: [UInt8], lastResultsHash: Hash?, evidenceHash: Hash?,
        proposerAddress: Address?
    ) {
        self.version = version
        self.chainID = chainID
        self.height = height
        self.time = time
        self.lastBlockID = lastBlockID
        self.lastCommitHash = lastCommitHash
        self.dataHash = dataHash
        self.validatorsHash = validatorsHash
        self.nextValidatorsHash = nextValidatorsHash
        self.consensusHash = consensusHash
        self.appHash = appHash
        self.lastResultsHash = lastResultsHash
        self.evidenceHash = evidenceHash
        self.proposerAddress = proposerAddress
    }

    /// The block hash; nil without validators_hash, which makes the header invalid.
    public func hash() -> Hash? {
        guard validatorsHash != nil else { return nil }
        return MerkleTree.root(of: hashedItems)
    }

    /// The 14 items under the header hash, in order.
    var hashedItems: [[UInt8]] {
        [
            version.protobuf,
            Header.wrapped { $0.string(1, chainID) },
            Header.wrapped { $0.signed(1, height) },
            time.protobuf,
            lastBlockID.protobuf,
            Header.wrapped(lastCommitHash),
            Header.wrapped(dataHash),
            Header.wrapped(validatorsHash),
            Header.wrapped(nextValidatorsHash),
            Header.wrapped(consensusHash),
            Header.wrapped { $0.bytes(1, appHash) },
            Header.wrapped(lastResultsHash),
            Header.wrapped(evidenceHash),
            Header.wrapped { $0.bytes(1, proposerAddress?.bytes ?? []) },
        ]
    }

    private static func wrapped(_ hash: Hash?) -> [UInt8] {
        wrapped { $0.bytes(1, hash?.bytes ?? []) }
    }

    private static func wrapped(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
        var writer = ProtobufWriter()
        write(&writer)
        return writer.bytes
    }

    /// The checks that need nothing but the header. (Hash sizes hold by construction.)
    public func checkStructure() throws(LightClientError) {
        guard version.block == Header.blockProtocol else {
            throw .invalidHeader(field: "version.block", reason: "expected 11, got \(version.block)")
        }
        guard chainID.utf8.count <= Header.maxChainIDSize else {
            throw .invalidHeader(field: "chain_id", reason: "\(chainID.utf8.count) bytes, at most 50")
        }
        guard height > 0 else {
            throw .invalidHeader(field: "height", reason: "\(height) is not above 0")
        }
        guard proposerAddress != nil else {
            throw .invalidHeader(field: "proposer_address", reason: "is missing")
        }
        guard validatorsHash != nil else {
            throw .invalidHeader(field: "validators_hash", reason: "is empty, so the header has no hash")
        }
    }
}
