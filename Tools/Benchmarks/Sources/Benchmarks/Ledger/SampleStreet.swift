import ChargerSamples
import Crypto
import Ledger
import LightClient
import Logging
import Quantities
import SignedRecords

@testable import LedgerNode

/// A ledger with many chargers that have a session open on each connector, and the records of these sessions, signed.
struct SampleStreet {
    static let chainID = "benchmark"
    private static let seconds: Int64 = 1_795_000_000

    let configuration: LedgerNodeConfiguration
    /// What has to stand before the sessions, one transaction each, in order.
    let preparations: [[UInt8]]
    /// One batch a charger.
    let batches: [[UInt8]]
    /// The records of all batches.
    let records: Int
    /// The head of each chain after all of them.
    let heads: [(key: StateKey, sequence: UInt64)]

    /// Each charger has two connectors, and each of these a session of begin, ticks, end.
    init(home: String, chargers: Int, ticks: Int64, interval: Int64 = 100) throws {
        var logger = Logger(label: "benchmark")
        logger.logLevel = .critical
        let payerKey = try SampleCharger.key("payer")
        let payer = SampleCharger.account(of: payerKey)
        configuration = LedgerNodeConfiguration(
            home: home, blockIntervalMilliseconds: interval, chainID: Self.chainID,
            accounts: [payer: Microunits(1_000_000_000_000)], logger: logger
        ) { (try? Timestamp(seconds: Self.seconds + 1_000, nanoseconds: 0)) ?? .unixEpoch }
        let ledger = try LedgerChainID(Self.chainID)
        let tariff = try Tariff(name: "Day", price: PricePerKilowattHour(300_000))
        let energies = (1...ticks).map { $0 * 1_000_000 + 250 }
        var preparations = [
            try SignedTransaction.sign(
                .publishTariff(tariff), nonce: 0, key: try SampleCharger.key("0 owner"), ledger: ledger
            ).bytes
        ]
        var batches: [[UInt8]] = []
        var heads: [(StateKey, UInt64)] = []
        var records = 0
        for number in 0..<chargers {
            var charger = try SampleCharger("\(number)", ledger: Self.chainID, clock: Self.seconds * 1_000)
            preparations.append(
                try SignedTransaction.sign(
                    .registerCharger(genesis: charger.genesis.message, tariff: tariff.hash),
                    nonce: number == 0 ? 1 : 0, key: charger.ownerKey, ledger: ledger
                ).bytes)
            var messages: [[UInt8]] = []
            for connector in 0..<2 {
                let chain = ChainNumber.connector(UInt32(connector + 1))
                let grant = try SignedTransaction.sign(
                    .grant(
                        device: charger.device, chain: chain, amount: Microunits(100_000_000), tariff: tariff.hash,
                        expiry: UTCMilliseconds((Self.seconds + 600_000) * 1_000)),
                    nonce: UInt64(number * 2 + connector), key: payerKey, ledger: ledger)
                preparations.append(grant.bytes)
                let session = try charger.session(
                    chain, grant: GrantHash(exactly: grant.hash), payer: payer, tariff: tariff.hash,
                    ticksAt: energies, endAt: ticks * 1_000_000 + 500)
                messages += session.map(\.message)
                heads.append((.head(charger.device, chain), UInt64(session.count)))
            }
            records += messages.count
            batches.append(try RecordBatch(messages: messages).encoded())
        }
        (self.preparations, self.batches, self.records, self.heads) = (preparations, batches, records, heads)
    }

    /// Throws unless each chain's head is its last record, as `head` reads it.
    func check(_ head: (StateKey) async throws -> ChainHeadState?) async throws {
        for (key, sequence) in heads {
            let found = try await head(key)?.sequence ?? 0
            guard found == sequence else {
                throw BenchmarkFailed("\(key.text): \(found) of \(sequence) records were accepted")
            }
        }
    }

    /// The same where a store is at hand.
    func check(_ store: LedgerStore, at height: Int64) throws {
        for (key, sequence) in heads {
            let found = try store.value(of: key.bytes, at: height).map { try ChainHeadState(decoding: $0).sequence }
            guard found == sequence else {
                throw BenchmarkFailed("\(key.text): \(found ?? 0) of \(sequence) records were accepted")
            }
        }
    }
}
