import ChargerSamples
import Crypto
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// A node makes no block that makes or loses money, whatever has happened to its state.
@Suite("Conserved money")
struct ConservedMoneyTests {
    private let home: TemporaryHome
    private static let start: Int64 = 1_795_000_000

    init() throws { home = try TemporaryHome() }

    private var path: String { home.path + "/store.sqlite" }

    private static func block(_ height: Int64, _ transactions: [[UInt8]]) throws -> FinalizeBlockRequest {
        FinalizeBlockRequest(
            transactions: transactions, height: height,
            time: try Timestamp(seconds: start + height, nanoseconds: 0))
    }

    private static func sign(
        _ body: TransactionBody, _ nonce: UInt64, by key: Curve25519.Signing.PrivateKey
    ) throws -> [UInt8] {
        try SignedTransaction.sign(body, nonce: nonce, key: key, ledger: try LedgerChainID("wattseal-test")).bytes
    }

    /// Two reservations under one name: whoever takes back the one takes both away, and gets the deposit of one.
    private static func broken(_ name: GrantHash, _ user: AccountID) -> [UInt8] {
        let hour: Int64 = 3_600_000
        return CBOR.array(
            [Int64(2), 4].map { later in
                let from = start * 1_000 + later * hour
                return .array([
                    .bytes(name.bytes), .bytes(user.bytes), .integer(from), .integer(from + hour), .integer(500),
                    .integer(from + hour / 4), .integer(from), .bool(false),
                ])
            }
        ).encode()
    }

    @Test("a block that would lose money is not made, and says which keys it changes; the next one may be")
    func leak() throws {
        let payerKey = try SampleCharger.key("payer")
        let payer = SampleCharger.account(of: payerKey)
        let charger = try SampleCharger(clock: Self.start * 1_000)
        let tariff = try Tariff(name: "Day", price: PricePerKilowattHour(300_000))
        let name = GrantHash(hashing: [1])
        do {
            let store = try LedgerStore(path: path)
            let application = try LedgerApplication(store: store, chainID: "wattseal-test")
            let genesis = LedgerGenesis(platform: AccountID(hashing: [7]), balances: [payer: Microunits(10_000)])
            _ = try application.initChain(
                InitChainRequest(
                    time: try Timestamp(seconds: Self.start, nanoseconds: 0), chainID: "wattseal-test",
                    initialHeight: 1, appState: try RPCJSON.encode(genesis)))
            let made = try application.finalizeBlock(
                try Self.block(
                    1,
                    [
                        try Self.sign(.publishTariff(tariff), 0, by: charger.ownerKey),
                        try Self.sign(
                            .registerCharger(genesis: charger.genesis.message, tariff: tariff.hash), 1,
                            by: charger.ownerKey),
                    ]))
            #expect(made.results.map(\.code) == [0, 0])
            try application.commit()
            // The corrupt value comes into the store, and into the tree, as a block's would.
            let key = StateKey.reservations(charger.device, .connector(1))
            let value = Self.broken(name, payer)
            var tree = try #require(try store.trees().last?.tree)
            tree.apply([.init(path: SparseMerkleTree.path(of: key.bytes), valueHash: .sha256(value))])
            try store.commit(
                height: 2, appHash: tree.rootHash, changes: [.init(height: 2, key: key.bytes, value: value)])
            store.database.close()
        }
        let application = try LedgerApplication(store: try LedgerStore(path: path), chainID: "wattseal-test")
        let cancel = try Self.sign(
            .settleReservation(device: charger.device, chain: .connector(1), reservation: name), 0, by: payerKey)
        let refusal = #expect(throws: LedgerNodeError.self) {
            try application.finalizeBlock(try Self.block(3, [cancel]))
        }
        let words = refusal?.description ?? ""
        #expect(words.contains("block 3 makes -500 microunits"), "\(words)")
        #expect(words.contains("account/\(payer.hex) by 500"), "\(words)")
        #expect(words.contains("reservations/\(charger.device.hex)/1 by -1000"), "\(words)")
        #expect(throws: LedgerNodeError.self, "nothing of it waits for a commit") { try application.commit() }
        // Nothing of it stands: another block of the same height is made.
        let transfer = try Self.sign(
            .transfer(to: AccountID(hashing: [3]), amount: Microunits(10)), 0, by: payerKey)
        #expect(try application.finalizeBlock(try Self.block(3, [transfer])).results.map(\.code) == [0])
        try application.commit()
    }

    @Test("a balance that does not decode stops the block that touches it")
    func undecodable() throws {
        let store = try LedgerStore(path: path)
        let payerKey = try SampleCharger.key("payer")
        let payer = SampleCharger.account(of: payerKey)
        let application = try LedgerApplication(store: store, chainID: "wattseal-test")
        let genesis = LedgerGenesis(platform: AccountID(hashing: [7]), balances: [payer: Microunits(10_000)])
        _ = try application.initChain(
            InitChainRequest(
                time: try Timestamp(seconds: Self.start, nanoseconds: 0), chainID: "wattseal-test", initialHeight: 1,
                appState: try RPCJSON.encode(genesis)))
        _ = try application.finalizeBlock(try Self.block(1, []))
        try application.commit()
        try store.database.execute(
            "UPDATE state SET value = x'80' WHERE height = 0 AND key >= CAST('account/' AS BLOB) AND key < CAST('account0' AS BLOB)"
        )
        let transfer = try Self.sign(
            .transfer(to: AccountID(hashing: [3]), amount: Microunits(10)), 0, by: payerKey)
        let refusal = #expect(throws: LedgerNodeError.self) {
            try application.finalizeBlock(try Self.block(2, [transfer]))
        }
        #expect(refusal?.description.contains("account/\(payer.hex) is corrupt") == true)
    }
}
