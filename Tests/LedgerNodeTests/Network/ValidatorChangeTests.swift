import Foundation
import LightClient
import Testing

@testable import LedgerNode

/// Validators that change while the chain runs.
@Suite("Validators that change", .serialized)
struct ValidatorChangeTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private struct Changed: Decodable, Sendable {
        let height: String
        let effectiveHeight: String

        private enum CodingKeys: String, CodingKey {
            case height
            case effectiveHeight = "effective_height"
        }
    }

    private func change(_ rig: NodeUnderTest, _ changes: [(validator: String?, power: String)]) async throws -> Int64 {
        let answer = try RPCJSON.decode(Changed.self, from: Array(try await rig.control.change(changes).utf8))
        let height = try #require(Int64(answer.height))
        #expect(answer.effectiveHeight == "\(height + 2)")
        return height
    }

    @Test("sign two blocks later, named one block before; a light client follows every step, and a restart goes on")
    func effect() async throws {
        var anchor: LightBlock?
        try await NodeUnderTest.run(home) { rig in
            anchor = try await NodeUnderTest.block(1, from: rig.main)
            let steps: [[(validator: String?, power: String)]] = [
                [(nil, "7")], [("validator-0", "0")], [("validator-1", "5"), ("validator-2", "0"), (nil, "1")],
                [("validator-0", "2")],
            ]
            for step in steps {
                let height = try await change(rig, step)
                let before = try await NodeUnderTest.set(height + 1, from: rig.main)
                let after = try await NodeUnderTest.set(height + 2, from: rig.main)
                #expect(before.hash() != after.hash())
                let header = try await NodeUnderTest.block(height + 1, from: rig.main).header
                #expect(header.validatorsHash == before.hash() && header.nextValidatorsHash == after.hash())
                let results = try await rig.main.get("/block_results?height=\(height)").text
                #expect(results.contains("tendermint.crypto.PublicKey_Ed25519"))
            }
            let top = await rig.node.height
            var trusted = try #require(anchor)
            for height in 2...top {
                let next = try await NodeUnderTest.block(height, from: rig.main)
                #expect(try NodeUnderTest.verdict(trusted, next) == .success, "height \(height)")
                #expect(try Verifier.verifyAllSignatures(next, chainID: "wattseal-test") == next.validators.totalPower)
                #expect(next.validators.validator(try #require(next.header.proposerAddress)) != nil)
                trusted = next
            }
            #expect(trusted.validators.validators.map(\.power) == [7, 5, 2, 1, 1])
            anchor = trusted
        }
        // Another process, as it were: the same keys sign on, the old heights' sets are still told.
        try await NodeUnderTest.run(home, validators: nil) { rig in
            let last = try #require(anchor)
            #expect(try await NodeUnderTest.block(last.height, from: rig.main) == last)
            let height = try await change(rig, [("validator-4", "0")])
            let next = try await NodeUnderTest.block(height + 2, from: rig.main)
            #expect(try NodeUnderTest.verdict(last, next) == .success)
            #expect(next.validators.validators.map(\.power) == [5, 2, 1, 1])
        }
    }

    @Test("come to a home of one validator that was made before there were any changes")
    func earlierHome() async throws {
        var newest: LightBlock?
        try await NodeUnderTest.run(home, validators: 1) { rig in
            newest = try await NodeUnderTest.block(await rig.node.height, from: rig.main)
        }
        // What an earlier program left: a database without the tables of this one.
        let store = try LedgerStore(path: home.path + "/home/ledger.sqlite")
        for table in ["validator_sets", "validator_updates", "evidence"] {
            try store.database.execute("DROP TABLE \(table)")
        }
        store.database.close()
        try await NodeUnderTest.run(home, validators: 1) { rig in
            let last = try #require(newest)
            #expect(try await NodeUnderTest.block(last.height, from: rig.main) == last)
            let height = try await change(rig, [(nil, "1"), ("validator-0", "3")])
            let next = try await NodeUnderTest.block(height + 2, from: rig.main)
            #expect(try NodeUnderTest.verdict(last, next) == .success)
            #expect(next.validators.validators.map(\.power) == [3, 1])
        }
        // The number of validators that genesis has is still what an option is compared with.
        try await NodeUnderTest.run(home, validators: 1) { _ in }
    }

    @Test("are kept whole at every thousandth height, and follow by turning in between")
    func keptSets() throws {
        let configuration = try home.configuration()
        let folder = try NodeHome(configuration)
        let store = try LedgerStore(path: folder.databasePath)
        let application = try LedgerApplication(store: store, chainID: folder.genesis.chainID)
        let chain = try StandaloneChain(
            application: application, store: store, home: folder, clock: configuration.clock)
        let added = try folder.addKey()
        let heaviest = try #require(chain.validators.set.validators.last).publicKey
        let changes: [Int: [ABCI.ValidatorUpdate]] = [
            20: [.init(publicKey: heaviest, power: 9)], 500: [.init(publicKey: added, power: 3)],
        ]
        var told: [ValidatorRotation] = []
        for height in 1...1_003 {
            let before = chain.last
            told.append(chain.validators)
            let block = try chain.makeBlock([], updates: changes[height] ?? [])
            guard let before else { continue }
            // The weights of the set that voted, also where the next one has others.
            #expect(block.header.time == before.commit.medianTime(validators: told[height - 2].set), "\(height)")
        }
        for height in [1, 2, 499, 501, 502, 503, 999, 1_000, 1_001, 1_003] {
            #expect(try chain.validators(at: Int64(height)) == told[height - 1], "height \(height)")
        }
        #expect(told[500].set.validators.count == 4 && told[501].set.validators.count == 5)
    }

    @Test("are refused where CometBFT would stop, and leave nothing behind")
    func refusals() async throws {
        try await NodeUnderTest.run(home, validators: 2) { rig in
            let height = await rig.node.height
            let refused: [[(validator: String?, power: String)]] = [
                [], [("validator-9", "1")], [("validator-0", "0"), ("validator-1", "0")], [(nil, "0")], [(nil, "-1")],
                [("validator-0", "1"), ("validator-0", "2")], [("validator-0", "many")],
                [(nil, "1"), ("validator-7", "1")], [("validator-0", "9999999999999")],
            ]
            for changes in refused {
                await #expect(throws: WalletError.self, "\(changes)") { try await rig.control.change(changes) }
            }
            #expect(await rig.node.height == height)
            #expect(!FileManager.default.fileExists(atPath: home.path + "/home/validator-2.key"))
        }
    }

    @Test("a hundred of them are told in pages, and sign")
    func hundred() async throws {
        try await NodeUnderTest.run(home, validators: 100) { rig in
            let block = try await NodeUnderTest.block(2, from: rig.main)
            #expect(block.validators.validators.count == 100)
            #expect(block.header.validatorsHash == block.validators.hash())
            #expect(try Verifier.verifyAllSignatures(block, chainID: "wattseal-test") == 100)
            await #expect(throws: WalletError.self) { try await rig.control.change([(validator: nil, power: "1")]) }
        }
    }

    @Test("no control, no change: the socket is there only when it was asked for, and for its owner alone")
    func off() async throws {
        let node = try await LedgerNode.start(try home.configuration())
        let control = DevelopmentControl(socket: home.path + "/control")
        await #expect(throws: WalletError.self) { try await control.validators() }
        #expect(try await RawHTTP(port: node.port).get("/faults").status == 404)
        await node.stop()
        var configuration = try home.configuration()
        configuration.secondRPC = ("127.0.0.1", 0)
        await #expect(throws: LedgerNodeError.self) { try await LedgerNode.start(configuration) }
        try await NodeUnderTest.run(home) { rig in
            let attributes = try FileManager.default.attributesOfItem(atPath: home.path + "/control")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let standing: String = try await rig.control.faults()
            #expect(standing == #"{"faults":[]}"#)
        }
    }
}
