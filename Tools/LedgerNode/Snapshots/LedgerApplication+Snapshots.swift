internal import LightClient

// State sync, in ABCI's words. A restored state is adopted when its root is the app hash that the node's light client
// verified; until then it is kept aside, and a kill leaves the home as empty as it was.
extension LedgerApplication {
    /// Whether a snapshot is tried; the one that was being restored before is given up.
    func offerSnapshot(_ offer: ABCI.OfferSnapshot.Request) throws(LedgerNodeError) -> ABCI.OfferSnapshot.Verdict {
        restoring = nil
        guard height == 0, let snapshot = offer.snapshot else { return .abort }
        guard snapshot.format == SnapshotMetadata.format else { return .rejectFormat }
        guard let metadata = try? SnapshotMetadata(protobuf: snapshot.metadata),
            snapshot.hash == metadata.hash.bytes, snapshot.height == metadata.height,
            Int64(exactly: metadata.height).map({ $0 > 0 }) == true,
            Int(snapshot.chunks) == metadata.chunks.count, !metadata.chunks.isEmpty, offer.appHash.count == Hash.size,
            Self.isName(metadata.chainID), chainID == nil || metadata.chainID == chainID
        else { return .reject }
        try store.clearRestoring()
        restoring = SnapshotRestoring(metadata: metadata, appHash: offer.appHash)
        return .accept
    }

    /// Takes a chunk. A wrong one is fetched again from somebody else; a snapshot whose chunks are all as it says but whose
    /// root is another is refused.
    func applySnapshotChunk(
        _ request: ABCI.ApplySnapshotChunk.Request
    ) throws(LedgerNodeError) -> ABCI.ApplySnapshotChunk.Response {
        let index = Int(request.index)
        guard var state = restoring, state.metadata.chunks.indices.contains(index) else {
            return .init(verdict: .abort)
        }
        guard Hash.sha256(request.chunk) == state.metadata.chunks[index] else {
            return .init(
                verdict: .retry, refetchChunks: [request.index],
                rejectSenders: request.sender.isEmpty ? [] : [request.sender])
        }
        guard !state.holds(index) else { return .init(verdict: .accept) }
        guard let leaves = SnapshotRestoring.leaves(request.chunk) else { return try rejectSnapshot() }
        try store.keepRestoring(leaves)
        state.take(leaves, index: index)
        restoring = state
        guard state.isComplete else { return .init(verdict: .accept) }
        guard state.isProved else { return try rejectSnapshot() }
        let chain = LedgerStore.ChainMarks(
            id: state.metadata.chainID, firstHeight: Int64(clamping: state.metadata.height))
        try store.adoptRestored(appHash: state.appHash, chain: chain)
        try adopt(state.tree, chain: chain)
        restoring = nil
        return .init(verdict: .accept)
    }

    private func rejectSnapshot() throws(LedgerNodeError) -> ABCI.ApplySnapshotChunk.Response {
        restoring = nil
        try store.clearRestoring()
        return .init(verdict: .rejectSnapshot)
    }
}
