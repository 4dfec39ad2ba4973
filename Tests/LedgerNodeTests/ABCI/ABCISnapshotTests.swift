import LightClient
import Synchronization
import Testing

@testable import LedgerNode

/// A snapshot is written beside the blocks that follow it.
///
/// Red where Commit waits for the snapshot (the run does not end), where the snapshot reads the newest state instead of the
/// one held fast (another hash), or without the one transaction in which it is written.
@Suite("ABCI snapshots", .timeLimit(.minutes(5)))
struct ABCISnapshotTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// Holds the writing of one height's snapshot after so many chunks until it is opened.
    private final class Gate: Sendable {
        private struct Standing {
            var isOpen = false
            var reached = false
            var waiting: [CheckedContinuation<Void, Never>] = []
            var arrivals: [CheckedContinuation<Void, Never>] = []
        }

        private let standing = Mutex(Standing())
        let height: Int64
        let chunks: Int

        init(height: Int64, chunks: Int) {
            self.height = height
            self.chunks = chunks
        }

        func pass(_ height: Int64, _ chunks: Int) async {
            guard height == self.height, chunks == self.chunks else { return }
            await withCheckedContinuation { continuation in
                let (resume, arrivals) = standing.withLock { standing in
                    standing.reached = true
                    let arrivals = standing.arrivals
                    standing.arrivals = []
                    if !standing.isOpen { standing.waiting.append(continuation) }
                    return (standing.isOpen, arrivals)
                }
                for arrival in arrivals { arrival.resume() }
                if resume { continuation.resume() }
            }
        }

        /// Returns when the writing stands at the gate.
        func reached() async {
            await withCheckedContinuation { continuation in
                let reached = standing.withLock { standing in
                    if !standing.reached { standing.arrivals.append(continuation) }
                    return standing.reached
                }
                if reached { continuation.resume() }
            }
        }

        func open() {
            let waiting = standing.withLock { standing in
                standing.isOpen = true
                defer { standing.waiting = [] }
                return standing.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private func start(_ name: String, _ gate: Gate? = nil) async throws -> (ABCINode, SampleConsensus) {
        var configuration = SampleNetwork.configuration(home, name, snapshots: 10)
        if let gate { configuration.snapshotPause = { await gate.pass($0, $1) } }
        let node = try await ABCINode.start(configuration)
        return (node, try SampleConsensus(node.address))
    }

    private func list(_ consensus: SampleConsensus) async throws -> [ABCI.Snapshot] {
        guard case .listSnapshots(let answer) = try await consensus.snapshot.call(.listSnapshots) else { return [] }
        return answer.snapshots
    }

    @Test(
        "blocks are committed while a snapshot is written, and it is of its own height; the one that is due is left out"
    )
    func commitDoesNotWait() async throws {
        let blocks = try SampleNetwork.blocks(30, seed: 21)
        let (prompt, other) = try await start("prompt")
        try await other.handshake()
        for transactions in blocks[..<10] { try await other.makeBlock(transactions) }
        await prompt.finishSnapshot()
        let expected = try #require(try await list(other).first)
        await prompt.stop()

        // The order is forced: the gate opens only after block 25 is committed.
        let gate = Gate(height: 10, chunks: 2)
        let (node, consensus) = try await start("held", gate)
        try await consensus.handshake()
        for transactions in blocks[..<10] { try await consensus.makeBlock(transactions) }
        await gate.reached()
        for transactions in blocks[10..<25] { try await consensus.makeBlock(transactions) }
        #expect(await node.standing.height == 25)
        #expect(try await list(consensus).isEmpty, "it is not listed before it is whole")
        gate.open()
        await node.finishSnapshot()
        #expect(try await list(consensus) == [expected], "the same bytes as where nothing was held")
        for transactions in blocks[25...] { try await consensus.makeBlock(transactions) }
        await node.finishSnapshot()
        #expect(try await list(consensus).map(\.height) == [30, 10])
        await node.stop()
    }

    @Test("a power cut while a snapshot is written leaves none of it, and the one before whole")
    func powerCut() async throws {
        let blocks = try SampleNetwork.blocks(20, seed: 22)
        let gate = Gate(height: 20, chunks: 3)
        let (node, consensus) = try await start("home", gate)
        try await consensus.handshake()
        for transactions in blocks {
            try await consensus.makeBlock(transactions)
            if consensus.height < 20 { await node.finishSnapshot() }
        }
        await gate.reached()
        let before = try await list(consensus)
        let copy = try home.snapshot()
        gate.open()
        await node.finishSnapshot()
        #expect(try await list(consensus).map(\.height) == [20, 10])
        await node.stop()

        let heir = try await ABCINode.start(SampleNetwork.configuration(copy, "home", snapshots: 10))
        let line = try SampleConsensus(heir.address)
        #expect(await heir.standing.height == 20)
        let kept = try await list(line)
        #expect(kept == before && kept.map(\.height) == [10])
        let store = try SnapshotStore(path: copy.path + "/home/snapshots.sqlite")
        let metadata = try SnapshotMetadata(protobuf: try #require(kept.first).metadata)
        for (place, hash) in metadata.chunks.enumerated() {
            #expect(try store.chunk(height: 10, place: Int64(place)).map(Hash.sha256) == hash)
        }
        #expect(try store.chunk(height: 20, place: 0) == nil)
        store.database.close()
        await heir.stop()
    }
}
