import Foundation
import Ledger
import LightClient
import RecordSamples
import Testing

@testable import LedgerNode

/// The same blocks come to the same states: on instances, over restarts, and with other hash seeds.
///
/// Red where an outcome depends on what CheckTx saw, on a hash seed, or on what a process remembers over its start.
@Suite("ABCI determinism")
struct ABCIDeterminismTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    @Test(
        "200 random blocks: two instances, one restarted at random places, and the standalone chain's application agree"
    )
    func agree() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("ABCI determinism seed \(seed)")
        var random = SeededRandom(seed: seed)
        let steady = try await ABCINode.start(SampleNetwork.configuration(home, "steady", snapshots: 50))
        var restless = try await ABCINode.start(SampleNetwork.configuration(home, "restless"))
        let first = try SampleConsensus(steady.address)
        let second = try SampleConsensus(restless.address)
        try await first.handshake()
        try await second.handshake()
        let store = try LedgerStore(path: home.path + "/standalone.sqlite")
        let application = try LedgerApplication(store: store, chainID: SampleNetwork.chainID)
        let genesis = try application.initChain(
            InitChainRequest(
                time: SampleNetwork.time(0), chainID: SampleNetwork.chainID, initialHeight: 1,
                appState: try SampleNetwork.appState()))
        #expect(first.genesisHash == genesis && second.genesisHash == genesis)
        var hashes: Set<[UInt8]> = []
        var accepted = 0
        for (index, transactions) in try SampleNetwork.blocks(200, seed: seed).enumerated() {
            let height = Int64(index + 1)
            let answer = try await first.makeBlock(transactions)
            // One checks everything before, the other nothing: what CheckTx remembers changes no outcome.
            _ = try await second.submit(transactions)
            if random.oneIn(20) {
                second.decide(transactions)
                if random.oneIn(2) { _ = try await second.finalize(transactions, height: height) }
                await restless.stop()
                restless = try await ABCINode.start(SampleNetwork.configuration(home, "restless"))
                try second.redial(restless.address)
                try await second.handshake()
            } else {
                try await second.makeBlock(transactions)
            }
            let own = try application.finalizeBlock(
                FinalizeBlockRequest(transactions: transactions, height: height, time: SampleNetwork.time(height)))
            try application.commit()
            #expect(answer.appHash == second.appHash && answer.appHash == own.appHash, "seed \(seed), block \(height)")
            #expect(answer.results.map(\.code) == own.results.map(\.code), "seed \(seed), block \(height)")
            #expect(answer.results.map(\.data) == own.results.map(\.data), "seed \(seed), block \(height)")
            hashes.insert(answer.appHash)
            accepted += own.results.count { $0.code == 0 }
        }
        // The blocks did something.
        #expect(hashes.count > 100 && accepted > 150, "seed \(seed): \(hashes.count) states, \(accepted) accepted")
        await steady.stop()
        await restless.stop()
    }

    @Test(
        "processes with other hash seeds agree, and with this one",
        .enabled(if: ProgramUnderTest.isBuilt, "platform-node is not built"))
    func hashSeeds() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let blocks = try SampleNetwork.blocks(60, seed: seed)
        let local = try await ABCINode.start(SampleNetwork.configuration(home, "local"))
        let reference = try SampleConsensus(local.address)
        try await reference.handshake()
        for transactions in blocks { try await reference.makeBlock(transactions) }
        for fixed in [false, true] {
            let process = try ABCIProcess(
                home: "\(home.path)/process-\(fixed)", environment: fixed ? ["SWIFT_DETERMINISTIC_HASHING": "1"] : [:])
            let consensus = try SampleConsensus(process.address)
            try await consensus.handshake()
            for transactions in blocks { try await consensus.makeBlock(transactions) }
            #expect(consensus.genesisHash == reference.genesisHash, "seed \(seed)")
            #expect(consensus.blocks.map(\.appHash) == reference.blocks.map(\.appHash), "seed \(seed)")
            #expect(process.terminate() == 0)
        }
        await local.stop()
    }
}
