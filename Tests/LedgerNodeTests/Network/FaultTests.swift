import ChargerSamples
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// Each fault does what its name says, and the chain goes on when it is gone.
@Suite("Faults on request", .serialized)
struct FaultTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private func transfer(_ nonce: UInt64) throws -> [UInt8] {
        try SignedTransaction.sign(
            .transfer(to: AccountID(hashing: [1]), amount: Microunits(5)), nonce: nonce,
            key: try SampleCharger.key("payer"), ledger: try LedgerChainID("wattseal-test")
        ).bytes
    }

    private func send(_ rig: NodeUnderTest, _ nonce: UInt64) async throws {
        let transaction = Base64.encode(try transfer(nonce))
        let answer = try await rig.main.post(
            #"{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_sync","params":{"tx":"\#(transaction)"}}"#)
        #expect(answer.text.contains(#""code":0"#), "\(answer.text)")
    }

    /// The chain is whole from its first block to its last, and still makes blocks.
    private func expectRecovered(_ rig: NodeUnderTest, ahead: Int64 = 0) async throws {
        try await rig.control.clear(nil)
        let height = await rig.node.height
        try await rig.makeBlocks()
        #expect(await rig.node.height > height)
        for http in [rig.main, rig.second] {
            var trusted = try await NodeUnderTest.block(1, from: http)
            for height in 2...(await rig.node.height) {
                let next = try await NodeUnderTest.block(height, from: http)
                #expect(try NodeUnderTest.verdict(trusted, next, ahead: ahead) == .success, "height \(height)")
                trusted = next
            }
        }
        let key = StateKey.account(SampleCharger.account(of: try SampleCharger.key("payer"))).bytes
        let response = try await rig.main.result(
            "/abci_query?path=%22/key%22&data=0x\(Hex.encode(key))&prove=true", as: ABCIQueryResult.self
        ).response
        let header = try await NodeUnderTest.block(response.height + 1, from: rig.main).header
        try response.verify(appHash: header.appHash, expected: [.init(type: "ics23:smt", key: key)])
    }

    @Test("a chain that stands still takes transactions and makes no block, and no validator changes")
    func stall() async throws {
        try await NodeUnderTest.run(home) { rig in
            try await rig.control.set(.stall)
            let height = await rig.node.height
            try await send(rig, 0)
            await #expect(throws: WalletError.self) { try await rig.makeBlocks() }
            #expect(try await rig.main.get("/num_unconfirmed_txs").text.contains(#""total":"1""#))
            #expect(await rig.node.height == height)
            try await rig.control.clear(.stall)
            try await rig.reach(height + 2)
            try await expectRecovered(rig)
        }
    }

    @Test("absent and nil votes stand in commits up to a third of the power; above it there is no block")
    func votes() async throws {
        try await NodeUnderTest.run(home, validators: 7) { rig in
            try await rig.control.set(.votes(absent: ["validator-1"], nilVotes: ["validator-2"]))
            for _ in 0..<4 { try await rig.makeBlocks() }
            let heights = 3...(await rig.node.height)
            var rounds: Set<Int32> = []
            for height in heights {
                let block = try await NodeUnderTest.block(height, from: rig.main)
                let flags = block.signedHeader.commit.signatures.map(\.flag)
                #expect(flags.count { $0 == .absent } == 1 && flags.count { $0 == .nil } == 1)
                #expect(try Verifier.verifyAllSignatures(block, chainID: "wattseal-test") == 5)
                rounds.insert(block.signedHeader.commit.round)
            }
            #expect(rounds == [0, 1], "where the absent one was to propose, the next round decides")
            let absent = ["validator-1", "validator-2", "validator-3"]
            try await rig.control.set(.votes(absent: absent, nilVotes: []))
            await #expect(throws: WalletError.self) { try await rig.makeBlocks() }
            #expect(await rig.node.height == heights.upperBound)
            try await expectRecovered(rig)
        }
    }

    @Test("a false app hash is signed by all, and no proof fits it; the next header is true again")
    func appHash() async throws {
        try await NodeUnderTest.run(home) { rig in
            let truth = try await NodeUnderTest.block(await rig.node.height, from: rig.main)
            try await rig.control.set(.appHash)
            let height = await rig.node.height
            let lie = try await NodeUnderTest.block(height, from: rig.main)
            #expect(height == truth.height + 1 && lie.header.appHash != truth.header.appHash)
            #expect(try NodeUnderTest.verdict(truth, lie) == .success, "everybody signed it")
            try await rig.control.clear(.appHash)
            let after = try await NodeUnderTest.block(height + 1, from: rig.main)
            #expect(after.header.appHash == truth.header.appHash)
            try await expectRecovered(rig)
        }
    }

    @Test("clocks that are ahead bring headers from the future")
    func time() async throws {
        try await NodeUnderTest.run(home) { rig in
            let trusted = try await NodeUnderTest.block(2, from: rig.main)
            try await rig.control.set(.time(skewMilliseconds: 3_600_000))
            try await rig.makeBlocks()
            let next = try await NodeUnderTest.block(await rig.node.height, from: rig.main)
            guard case .invalid(.timeInFuture) = try NodeUnderTest.verdict(trusted, next) else {
                Issue.record("a header from the future was not refused")
                return
            }
            #expect(try NodeUnderTest.verdict(trusted, next, ahead: 3_600) == .success)
            try await expectRecovered(rig, ahead: 3_600)
        }
    }

    @Test("withheld transactions wait, and come into a block when they may")
    func transactions() async throws {
        try await NodeUnderTest.run(home) { rig in
            try await rig.control.set(.transactions)
            try await send(rig, 0)
            try await rig.makeBlocks()
            #expect(try await rig.main.get("/num_unconfirmed_txs").text.contains(#""total":"1""#))
            let height = await rig.node.height
            try await rig.control.clear(.transactions)
            try await rig.reach(height + 2)
            #expect(try await rig.main.get("/num_unconfirmed_txs").text.contains(#""total":"0""#))
            try await expectRecovered(rig)
        }
    }

    @Test("a fork is told on one address alone, and convinces a light client as far as its signers can")
    func forks() async throws {
        try await NodeUnderTest.run(home) { rig in
            for kind in NodeFault.Fork.allCases {
                let trusted = try await NodeUnderTest.block(await rig.node.height, from: rig.main)
                try await rig.control.set(.fork(kind, from: nil, signers: [], to: .second))
                try await rig.makeBlocks()
                let height = await rig.node.height
                let truth = try await NodeUnderTest.block(height, from: rig.main)
                let lie = try await NodeUnderTest.block(height, from: rig.second)
                #expect(truth.header != lie.header)
                #expect(try NodeUnderTest.verdict(trusted, truth) == .success)
                let verdict = try NodeUnderTest.verdict(trusted, lie)
                if kind == .minority {
                    #expect(verdict != .success, "\(verdict)")
                } else {
                    #expect(verdict == .success, "\(kind): \(verdict)")
                }
                // Its blocks hang together, whoever believes them.
                let before = try await NodeUnderTest.block(height - 1, from: rig.second)
                #expect(lie.header.lastBlockID.hash == before.header.hash())
                #expect(lie.header.lastCommitHash == before.signedHeader.commit.hash())
                let page = try await rig.second.get("/block?height=\(height)").text
                let name = try #require(lie.header.hash()).hex.uppercased()
                #expect(page.contains(name))
            }
            try await expectRecovered(rig)
        }
    }

    @Test("pruned heights are refused as CometBFT refuses them, and status says from where on")
    func pruned() async throws {
        try await NodeUnderTest.run(home) { rig in
            for _ in 0..<3 { try await rig.makeBlocks() }
            try await rig.control.set(.pruned(below: 5, to: .second))
            for call in ["commit", "validators", "block", "header", "block_results"] {
                let failure = try await rig.second.failure("/\(call)?height=4")
                #expect(failure.data?.contains("height 4 is not available, lowest height is 5") == true, "\(failure)")
                #expect(try await rig.second.get("/\(call)?height=5").status == 200)
                #expect(try await rig.main.get("/\(call)?height=4").status == 200)
            }
            #expect(try await rig.second.get("/status").text.contains(#""earliest_block_height":"5""#))
            try await expectRecovered(rig)
        }
    }

    @Test("every lie about the state is found by its proof")
    func proofs() async throws {
        try await NodeUnderTest.run(home) { rig in
            // Two states one after the other, so that a stale proof is another one.
            for nonce in 0..<2 {
                let height = await rig.node.height
                try await send(rig, UInt64(nonce))
                try await rig.reach(height + 2)
            }
            let key = StateKey.account(SampleCharger.account(of: try SampleCharger.key("payer"))).bytes
            let height = await rig.node.height - 1
            let header = try await NodeUnderTest.block(height + 1, from: rig.main).header
            let target = "/abci_query?path=%22/key%22&data=0x\(Hex.encode(key))&prove=true&height=\(height)"
            for lie in NodeFault.ProofLie.allCases {
                try await rig.control.set(.proofs(lie, to: .second))
                let told = try await rig.second.result(target, as: ABCIQueryResult.self).response
                #expect(throws: LightClientError.self, "\(lie)") {
                    try told.verify(appHash: header.appHash, expected: [.init(type: "ics23:smt", key: key)])
                }
                let truth = try await rig.main.result(target, as: ABCIQueryResult.self).response
                try truth.verify(appHash: header.appHash, expected: [.init(type: "ics23:smt", key: key)])
            }
            try await expectRecovered(rig)
        }
    }

    @Test("answers drip, grow, or stay away")
    func delivery() async throws {
        try await NodeUnderTest.run(home) { rig in
            let whole = try await rig.main.get("/health")
            try await rig.control.set(.drip(bytes: 7, everyMilliseconds: 1, to: .second))
            #expect(try await rig.second.get("/health").body == whole.body)
            try await rig.control.clear(.drip)
            try await rig.control.set(.oversize(bytes: 300_000, to: .second))
            let padded = try await rig.second.get("/health")
            #expect(padded.body.count == 300_000 && padded.body.starts(with: whole.body))
            #expect(padded.body.dropFirst(whole.body.count).allSatisfy { $0 == 0x20 })
            try await rig.control.clear(.oversize)
            try await rig.control.set(.silence(to: .second))
            #expect(try await rig.main.get("/health").body == whole.body)
            // Nobody else speaks on this connection: were there an answer, it would come before the next one's.
            let silent = Task { try await rig.second.get("/health") }
            #expect(try await rig.main.get("/health").body == whole.body)
            try await rig.control.clear(nil)
            try await expectRecovered(rig)
            silent.cancel()
        }
    }

    @Test("a fault's JSON is read back as it was written, and what is none is refused in words")
    func json() async throws {
        let faults: [NodeFault] = [
            .stall, .votes(absent: ["a"], nilVotes: ["b", "c"]), .appHash, .time(skewMilliseconds: -5), .transactions,
            .fork(.amnesia, from: 9, signers: ["validator-1"], to: .main), .pruned(below: 3, to: .all),
            .proofs(.stale, to: .second), .drip(bytes: 2, everyMilliseconds: 30, to: .all), .silence(to: .main),
            .oversize(bytes: 4 << 30, to: .second),
        ]
        #expect(Set(faults.map(\.kind)) == Set(NodeFault.Kind.allCases))
        for fault in faults {
            #expect(try RPCJSON.decode(NodeFault.self, from: try RPCJSON.encode(fault)) == fault)
        }
        try await NodeUnderTest.run(home) { rig in
            for json in [
                "", "{}", #"{"fault":"rain"}"#, #"{"fault":"time","skew":"x"}"#, #"{"fault":"fork","kind":"x"}"#,
                #"{"fault":"fork","kind":"lunatic","from":"99"}"#, #"{"fault":"votes","absent":["nobody"]}"#,
                #"{"fault":"oversize","bytes":"-1"}"#,
            ] {
                await #expect(throws: WalletError.self, "\(json)") { try await rig.control.set(json: json) }
            }
            let standing: String = try await rig.control.faults()
            #expect(standing == #"{"faults":[]}"#)
        }
    }
}
