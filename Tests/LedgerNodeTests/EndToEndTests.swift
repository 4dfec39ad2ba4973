import ChargerSamples
import Foundation
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// A charger's whole business over a running node, and nodes that are killed.
@Suite("End to end", .serialized)
struct EndToEndTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// A proved value: the answer's height, and the value under the app hash of a header that all validators signed.
    private func proved(_ key: StateKey, _ http: RawHTTP, chainID: String) async throws -> (Int64, [UInt8]) {
        let target = "/abci_query?path=%22/key%22&data=0x\(Hex.encode(key.bytes))&prove=true"
        let response = try await http.result(target, as: ABCIQueryResult.self).response
        let next = response.height + 1
        let commit = try await http.result("/commit?height=\(next)", as: CommitResult.self)
        let set = try ValidatorSet(
            try await http.result("/validators?height=\(next)", as: ValidatorsResult.self).validators)
        let block = LightBlock(
            signedHeader: try #require(commit.signedHeader), validators: set, nextValidators: nil)
        _ = try Verifier.verifyAllSignatures(block, chainID: chainID)
        try response.verify(appHash: block.header.appHash, expected: [.init(type: "ics23:smt", key: key.bytes)])
        return (response.height, response.value)
    }

    @Test("tariff, registration, grant, session, settlement: each proved to a client that believes nobody")
    func business() async throws {
        let node = try await LedgerNode.start(try home.configuration())
        let http = RawHTTP(port: node.port)
        let wallet = try Wallet(rpc: node.url)
        let payerKey = try SampleCharger.key("payer")
        let payer = SampleCharger.account(of: payerKey)
        let now = LedgerNodeConfiguration.systemClock().unixMilliseconds
        var charger = try SampleCharger(ledger: node.chainID, clock: now)
        let tariff = try Tariff(name: "Day", price: PricePerKilowattHour(300_000))
        _ = try await wallet.send(.publishTariff(tariff), key: charger.ownerKey)
        _ = try await wallet.send(
            .registerCharger(genesis: charger.genesis.message, tariff: tariff.hash), key: charger.ownerKey)
        let grant = try await wallet.send(
            .grant(
                device: charger.device, chain: .connector(1), amount: Microunits(2_000_000), tariff: tariff.hash,
                expiry: UTCMilliseconds(now + 600_000)),
            key: payerKey)
        let (_, standing) = try await proved(.grant(charger.device, .connector(1)), http, chainID: node.chainID)
        #expect(try Grant(decoding: standing).hash == GrantHash(exactly: grant.hash))
        let (_, none) = try await proved(.head(charger.device, .connector(1)), http, chainID: node.chainID)
        #expect(none.isEmpty, "no head before the first record, proved as absence")

        let records = try charger.session(
            .connector(1), grant: GrantHash(exactly: grant.hash), payer: payer, tariff: tariff.hash,
            ticksAt: [1_000_100, 2_000_000, 3_000_000, 4_000_000, 5_000_007], endAt: 5_100_000)
        _ = try await wallet.send(try RecordBatch(messages: records[..<4].map(\.message)).encoded())
        let (_, partial) = try await proved(.head(charger.device, .connector(1)), http, chainID: node.chainID)
        #expect(try ChainHeadState(decoding: partial) == ChainHeadState(sequence: 4, hash: records[3].hash))
        let owner = try await wallet.account(charger.owner)
        #expect(owner.balance == Microunits(900_000 - 22_500), "three kilowatt-hours are paid already")
        _ = try await wallet.send(try RecordBatch(messages: records.map(\.message)).encoded())
        let session = try #require(records[0].record.body.session)
        let (_, value) = try await proved(.session(charger.device, session), http, chainID: node.chainID)
        let settlement = try SessionSettlement(decoding: value)
        #expect(settlement.energy == MilliwattHours(5_100_000))
        #expect(settlement.paid == Microunits(1_530_000) && settlement.commission == Microunits(38_250))
        _ = try await wallet.send(.releaseGrant(device: charger.device, chain: .connector(1)), key: payerKey)
        let rest = try await wallet.account(payer)
        #expect(rest.balance == Microunits(10_000_000 - 1_530_000))

        // A refusal is an error with the ledger's words.
        await #expect(
            throws: WalletError.refused(
                code: 5, log: "a grant for connector 1 of \(charger.device) is not on this ledger")
        ) {
            try await wallet.send(.releaseGrant(device: charger.device, chain: .connector(1)), key: payerKey)
        }
        await node.stop()
        // The same home goes on: the same first block, the same state.
        let again = try await LedgerNode.start(try home.configuration())
        #expect(again.anchor == node.anchor)
        let (_, kept) = try await proved(
            .session(charger.device, session), RawHTTP(port: again.port), chainID: again.chainID)
        #expect(kept == value)
        await again.stop()
    }

    @Test("wallets refuse URLs that are none, and say when nobody answers")
    func wallets() async throws {
        for url in [
            "", "http://", "https://127.0.0.1:1", "http://127.0.0.1", "http://:80", "http://a/b:80", "http://a:0",
        ] {
            #expect(throws: WalletError.invalidURL(url)) { try Wallet(rpc: url) }
        }
        let node = try await LedgerNode.start(try home.configuration())
        let port = node.port
        await node.stop()
        let wallet = try Wallet(rpc: "http://127.0.0.1:\(port)/")
        await #expect(throws: WalletError.self) { try await wallet.ledger() }
    }

    // MARK: The program

    /// A Python with the packages of the peers; the test run makes it.
    private static let python = ProcessInfo.processInfo.environment["WATTSEAL_PEERS_PYTHON"]

    /// A standalone node, with what it printed when it was ready.
    private final class StandaloneProcess {
        private let node: NodeProcess
        let port: Int
        let anchor: String

        init(home: String, arguments: [String] = []) throws {
            node = try NodeProcess(
                ["standalone", "--home", home, "--rpc", "127.0.0.1:0", "--block-interval", "1"] + arguments)
            let match = try #require(
                try #/ready rpc=http://127\.0\.0\.1:(\d+) chain=(\S+) height=1 hash=([0-9a-f]{64})\n/#.wholeMatch(
                    in: node.readyLine),
                "\(node.readyLine)")
            port = try #require(Int(match.1))
            anchor = String(match.3)
        }

        func kill() { node.kill() }

        func terminate() -> Int32 { node.terminate() }
    }

    @Test(
        "killed at any moment, the node goes on with the same chain: what was committed stays, nonces and blocks fit",
        .enabled(if: ProgramUnderTest.isBuilt, "platform-node is not built"))
    func kills() async throws {
        let payerKey = try SampleCharger.key("payer")
        let payer = SampleCharger.account(of: payerKey)
        let arguments = ["--account", "\(payer.hex)=10000000"]
        let ledger = try LedgerChainID("wattseal-standalone")
        var anchor: String?
        var committed: UInt64 = 0
        for round in 0..<6 {
            let node = try StandaloneProcess(home: home.path + "/node", arguments: arguments)
            #expect(anchor == nil || anchor == node.anchor)
            anchor = node.anchor
            let wallet = try Wallet(rpc: "http://127.0.0.1:\(node.port)")
            var nonce = try await wallet.account(payer).nextNonce
            #expect(nonce >= committed, "round \(round): a committed transaction is gone")
            committed = nonce
            // Sends without waiting, and kills in the middle of it.
            let http = RawHTTP(port: node.port)
            for _ in 0..<(3 + round * 5) {
                let bytes = try SignedTransaction.sign(
                    .transfer(to: AccountID(hashing: [1]), amount: Microunits(1)), nonce: nonce, key: payerKey,
                    ledger: ledger
                ).bytes
                _ = try await http.get("/broadcast_tx_sync?tx=0x\(Hex.encode(bytes))")
                nonce += 1
            }
            committed = try await wallet.account(payer).nextNonce
            node.kill()
        }
        let node = try StandaloneProcess(home: home.path + "/node", arguments: arguments)
        let wallet = try Wallet(rpc: "http://127.0.0.1:\(node.port)")
        let account = try await wallet.account(payer)
        #expect(account.nextNonce >= committed && account.nextNonce > 0)
        #expect(account.balance.rawValue == 10_000_000 - Int64(account.nextNonce))
        // The whole chain, block by block, as a light client sees it.
        let http = RawHTTP(port: node.port)
        let status = try await http.get("/status").text
        let match = try #require(try #/"latest_block_height":"(\d+)"/#.firstMatch(in: status))
        let latest = try #require(Int64(match.1))
        var trusted: TrustedState?
        for height in 1...latest {
            let commit = try await http.result("/commit?height=\(height)", as: CommitResult.self)
            let set = try ValidatorSet(
                try await http.result("/validators?height=\(height)", as: ValidatorsResult.self).validators)
            let block = LightBlock(
                signedHeader: try #require(commit.signedHeader), validators: set, nextValidators: set)
            if let before = trusted {
                let verdict = Verifier.verify(
                    trusted: before, untrusted: block, now: LedgerNodeConfiguration.systemClock(),
                    options: try TrustOptions(period: .seconds(86_400)))
                #expect(verdict == .success, "height \(height)")
                #expect(block.header.lastBlockID == before.commit.blockID, "height \(height)")
            }
            trusted = try TrustedState(block)
        }
        #expect(node.terminate() == 0)
    }

    @Test(
        "a checker without any code of ours agrees: check_node.py",
        .enabled(if: python != nil, "WATTSEAL_PEERS_PYTHON names no Python"))
    func independentCheck() async throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Peers/check_node.py").path
        let python = try #require(Self.python)
        func run(_ arguments: [String]) async throws -> (Int32, String) {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments = arguments
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = await withCheckedContinuation { continuation in
                Thread { continuation.resume(returning: output.fileHandleForReading.readDataToEndOfFile()) }.start()
            }
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
        }
        let node = try await LedgerNode.start(try home.configuration(validators: 7))
        let wallet = try Wallet(rpc: node.url)
        let key = try SampleCharger.key("payer")
        for number in UInt8(0)..<9 {
            _ = try await wallet.send(
                .transfer(to: AccountID(hashing: [number]), amount: Microunits(1)), key: key)
        }
        let payer = "account/" + SampleCharger.account(of: key).hex
        for absent in ["nobody", "account/" + AccountID(hashing: [99]).hex, "a", "b", "c", "d"] {
            let (status, text) = try await run([script, node.url, "--key", payer, "--absent", absent])
            #expect(status == 0, "\(text)")
        }
        let (status, text) = try await run([script, node.url, "--key", "nobody"])
        #expect(status == 1 && text.contains("nobody is absent"))
        await node.stop()
    }
}
