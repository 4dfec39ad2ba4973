import Foundation
import Ledger
import LightClient
import Testing

@testable import LedgerNode

/// A state that goes from one application to another in a snapshot, as two nodes carry it.
///
/// Red without the check of a chunk's hash, of the whole state's root (`isProved`), of the leaves' order, or without the
/// clearing of what a stop left half restored.
@Suite("ABCI state sync")
struct ABCIStateSyncTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// A chain with snapshots, and one of them with its chunks.
    private struct Source {
        let node: ABCINode
        let consensus: SampleConsensus
        let snapshot: ABCI.Snapshot
        let chunks: [[UInt8]]
        let appHash: [UInt8]
    }

    private func source(_ blocks: Int = 40, every interval: Int64 = 10) async throws -> Source {
        let node = try await ABCINode.start(SampleNetwork.configuration(home, "source", snapshots: interval))
        let consensus = try SampleConsensus(node.address)
        try await consensus.handshake()
        for transactions in try SampleNetwork.blocks(blocks, seed: 11) {
            try await consensus.makeBlock(transactions)
            await node.finishSnapshot()
        }
        let snapshots = try await list(consensus)
        let snapshot = try #require(snapshots.last)
        var chunks: [[UInt8]] = []
        for index in 0..<snapshot.chunks { chunks.append(try await load(consensus, snapshot, index)) }
        let appHash = try #require(consensus.blocks[Int(snapshot.height) - 1].appHash)
        return Source(node: node, consensus: consensus, snapshot: snapshot, chunks: chunks, appHash: appHash)
    }

    private func list(_ consensus: SampleConsensus) async throws -> [ABCI.Snapshot] {
        guard case .listSnapshots(let answer) = try await consensus.snapshot.call(.listSnapshots) else { return [] }
        return answer.snapshots
    }

    private func load(
        _ consensus: SampleConsensus, _ snapshot: ABCI.Snapshot, _ index: UInt32
    ) async throws -> [UInt8] {
        let request = ABCI.LoadSnapshotChunk.Request(height: snapshot.height, format: snapshot.format, chunk: index)
        guard case .loadSnapshotChunk(let answer) = try await consensus.snapshot.call(.loadSnapshotChunk(request))
        else { return [] }
        return answer.chunk
    }

    private func empty(_ name: String = "heir", chainID: String? = nil) async throws -> (ABCINode, ABCIDialer) {
        var configuration = SampleNetwork.configuration(home, name, snapshots: 10)
        configuration.chainID = chainID
        let node = try await ABCINode.start(configuration)
        return (node, try ABCIDialer(node.address))
    }

    private func offer(
        _ line: ABCIDialer, _ snapshot: ABCI.Snapshot?, _ appHash: [UInt8]
    ) async throws -> ABCI.OfferSnapshot.Verdict? {
        let answer = try await line.call(.offerSnapshot(.init(snapshot: snapshot, appHash: appHash)))
        guard case .offerSnapshot(let response) = answer else { return nil }
        return response.verdict
    }

    private func apply(
        _ line: ABCIDialer, _ index: UInt32, _ chunk: [UInt8], from sender: String = "peer"
    ) async throws -> ABCI.ApplySnapshotChunk.Response? {
        let answer = try await line.call(.applySnapshotChunk(.init(index: index, chunk: chunk, sender: sender)))
        guard case .applySnapshotChunk(let response) = answer else { return nil }
        return response
    }

    @Test("a restored application has the height, the hash and the state, goes on with the next block, and restarts")
    func restores() async throws {
        let source = try await source()
        #expect(source.chunks.count > 3 && source.snapshot.height == 30)
        #expect(try await list(source.consensus).map(\.height) == [40, 30], "the last two are kept")
        var (heir, line) = try await empty()
        #expect(try await offer(line, source.snapshot, source.appHash) == .accept)
        for (index, chunk) in source.chunks.enumerated() {
            #expect(await heir.standing.height == 0, "no state before the last chunk")
            #expect(try await apply(line, UInt32(index), chunk)?.verdict == .accept)
        }
        #expect(await heir.standing == .init(chainID: "wattseal-test", height: 30, appHash: source.appHash))
        // Block sync from there: the same hashes, also over a restart in between.
        let consensus = try SampleConsensus(heir.address)
        consensus.adopt(source.consensus)
        let key = StateKey.parameters.bytes
        let proved = try await consensus.ask(.init(data: key, path: "/key", height: 30, prove: true))
        try #require(proved.proofOps).verify(
            root: source.appHash, expected: [.init(type: "ics23:smt", key: key)], value: proved.value)
        #expect(try await consensus.ask(.init(data: key, path: "/key", height: 29)).code == 3)
        await heir.stop()
        (heir, line) = try await empty()
        #expect(await heir.standing.height == 30)
        try consensus.redial(heir.address)
        try await consensus.handshake()
        #expect(await heir.standing == (await source.node.standing))
        for transactions in try SampleNetwork.blocks(8, seed: 12) {
            try await consensus.makeBlock(transactions)
            try await source.consensus.makeBlock(transactions)
            await heir.finishSnapshot()
        }
        #expect(consensus.appHash == source.consensus.appHash)
        // It gives on what it was given: the same bytes at the same height.
        let (ours, theirs) = (try await list(consensus), try await list(source.consensus))
        #expect(ours.first == theirs.first && ours.first?.height == 40)
        #expect(try await offer(line, source.snapshot, source.appHash) == .abort, "never over a state")
        #expect(await heir.standing.height == 48)
        await heir.stop()
        await source.node.stop()
    }

    @Test(
        "a tampered chunk is fetched again from another peer; a repeated one does no harm; a missing one gives no state"
    )
    func chunks() async throws {
        let source = try await source()
        let (heir, line) = try await empty(chainID: "wattseal-test")
        #expect(try await apply(line, 0, source.chunks[0])?.verdict == .abort, "nothing was offered")
        #expect(try await offer(line, source.snapshot, source.appHash) == .accept)
        for (index, chunk) in source.chunks.enumerated().dropFirst() {
            var bad = chunk
            bad[chunk.count / 2] ^= 1
            for wrong in [bad, [], Array(chunk.dropLast()), source.chunks[0]] {
                #expect(
                    try await apply(line, UInt32(index), wrong, from: "liar")
                        == .init(verdict: .retry, refetchChunks: [UInt32(index)], rejectSenders: ["liar"]))
            }
            #expect(try await apply(line, UInt32(index), chunk)?.verdict == .accept)
            #expect(try await apply(line, UInt32(index), chunk)?.verdict == .accept)
        }
        #expect(await heir.standing.height == 0, "chunk 0 is missing")
        #expect(try await apply(line, source.snapshot.chunks, source.chunks[0])?.verdict == .abort)
        await heir.stop()
        // A stop in the middle of it leaves an empty home; then it works from the start.
        let (again, second) = try await empty(chainID: "wattseal-test")
        #expect(await again.standing == .init(chainID: "wattseal-test", height: 0, appHash: []))
        let database = try SQLiteDatabase(path: home.path + "/heir/state.sqlite")
        for table in ["restoring", "state", "meta"] {
            let rows = try database.statement("SELECT count(*) FROM \(table)")
            #expect(try rows.step() && rows.integer(0) == 0, "\(table)")
        }
        database.close()
        #expect(try await offer(second, source.snapshot, source.appHash) == .accept)
        for (index, chunk) in source.chunks.enumerated().reversed() {
            #expect(try await apply(second, UInt32(index), chunk)?.verdict == .accept)
        }
        #expect(await again.standing.appHash == source.appHash)
        await again.stop()
        await source.node.stop()
    }

    @Test("another state under right hashes, another app hash, another chain, and what is no snapshot are refused")
    func refuses() async throws {
        let source = try await source()
        let (heir, line) = try await empty(chainID: "wattseal-test")
        var snapshot = source.snapshot
        func changed(_ change: (inout ABCI.Snapshot) throws -> Void) rethrows -> ABCI.Snapshot {
            var other = source.snapshot
            try change(&other)
            return other
        }
        func renamed(_ change: (inout SnapshotMetadata) -> Void) throws -> ABCI.Snapshot {
            try changed { other in
                var metadata = try SnapshotMetadata(protobuf: other.metadata)
                change(&metadata)
                other.metadata = metadata.protobuf
                other.hash = metadata.hash.bytes
            }
        }
        #expect(try await offer(line, changed { $0.format = 2 }, source.appHash) == .rejectFormat)
        for bad in [
            changed { $0.hash[0] ^= 1 }, changed { $0.chunks += 1 }, changed { $0.height += 1 },
            changed { $0.metadata.append(0) }, changed { $0.metadata = [] },
            try renamed { $0.chainID = "another" }, try renamed { $0.chainID = "" }, try renamed { $0.height = 0 },
            try renamed { $0.chunks = [] },
        ] {
            #expect(try await offer(line, bad, source.appHash) == .reject)
        }
        #expect(try await offer(line, snapshot, [1]) == .reject)
        #expect(try await offer(line, nil, source.appHash) == .abort)
        // The light client says another hash than the chunks give.
        #expect(try await offer(line, snapshot, Array(repeating: 5, count: 32)) == .accept)
        for (index, chunk) in source.chunks.enumerated() {
            let last = index == source.chunks.count - 1
            #expect(try await apply(line, UInt32(index), chunk)?.verdict == (last ? .rejectSnapshot : .accept))
        }
        #expect(await heir.standing.height == 0)
        // A liar's snapshot, consistent in itself: one value is another, or a chunk is no row of leaves.
        var leaves = try SnapshotChunk(protobuf: source.chunks[0]).leaves
        leaves[0].value[0] ^= 1
        for (lie, verdict) in [
            (SnapshotChunk(leaves: leaves).protobuf, ABCI.ApplySnapshotChunk.Verdict.accept),
            (SnapshotChunk(leaves: leaves.reversed()).protobuf, .rejectSnapshot), ([9, 9], .rejectSnapshot),
        ] {
            snapshot = try renamed { $0.chunks[0] = .sha256(lie) }
            #expect(try await offer(line, snapshot, source.appHash) == .accept)
            #expect(try await apply(line, 0, lie)?.verdict == verdict)
            guard verdict == .accept else { continue }
            for (index, chunk) in source.chunks.enumerated().dropFirst() {
                let last = index == source.chunks.count - 1
                #expect(try await apply(line, UInt32(index), chunk)?.verdict == (last ? .rejectSnapshot : .accept))
            }
        }
        #expect(await heir.standing.height == 0)
        // And the honest one still works.
        #expect(try await offer(line, source.snapshot, source.appHash) == .accept)
        for (index, chunk) in source.chunks.enumerated() { _ = try await apply(line, UInt32(index), chunk) }
        #expect(await heir.standing.appHash == source.appHash)
        await heir.stop()
        await source.node.stop()
    }

    @Test("chunks that are not there are empty; a snapshot that cannot be kept costs no block")
    func missing() async throws {
        let source = try await source()
        for (height, format, chunk) in [
            (UInt64(30), UInt32(1), UInt32(999)), (29, 1, 0), (30, 2, 0), (UInt64.max, 1, 0),
        ] {
            let snapshot = ABCI.Snapshot(height: height, format: format)
            #expect(try await load(source.consensus, snapshot, chunk).isEmpty)
        }
        await source.node.stop()
        let database = try SQLiteDatabase(path: home.path + "/source/snapshots.sqlite")
        try database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON snapshots BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        database.close()
        let node = try await ABCINode.start(SampleNetwork.configuration(home, "source", snapshots: 10))
        try source.consensus.redial(node.address)
        try await source.consensus.handshake()
        for _ in 0..<10 { try await source.consensus.makeBlock([]) }
        #expect(await node.standing.height == 50)
        await node.finishSnapshot()
        #expect(try await list(source.consensus).map(\.height) == [40, 30])
        await node.stop()
    }
}
