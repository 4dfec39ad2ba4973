internal import LightClient

/// A state that is being restored: what was offered, and what came of it so far.
struct SnapshotRestoring {
    let metadata: SnapshotMetadata
    /// What the light client verified for this height: the only thing here that is believed.
    let appHash: [UInt8]
    private(set) var tree = SparseMerkleTree()
    private var applied: Set<Int> = []

    init(metadata: SnapshotMetadata, appHash: [UInt8]) {
        self.metadata = metadata
        self.appHash = appHash
    }

    func holds(_ index: Int) -> Bool { applied.contains(index) }

    /// Whether every chunk has come.
    var isComplete: Bool { applied.count == metadata.chunks.count }

    /// Whether what came is the state that the header of the next height proves.
    var isProved: Bool { isComplete && tree.rootHash == appHash }

    /// The leaves of a chunk whose hash is right, or nil where they do not stand in order: then the snapshot itself is bad.
    static func leaves(_ chunk: [UInt8]) -> [SnapshotChunk.Leaf]? {
        guard let leaves = try? SnapshotChunk(protobuf: chunk).leaves, !leaves.isEmpty else { return nil }
        let paths = leaves.map { SparseMerkleTree.path(of: $0.key) }
        let isSorted = zip(paths, paths.dropFirst()).allSatisfy { SparseMerkleTree.precedes($0, $1) }
        return isSorted ? leaves : nil
    }

    mutating func take(_ leaves: [SnapshotChunk.Leaf], index: Int) {
        tree.apply(leaves.map { .init(path: SparseMerkleTree.path(of: $0.key), valueHash: .sha256($0.value)) })
        applied.insert(index)
    }
}
