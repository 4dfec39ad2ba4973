import ChargerSamples
import Foundation
import Ledger
import LightClient
import Logging
import Quantities
import RecordSamples
import SignedRecords

@testable import LedgerNode

/// The chain of the ABCI tests: its genesis, its application's configuration, and transactions from a seed.
enum SampleNetwork {
    static let chainID = "wattseal-test"
    /// Block h has this time plus h seconds.
    static let genesisSeconds: Int64 = 1_795_000_000

    static func time(_ height: Int64) -> Timestamp {
        (try? Timestamp(seconds: genesisSeconds + height, nanoseconds: Int32(height) * 1_000)) ?? .unixEpoch
    }

    static func appState() throws -> [UInt8] {
        let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
        let other = SampleCharger.account(of: try SampleCharger.key("other"))
        let driver = SampleCharger.account(of: try SampleCharger.key("driver"))
        return try RPCJSON.encode(
            LedgerGenesis(
                platform: AccountID(hashing: [7]),
                balances: [payer: Microunits(10_000_000), other: Microunits(5_000_000), driver: Microunits(3_000_000)]))
    }

    static func initChain(
        chainID: String = Self.chainID, appState: [UInt8]? = nil, initialHeight: Int64 = 1
    ) throws -> ABCI.InitChain.Request {
        ABCI.InitChain.Request(
            time: time(0), chainID: chainID,
            validators: [.init(publicKey: .ed25519(Array(repeating: 3, count: 32)), power: 10)],
            appState: try appState ?? Self.appState(), initialHeight: initialHeight)
    }

    static func configuration(
        _ home: TemporaryHome, _ name: String = "abci", snapshots: Int64 = 0, chunk: Int = 400
    ) -> ABCINodeConfiguration {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = ABCINodeConfiguration(
            home: "\(home.path)/\(name)", listen: .tcp(host: "127.0.0.1", port: 0), snapshotInterval: snapshots,
            logger: logger)
        configuration.chunkSize = chunk
        return configuration
    }

    static func transfer(_ nonce: UInt64, from name: String = "payer", to: UInt8 = 1, amount: Int64 = 5) throws
        -> [UInt8]
    {
        try SignedTransaction.sign(
            .transfer(to: AccountID(hashing: [to]), amount: Microunits(amount)), nonce: nonce,
            key: try SampleCharger.key(name), ledger: try LedgerChainID(chainID)
        ).bytes
    }

    /// Blocks from a seed: transfers in and out of turn, too high ones, twice the same one, noise, tariffs, and a charger's
    /// whole session in between.
    static func blocks(_ count: Int, seed: UInt64) throws -> [[[UInt8]]] {
        var random = SeededRandom(seed: seed)
        let ledger = try LedgerChainID(chainID)
        var nonces: [String: UInt64] = ["payer": 0, "other": 0]
        func next(_ name: String) -> UInt64 {
            defer { nonces[name, default: 0] += 1 }
            return nonces[name, default: 0]
        }
        var charger = try SampleCharger(ledger: chainID, clock: genesisSeconds * 1_000)
        let tariff = try Tariff(name: "Day", price: PricePerKilowattHour(300_000))
        var business = try self.business(&charger, tariff)
        var blocks: [[[UInt8]]] = []
        for number in 0..<count {
            var block: [[UInt8]] = []
            if number % 7 == 3, !business.isEmpty { block.append(business.removeFirst()) }
            for _ in 0..<(random.next() % 5) {
                let name = random.oneIn(2) ? "payer" : "other"
                switch random.next() % 8 {
                case 0: block.append((0..<(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
                case 1: block.append(try transfer(nonces[name, default: 0] + 2, from: name))
                case 2: block.append(try transfer(next(name), from: name, amount: 1 << 50))
                case 3:
                    let price = 1 + Int64(random.next() % 1_000_000)
                    block.append(
                        try SignedTransaction.sign(
                            .publishTariff(try Tariff(name: "T\(number)", price: PricePerKilowattHour(price))),
                            nonce: next(name), key: try SampleCharger.key(name), ledger: ledger
                        ).bytes)
                default:
                    let to = UInt8(truncatingIfNeeded: random.next() % 20)
                    block.append(try transfer(next(name), from: name, to: to, amount: 1 + Int64(random.next() % 999)))
                }
                if random.oneIn(9), let last = block.last { block.append(last) }
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Tariff, registration, grant, and the records of a session, in their order.
    private static func business(
        _ charger: inout SampleCharger, _ tariff: Tariff
    ) throws -> [[UInt8]] {
        let ledger = try LedgerChainID(chainID)
        let driverKey = try SampleCharger.key("driver")
        let grant = try SignedTransaction.sign(
            .grant(
                device: charger.device, chain: .connector(1), amount: Microunits(2_000_000), tariff: tariff.hash,
                expiry: UTCMilliseconds((genesisSeconds + 600_000) * 1_000)),
            nonce: 0, key: driverKey, ledger: ledger
        ).bytes
        let owner = try [
            TransactionBody.publishTariff(tariff),
            .registerCharger(genesis: charger.genesis.message, tariff: tariff.hash),
        ].enumerated().map {
            try SignedTransaction.sign($1, nonce: UInt64($0), key: charger.ownerKey, ledger: ledger).bytes
        }
        let records = try charger.session(
            .connector(1), grant: GrantHash(hashing: grant), payer: SampleCharger.account(of: driverKey),
            tariff: tariff.hash, ticksAt: [1_000_100, 2_000_000, 3_000_000], endAt: 3_100_000)
        let batches = try [records[..<2], records[...]].map { try RecordBatch(messages: $0.map(\.message)).encoded() }
        return owner + [grant] + batches
    }
}
