internal import LightClient

// This file and SnapshotChunk own format 1 of snapshots. Every node that takes one at the same height writes the same bytes.

/// What a snapshot says of itself: its chain, its height, and the SHA-256 of each chunk. Its own SHA-256 is the snapshot's
/// hash, so that a chunk is checked when it comes, and whoever sent a wrong one is known.
struct SnapshotMetadata: ProtobufMessage, Equatable {
    static let protobufName = "SnapshotMetadata"
    /// The only format there is.
    static let format: UInt32 = 1
    /// Peers tell each other of a snapshot in at most 4 000 000 bytes.
    static let maximumChunks = 100_000

    var chainID: String
    var height: UInt64
    var chunks: [Hash]

    init(chainID: String, height: UInt64, chunks: [Hash]) {
        self.chainID = chainID
        self.height = height
        self.chunks = chunks
    }

    /// Reads fields 1 chain_id, 2 height, 3 chunk hashes.
    init(from reader: inout ProtobufReader) throws(LightClientError) {
        self.init(chainID: "", height: 0, chunks: [])
        while let field = try reader.next() {
            switch field.number {
            case 1: chainID = try field.string()
            case 2: height = try field.unsigned()
            case 3:
                guard let hash = try field.hash() else { throw field.fault("is an empty hash") }
                chunks.append(hash)
            default: throw reader.unknown(field)
            }
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.string(1, chainID)
        writer.unsigned(2, height)
        for chunk in chunks { writer.message(3, chunk.bytes) }
    }

    /// The hash that names the snapshot.
    var hash: Hash { .sha256(protobuf) }
}
