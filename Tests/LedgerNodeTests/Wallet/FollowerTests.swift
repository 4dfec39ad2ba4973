import ChargerSamples
import Crypto
import Ledger
import LightClient
import Quantities
import SignedRecords
import Testing

@testable import LedgerNode

/// What a follower tells between two looks, over a running node.
@Suite("Following")
struct FollowerTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private static let one = ChainNumber.connector(1)

    /// The events' names, with the energy of those that have one.
    private static func names(_ events: [Follower.Event]) -> [String] {
        events.map {
            switch $0 {
            case .balance(_, let balance): "balance \(balance.rawValue)"
            case .head(_, let chain, let head): "head \(chain.rawValue) \(head.sequence)"
            case .begun(_, let chain, let open): "begun \(chain.rawValue) \(open.energy.rawValue)"
            case .moved(_, _, let open): "moved \(open.energy.rawValue) \(open.paid.rawValue)"
            case .ended(_, _, let settlement): "ended \(settlement.energy.rawValue) \(settlement.paid.rawValue)"
            case .dropped(_, let chain, _): "dropped \(chain.rawValue)"
            }
        }
    }

    @Test(
        "a charger, its owner and its driver each see a session from begin to end; a whole one between two looks, too")
    func session() async throws {
        let node = try await LedgerNode.start(try home.configuration())
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
                device: charger.device, chain: Self.one, amount: Microunits(2_000_000), tariff: tariff.hash,
                expiry: UTCMilliseconds(now + 600_000)),
            key: payerKey)
        var device = Follower(.charger(charger.device), wallet: wallet)
        var owner = Follower(.account(charger.owner), wallet: wallet)
        var driver = Follower(.account(payer), wallet: wallet)
        #expect(Self.names(try await device.look()) == ["head 0 1"])
        #expect(Self.names(try await owner.look()) == ["head 0 1", "balance 0"])
        #expect(Self.names(try await driver.look()) == ["balance 8000000"])
        let quiet = try await device.look() + owner.look() + driver.look()
        #expect(quiet.isEmpty)

        func sell(_ energies: [Int64], _ end: Int64) throws -> [[UInt8]] {
            try charger.session(
                Self.one, grant: GrantHash(exactly: grant.hash), payer: payer, tariff: tariff.hash,
                ticksAt: energies, endAt: end
            ).map(\.message)
        }
        let records = try sell([1_000_000, 2_000_000], 2_100_000)
        _ = try await wallet.send(try RecordBatch(messages: Array(records[..<1])).encoded())
        #expect(Self.names(try await device.look()) == ["head 1 1", "begun 1 0"])
        #expect(Self.names(try await owner.look()) == ["head 1 1", "begun 1 0"])
        #expect(Self.names(try await driver.look()) == ["begun 1 0"])
        _ = try await wallet.send(try RecordBatch(messages: Array(records[1..<3])).encoded())
        #expect(Self.names(try await device.look()) == ["head 1 3", "moved 2000000 600000"])
        #expect(
            Self.names(try await owner.look()) == ["head 1 3", "moved 2000000 600000", "balance 585000"])
        #expect(Self.names(try await driver.look()) == ["moved 2000000 600000"])
        _ = try await wallet.send(try RecordBatch(messages: Array(records[3...])).encoded())
        #expect(Self.names(try await device.look()) == ["head 1 4", "ended 2100000 630000"])
        #expect(
            Self.names(try await owner.look()) == ["head 1 4", "ended 2100000 630000", "balance 614250"])
        #expect(Self.names(try await driver.look()) == ["ended 2100000 630000"])
        _ = try await wallet.send(try RecordBatch(messages: try sell([1_000_000], 1_000_001)).encoded())
        #expect(Self.names(try await device.look()) == ["head 1 7", "ended 1000001 300000"])
        #expect(
            Self.names(try await owner.look()) == ["head 1 7", "ended 1000001 300000", "balance 906750"])
        #expect(try await driver.look().isEmpty, "at another's charger only the balance tells")
        #expect(try await wallet.history(account: payer).map(\.settlement.energy.rawValue) == [2_100_000, 1_000_001])

        var stranger = Follower(.charger(DeviceID(hashing: [9])), wallet: wallet)
        await #expect(throws: WalletError.self) { try await stranger.look() }
        await node.stop()
        await #expect(throws: WalletError.self) { try await device.look() }
    }
}
