internal import LightClient
internal import Logging

extension ABCIResponder {
    /// Begins a snapshot of the height that was just committed. Commit is answered before it is written; where the one before
    /// is still being written, this one is left out.
    func beginSnapshot(at height: Int64) {
        guard let chainID = application.chainID else { return }
        guard snapshotTask == nil else {
            logger.warning("no snapshot is taken at height \(height): the one before is still being written")
            return
        }
        let pause = snapshotPause
        do {
            let writing = try SnapshotWriting(
                statePath: statePath, snapshotsPath: snapshots.path, chainID: chainID, height: height,
                chunkSize: chunkSize)
            let task = Task.detached { [weak self] in
                var failure: LedgerNodeError?
                do throws(LedgerNodeError) { try await writing.run(pause: pause) } catch { failure = error }
                await self?.endSnapshot(at: height, failure)
            }
            snapshotTask = task
        } catch {
            // The block stands; the next snapshot may have room.
            logger.error("no snapshot was taken at height \(height): \(error)")
        }
    }

    private func endSnapshot(at height: Int64, _ failure: LedgerNodeError?) {
        snapshotTask = nil
        if let failure { logger.error("no snapshot was taken at height \(height): \(failure)") }
    }

    /// Returns when no snapshot is being written.
    func finishSnapshot() async { await snapshotTask?.value }

    // MARK: State sync

    func offerSnapshot(
        _ request: ABCI.OfferSnapshot.Request
    ) throws(LedgerNodeError) -> ABCI.OfferSnapshot.Response {
        let known = application.chainID
        let verdict = try application.offerSnapshot(request)
        let name = "snapshot of height \(request.snapshot?.height ?? 0)"
        switch verdict {
        case .accept where known == nil:
            logger.warning(
                "\(name): the ledger's name is taken from it; a start with --chain-id would hold it against that")
        case .accept: logger.info("\(name) is being restored")
        case .abort:
            logger.error("\(name): not restored over the state of height \(application.height); it needs an empty home")
        case .reject, .rejectFormat, .rejectSender: logger.warning("\(name) is refused: \(verdict)")
        }
        return .init(verdict: verdict)
    }

    func loadSnapshotChunk(
        _ request: ABCI.LoadSnapshotChunk.Request
    ) throws(LedgerNodeError) -> ABCI.LoadSnapshotChunk.Response {
        guard request.format == SnapshotMetadata.format, let height = Int64(exactly: request.height) else {
            return .init()
        }
        return .init(chunk: try snapshots.chunk(height: height, place: Int64(request.chunk)) ?? [])
    }

    func applySnapshotChunk(
        _ request: ABCI.ApplySnapshotChunk.Request
    ) throws(LedgerNodeError) -> ABCI.ApplySnapshotChunk.Response {
        let response = try application.applySnapshotChunk(request)
        if response.verdict != .accept {
            logger.warning("snapshot chunk \(request.index) of \(request.sender): \(response.verdict)")
        }
        return response
    }

    /// The height below which no block is needed, 0 for none: `retainedBlocks` are kept, and every block from the oldest
    /// snapshot on, since who restores it goes on from there.
    func retainHeight(at height: Int64) throws(LedgerNodeError) -> Int64 {
        guard retainedBlocks > 0 else { return 0 }
        let wanted = max(0, height - retainedBlocks + 1)
        guard snapshotInterval > 0 else { return wanted }
        return min(wanted, Int64(clamping: try snapshots.snapshots().last?.height ?? 0))
    }
}
