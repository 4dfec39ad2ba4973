import ChargerSamples
import Crypto
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Synchronization
import Testing

@testable import LedgerNode

@Suite("Chain")
struct ChainTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// A clock that a test sets.
    private final class HandClock: Sendable {
        private let value: Mutex<Int64>
        init(_ milliseconds: Int64) { value = Mutex(milliseconds) }
        func move(_ milliseconds: Int64) { value.withLock { $0 += milliseconds } }
        var read: @Sendable () -> Timestamp {
            { [self] in value.withLock { Timestamp(unixMilliseconds: $0) } ?? .unixEpoch }
        }
    }

    private struct Parts {
        let home: NodeHome
        let store: LedgerStore
        let application: LedgerApplication
        let chain: StandaloneChain
    }

    private func open(_ configuration: LedgerNodeConfiguration) throws -> Parts {
        let home = try NodeHome(configuration)
        let store = try LedgerStore(path: home.databasePath)
        let application = try LedgerApplication(store: store, chainID: home.genesis.chainID)
        let chain = try StandaloneChain(
            application: application, store: store, home: home, clock: configuration.clock)
        return Parts(home: home, store: store, application: application, chain: chain)
    }

    private func transfer(_ nonce: UInt64, amount: Int64 = 5) throws -> [UInt8] {
        try SignedTransaction.sign(
            .transfer(to: AccountID(hashing: [1]), amount: Microunits(amount)), nonce: nonce,
            key: try SampleCharger.key("payer"), ledger: try LedgerChainID("wattseal-test")
        ).bytes
    }

    private func lightBlock(_ block: StoredBlock, _ set: ValidatorSet) -> LightBlock {
        LightBlock(
            signedHeader: SignedHeader(header: block.header, commit: block.commit), validators: set,
            nextValidators: set)
    }

    @Test("a light client accepts the chain from its first block, step by step and in one skip, signatures and all")
    func verifies() throws {
        let parts = try open(try home.configuration())
        var blocks: [StoredBlock] = []
        for nonce in 0..<6 { blocks.append(try parts.chain.makeBlock([try transfer(UInt64(nonce))])) }
        let set = parts.chain.validators.set
        #expect(set.validators.count == 4)
        let hash = try #require(blocks[0].blockID.hash)
        var trusted = try Verifier.verifyAnchor(lightBlock(blocks[0], set), chainID: "wattseal-test", hash: hash)
        let now = try #require(blocks[5].header.time.advanced(byNanoseconds: 1_000_000_000))
        let options = try TrustOptions(period: .seconds(14 * 86_400))
        let first = trusted
        for block in blocks[1...] {
            let next = lightBlock(block, set)
            #expect(Verifier.verify(trusted: trusted, untrusted: next, now: now, options: options) == .success)
            #expect(try Verifier.verifyAllSignatures(next, chainID: "wattseal-test") == 4)
            trusted = try TrustedState(next)
        }
        let last = lightBlock(blocks[5], set)
        #expect(Verifier.verify(trusted: first, untrusted: last, now: now, options: options) == .success)
    }

    @Test("header times are the last commit's median and rise by a millisecond at least, whatever the clock does")
    func times() throws {
        let clock = HandClock(1_795_000_000_000)
        let parts = try open(try home.configuration(clock: clock.read))
        var last = try parts.chain.makeBlock([])
        #expect(last.header.time == parts.home.genesis.genesisTime)
        for step in [Int64(0), 500, -3_600_000, 0, -86_400_000, 90_000_000, 0] {
            clock.move(step)
            let block = try parts.chain.makeBlock([])
            #expect(block.header.time.since(last.header.time) >= .milliseconds(1), "after \(step)")
            #expect(block.header.time == last.commit.medianTime(validators: parts.chain.validators.set))
            #expect(block.commit.signatures.allSatisfy { $0.timestamp > block.header.time })
            last = block
        }
    }

    @Test("headers carry the hashes of what stands around them")
    func hashes() throws {
        let parts = try open(try home.configuration())
        let first = try parts.chain.makeBlock([])
        #expect(first.header.lastBlockID == .zero && first.header.lastCommitHash == MerkleTree.emptyRoot)
        #expect(first.header.height == 1 && first.header.version.app == 1)
        let transactions = [try transfer(0), try transfer(1, amount: 1 << 60)]
        let second = try parts.chain.makeBlock(transactions)
        #expect(second.results.map(\.code) == [0, 4])
        #expect(second.header.lastBlockID == first.blockID)
        #expect(second.header.lastCommitHash == first.commit.hash())
        #expect(second.header.dataHash == BlockHashes.data(transactions))
        #expect(second.header.appHash == first.header.appHash, "the state after block 1 is genesis")
        let third = try parts.chain.makeBlock([])
        #expect(third.header.appHash != second.header.appHash)
        #expect(third.header.lastResultsHash == BlockHashes.results([.init(code: 0), .init(code: 4)]))
        #expect(third.header.consensusHash?.hex == "048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f")
        let fourth = try parts.chain.makeBlock([])
        #expect(fourth.header.appHash == third.header.appHash, "an empty block changes no state")
        #expect(try parts.store.block(at: 2)?.block == second.block)
        #expect(try parts.store.block(at: 2)?.commit == second.commit)
    }

    @Test("finalising persists nothing; committing does; a restart goes on with the same chain")
    func restart() throws {
        var parts = try open(try home.configuration())
        _ = try parts.chain.makeBlock([try transfer(0)])
        let second = try parts.chain.makeBlock([try transfer(1)])
        // A block that is finalised and never committed.
        let request = FinalizeBlockRequest(
            transactions: [try transfer(2)], height: 3, time: try parts.chain.nextTime())
        let lost = try parts.application.finalizeBlock(request)
        #expect(lost.appHash != parts.application.info().lastBlockAppHash)
        let copy = try home.snapshot()
        let appHash = parts.chain.appHash

        parts = try open(try copy.configuration())
        #expect(parts.chain.height == 2 && parts.chain.appHash == appHash)
        #expect(parts.chain.owesProof, "the newest state has no header yet")
        #expect(parts.chain.last?.blockID == second.blockID)
        // Finalised again it comes to the same.
        #expect(try parts.application.finalizeBlock(request).appHash == lost.appHash)
        let third = try parts.chain.makeBlock([try transfer(2)])
        #expect(third.header.lastBlockID == second.blockID && third.header.appHash == appHash)
        #expect(parts.chain.appHash == lost.appHash)
        #expect(throws: LedgerNodeError.self) {
            try parts.application.finalizeBlock(FinalizeBlockRequest(transactions: [], height: 9, time: .unixEpoch))
        }
    }

    @Test("a power cut before the first commit starts the same chain again")
    func beforeFirstCommit() throws {
        let parts = try open(try home.configuration())
        let appHash = parts.chain.appHash
        let copy = try home.snapshot()
        let again = try open(try copy.configuration())
        #expect(again.chain.height == 0 && again.chain.appHash == appHash)
        #expect(again.home.genesis.genesisTime == parts.home.genesis.genesisTime)
        let block = try again.chain.makeBlock([try transfer(0)])
        #expect(block.results.map(\.code) == [0])
    }

    @Test("each height's state is proved by the next header, present keys and absent ones")
    func proofs() throws {
        let parts = try open(try home.configuration())
        let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
        for nonce in 0..<140 { _ = try parts.chain.makeBlock([try transfer(UInt64(nonce))]) }
        let key = StateKey.account(payer).bytes
        let absent = StateKey.account(AccountID(hashing: [9])).bytes
        for height in [Int64(12), 13, 100, 138, 139] {
            let answer = try parts.application.query(
                QueryRequest(path: "/key", data: key, height: height, prove: true))
            let header = try #require(try parts.store.block(at: height + 1)).header
            #expect(answer.height == height)
            #expect(try Account(decoding: answer.value).nextNonce == UInt64(height))
            try answer.verify(appHash: header.appHash, expected: [.init(type: "ics23:smt", key: key)])
            let other = try #require(try parts.store.block(at: height)).header
            #expect(throws: LightClientError.self) {
                try answer.verify(appHash: other.appHash, expected: [.init(type: "ics23:smt", key: key)])
            }
            let none = try parts.application.query(
                QueryRequest(path: "/key", data: absent, height: height, prove: true))
            #expect(none.value.isEmpty)
            try none.verify(appHash: header.appHash, expected: [.init(type: "ics23:smt", key: absent)])
        }
        // The newest state whose header exists is the one before the newest.
        let newest = try parts.application.query(QueryRequest(path: "/key", data: key, height: 0, prove: true))
        #expect(newest.height == 139)
        #expect(
            try parts.application.query(QueryRequest(path: "/key", data: key, height: 0, prove: false)).height == 140)
        for (height, path) in [(Int64(11), "/key"), (141, "/key"), (139, "/store"), (-1, "/key")] {
            let refused = try parts.application.query(QueryRequest(path: path, data: key, height: height, prove: true))
            #expect(refused.code != 0 && refused.proofOps == nil && refused.value.isEmpty)
        }
    }

    @Test("a proposal takes transactions in turn, brings waiting ones behind theirs, and keeps to its size")
    func proposal() throws {
        let parts = try open(try home.configuration())
        _ = try parts.chain.makeBlock([try transfer(0)])
        let time = try parts.chain.nextTime()
        let sent = [try transfer(3), try transfer(0), try transfer(2), try transfer(1), [1, 2, 3], try transfer(9)]
        let chosen = try parts.application.prepareProposal(sent, maximumBytes: 1 << 20, time: time)
        #expect(chosen == [try transfer(1), try transfer(2), try transfer(3)])
        let room = try transfer(1).count + 6
        #expect(try parts.application.prepareProposal(sent, maximumBytes: room, time: time) == [try transfer(1)])
        #expect(parts.application.processProposal(chosen))
        #expect(!parts.application.processProposal([[1, 2, 3]]))
        let block = try parts.chain.makeBlock(chosen)
        #expect(block.results.map(\.code) == [0, 0, 0])
    }

    @Test("a home is one chain's, one process's, and its keys stay secret")
    func homes() throws {
        let configuration = try home.configuration()
        var parts: Parts? = try open(configuration)
        #expect(throws: LedgerNodeError.homeInUse(path: configuration.home)) { try NodeHome(configuration) }
        _ = try parts?.chain.makeBlock([])
        parts = nil
        for change: (inout LedgerNodeConfiguration) -> Void in [
            { $0.chainID = "another" }, { $0.validators = 5 },
            { $0.accounts = [AccountID(hashing: [1]): Microunits(1)] },
        ] {
            var other = configuration
            change(&other)
            #expect(throws: LedgerNodeError.self) { try NodeHome(other) }
        }
        let keyPath = configuration.home + "/validator-2.key"
        let attributes = try FileManager.default.attributesOfItem(atPath: keyPath)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let folder = try FileManager.default.attributesOfItem(atPath: configuration.home)
        #expect(folder[.posixPermissions] as? Int == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keyPath)
        #expect(throws: LedgerNodeError.unsafeMode(path: keyPath, mode: 0o644)) { try NodeHome(configuration) }
        try FileManager.default.removeItem(atPath: keyPath)
        try FileManager.default.copyItem(atPath: configuration.home + "/validator-1.key", toPath: keyPath)
        #expect(throws: LedgerNodeError.self) { try NodeHome(configuration) }
        for change: (inout LedgerNodeConfiguration) -> Void in [
            { $0.validators = 0 }, { $0.chainID = "" }, { $0.chainID = String(repeating: "x", count: 51) },
            { $0.commission = BasisPoints(10_001) },
        ] {
            var fresh = configuration
            fresh.home = home.path + "/fresh"
            change(&fresh)
            #expect(throws: LedgerNodeError.self) { try NodeHome(fresh) }
        }
    }
}
