import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Grants")
struct GrantTests {
    private func body(
        _ ledger: TestLedger, amount: Int64 = 1_000_000, chain: ChainNumber = .connector(1),
        tariff: TariffHash? = nil, expiry: Int64? = nil
    ) -> TransactionBody {
        .grant(
            device: ledger.charger.device, chain: chain, amount: Microunits(amount),
            tariff: tariff ?? ledger.tariff.hash, expiry: UTCMilliseconds(expiry ?? ledger.time + 60_000))
    }

    @Test("a grant moves its amount from the payer into escrow, under the name of its transaction")
    func grant() throws {
        var ledger = try TestLedger()
        let name = try ledger.grant(1_000_000)
        let grant = try #require(try ledger.standing())
        #expect(grant.hash == name && grant.payer == ledger.payer && grant.tariff == ledger.tariff.hash)
        #expect(grant.amount == Microunits(1_000_000) && grant.spent == .zero)
        #expect(grant.expiry == UTCMilliseconds(ledger.time + 3_600_000))
        #expect(try ledger.balance(ledger.payer) == 9_000_000)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("what is not a grant for this charger now is refused")
    func refused() throws {
        var ledger = try TestLedger()
        let week: Int64 = 7 * 24 * 3_600_000
        let wrong: [(UInt32, TransactionBody)] = [
            (8, body(ledger, amount: 9_999)),
            (4, body(ledger, amount: 10_000_001)),
            (8, body(ledger, chain: .device)),
            (8, body(ledger, chain: .connector(3))),
            (8, body(ledger, tariff: TariffHash(hashing: [1]))),
            (8, body(ledger, expiry: ledger.time)),
            (8, body(ledger, expiry: ledger.time + week + 1)),
            (
                5,
                .grant(
                    device: DeviceID(hashing: [1]), chain: .connector(1), amount: Microunits(10_000),
                    tariff: ledger.tariff.hash, expiry: UTCMilliseconds(ledger.time + 1))
            ),
        ]
        for (index, (code, body)) in wrong.enumerated() {
            let result = try ledger.send(body, by: ledger.payerKey)
            #expect(result.code == code, "\(index): \(result.log)")
        }
        #expect(try ledger.standing() == nil)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
        #expect(try ledger.send(body(ledger, expiry: ledger.time + week), by: ledger.payerKey).code == 0)
    }

    @Test("a bench device accepts none")
    func bench() throws {
        var ledger = try TestLedger(bench: true)
        #expect(try ledger.send(body(ledger), by: ledger.payerKey).code == 6)
    }

    @Test("a connector has one live grant; its other connectors have their own")
    func oneEach() throws {
        var ledger = try TestLedger()
        _ = try ledger.grant(1_000_000)
        #expect(try ledger.send(body(ledger), by: ledger.payerKey).code == 7)
        #expect(try ledger.send(body(ledger, chain: .connector(2)), by: ledger.payerKey).code == 0)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("an expired grant makes room for the next: its remainder goes back first")
    func replaced() throws {
        var ledger = try TestLedger()
        let first = try ledger.grant(1_000_000, lifetime: 60_000)
        ledger.time += 60_000
        let second = try ledger.grant(2_000_000)
        #expect(try ledger.standing()?.hash == second)
        #expect(try ledger.balance(ledger.payer) == 8_000_000)
        #expect(ledger.state.values[.released(first)] != nil)
    }

    @Test("the payer releases at any time without a session, anyone from expiry on, nobody else before")
    func release() throws {
        var ledger = try TestLedger()
        let stranger = try SampleCharger.key("stranger")
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: .connector(1))
        #expect(try ledger.send(release, by: ledger.payerKey).code == 5)
        _ = try ledger.grant(1_000_000, lifetime: 60_000)
        #expect(try ledger.send(release, by: stranger).code == 6)
        ledger.time += 59_999
        #expect(try ledger.send(release, by: stranger).code == 6)
        ledger.time += 1
        #expect(try ledger.send(release, by: stranger).code == 0)
        #expect(try ledger.standing() == nil)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
        _ = try ledger.grant(1_000_000)
        #expect(try ledger.send(release, by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
    }

    @Test("an open session holds its grant, also past expiry, until the grace time is over")
    func heldBySession() throws {
        var ledger = try TestLedger()
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: .connector(1))
        let grant = try ledger.grant(1_000_000, lifetime: 60_000)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(ledger.begin(grant)))]).code == 0)
        #expect(try ledger.send(release, by: ledger.payerKey).code == 6)
        ledger.time += 60_000
        #expect(try ledger.send(release, by: ledger.payerKey).code == 6)
        #expect(try ledger.send(body(ledger), by: ledger.payerKey).code == 7)
        ledger.time += Grant.graceMilliseconds - 1
        #expect(try ledger.send(release, by: ledger.payerKey).code == 6)
        ledger.time += 1
        #expect(try ledger.send(release, by: ledger.payerKey).code == 0)
        // The session goes on in the chain; what it ticks now is not paid.
        let open = try #require(try ledger.open())
        let tick = SampleCharger.tick(open.session, energy: 1_000_000, register: 5_000_000, after: 0)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .tick(tick))]).code == 0)
        #expect(try ledger.balance(ledger.charger.owner) == 0)
        #expect(try ledger.money() == 10_000_000)
    }
}
