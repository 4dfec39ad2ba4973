import Foundation
import LightClient
import RecordSamples
import Testing

@testable import LedgerNode

/// The real program, killed without a word; its node goes on and replays.
///
/// Red without the one transaction in `LedgerStore.commit`, or where finalising writes.
@Suite("ABCI kills", .serialized, .enabled(if: ProgramUnderTest.isBuilt, "platform-node is not built"))
struct ABCIKillTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func start(_ consensus: SampleConsensus? = nil) throws -> (ABCIProcess, SampleConsensus) {
        let process = try ABCIProcess(
            home: home.path + "/node", arguments: ["--chain-id", SampleNetwork.chainID, "--snapshot-interval", "3"])
        if let consensus { try consensus.redial(process.address) }
        return (process, try consensus ?? SampleConsensus(process.address))
    }

    @Test("killed between FinalizeBlock and Commit: the old height stands whole, and the block comes to the same again")
    func betweenFinalizeAndCommit() async throws {
        var (process, consensus) = try start()
        #expect(process.standing == "chain=wattseal-test height=0 app_hash=-")
        try await consensus.handshake()
        for (index, transactions) in try SampleNetwork.blocks(8, seed: 3).enumerated() {
            let before = consensus.appHash
            consensus.decide(transactions)
            let first = try await consensus.finalize(transactions, height: consensus.height)
            process.kill()
            (process, _) = try start(consensus)
            let hash = index == 0 ? "-" : Hex.encode(before)
            #expect(process.standing == "chain=wattseal-test height=\(index) app_hash=\(hash)")
            try await consensus.handshake()
            #expect(consensus.appHash == first.appHash)
        }
        #expect(process.terminate() == 0)
    }

    @Test("killed during Commit: the state is that of the height before or of the height, whole")
    func duringCommit() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        var (process, consensus) = try start()
        try await consensus.handshake()
        var outcomes: [Int64: Int] = [:]
        for (round, transactions) in try SampleNetwork.blocks(24, seed: seed).enumerated() {
            let height = Int64(round + 1)
            consensus.decide(transactions)
            let finalized = try await consensus.finalize(transactions, height: height)
            try await consensus.consensus.send([.commit])
            // From at once to long after; where it falls is counted below.
            if random.oneIn(2) { usleep(UInt32(random.next() % 3_000)) }
            process.kill()
            (process, _) = try start(consensus)
            let info = try await consensus.info()
            outcomes[info.lastBlockHeight - height, default: 0] += 1
            #expect([height - 1, height].contains(info.lastBlockHeight), "seed \(seed), round \(round)")
            if info.lastBlockHeight == height {
                #expect(info.lastBlockAppHash == finalized.appHash, "seed \(seed), round \(round)")
                consensus.learn(finalized.appHash)
            }
            try await consensus.handshake()
            #expect(consensus.appHash == finalized.appHash, "seed \(seed), round \(round)")
            try await expectWholeSnapshots(consensus, "seed \(seed), round \(round)")
        }
        print("ABCI kills during commit, seed \(seed): \(outcomes)")
        #expect(process.terminate() == 0)
    }

    private func snapshots(_ consensus: SampleConsensus) async throws -> [ABCI.Snapshot] {
        guard case .listSnapshots(let list) = try await consensus.snapshot.call(.listSnapshots) else {
            throw ABCIDialer.Failed(description: "no list of snapshots")
        }
        return list.snapshots
    }

    /// A snapshot that is listed has every chunk as it says. One is written beside this, and when it is whole the oldest goes:
    /// a chunk that is not there is of a snapshot that is no longer listed.
    private func expectWholeSnapshots(_ consensus: SampleConsensus, _ note: String) async throws {
        for snapshot in try await snapshots(consensus) {
            let hashes = try SnapshotMetadata(protobuf: snapshot.metadata).chunks
            #expect(hashes.count == Int(snapshot.chunks) && !hashes.isEmpty, "\(note)")
            for (index, hash) in hashes.enumerated() {
                let request = ABCI.LoadSnapshotChunk.Request(
                    height: snapshot.height, format: 1, chunk: UInt32(index))
                guard
                    case .loadSnapshotChunk(let answer) = try await consensus.snapshot.call(.loadSnapshotChunk(request))
                else { throw ABCIDialer.Failed(description: "no chunk") }
                if Hash.sha256(answer.chunk) == hash { continue }
                #expect(answer.chunk.isEmpty, "\(note): chunk \(index) of snapshot \(snapshot.height)")
                let listed = try await snapshots(consensus).map(\.height)
                #expect(!listed.contains(snapshot.height), "\(note): snapshot \(snapshot.height) has no chunk \(index)")
                break
            }
        }
    }

    @Test("a home of another chain, and one in use, are told in one line")
    func refusals() throws {
        let (process, _) = try start()
        defer { _ = process.terminate() }
        for (arguments, words) in [
            (["--home", home.path + "/node"], "another node uses this home"),
            (["--home", home.path + "/other", "--listen", "http://x"], "expected tcp://HOST:PORT or unix://PATH"),
        ] {
            let (status, text) = try ABCIProcess.fail(arguments)
            #expect(status == 1 && text.contains(words), "\(text)")
            #expect(text.split(separator: "\n").count == 1)
        }
    }
}
