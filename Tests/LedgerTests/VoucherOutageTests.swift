import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

/// What vouchers do where records come late, alone, or in an order that nobody meant.
@Suite("Vouchers behind an outage")
struct VoucherOutageTests {
    private static let one = ChainNumber.connector(1)
    private static let day: Int64 = 86_400_000
    private static let fault = RecordBody.event(.faultLatched(FaultLatched(code: 3)))

    /// A voucher that is good for a day.
    private static func voucher(
        _ ledger: TestLedger, _ amount: Int64 = 1_000_000, number: UInt64 = 7
    ) throws -> Voucher {
        try ledger.voucher(
            Voucher.Terms(
                number: number, amount: Microunits(amount), highestPrice: PricePerKilowattHour(TestLedger.price),
                expiry: UTCMilliseconds(ledger.time + day)))
    }

    private static func session(_ ledger: inout TestLedger, _ voucher: Voucher) throws -> [SignedRecord] {
        try ledger.session(on: voucher, energy: 1_200_000)
    }

    /// Caught by: `max(voucher.terms.expiry, block.time)` at the hold.
    @Test("nobody takes the money back between two batches of an outage that was longer than the grace time")
    func releasedBetweenBatches() throws {
        var ledger = try TestLedger()
        let voucher = try Self.voucher(ledger)
        let records = try Self.session(&ledger, voucher)
        ledger.time += Self.day + Grant.graceMilliseconds + 1
        #expect(try ledger.send(Array(records[..<2])).code == 0)
        #expect(try ledger.open()?.funded == true)
        let body = TransactionBody.releaseVoucher(device: ledger.charger.device, chain: Self.one)
        #expect(try ledger.send(body, by: ledger.payerKey).code == 6)
        ledger.time += Grant.graceMilliseconds - 1
        #expect(try ledger.send(body, by: ledger.payerKey).code == 6)
        #expect(try ledger.send(Array(records[2...])).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 - 360_000)
    }

    /// Caught by: `notBefore` where it takes the record's own time.
    @Test("behind an outage of any length the chain's own times show what began before the expiry")
    func vouchedByTheChain() throws {
        var ledger = try TestLedger()
        let vouchers = try [1, 2].map { try Self.voucher(ledger, number: $0) }
        var records = [try ledger.charger.append(Self.one, Self.fault)]
        for voucher in vouchers { records += try Self.session(&ledger, voucher) }
        ledger.time += Self.day + 2 * Grant.graceMilliseconds
        #expect(try ledger.send(Array(records.prefix(3))).code == 0)
        ledger.time += 60_000
        #expect(try ledger.send(Array(records.dropFirst(3))).code == 0)
        #expect(try vouchers.map { try ledger.use($0)?.spent } == [Microunits(360_000), Microunits(360_000)])
    }

    /// Caught by: each condition of `isInTime`.
    @Test("every session of an outage is paid within the grace time, not only the first; without a right clock none is")
    func backlog() throws {
        var ledger = try TestLedger()
        let vouchers = try [1, 2, 3].map { try Self.voucher(ledger, number: $0) }
        // A record whose time nobody vouches for comes first, so that the later ones are not vouched for by the chain.
        ledger.charger.quality = .informative
        var records = [try ledger.charger.append(Self.one, Self.fault)]
        ledger.charger.quality = .synchronised
        records += try Self.session(&ledger, vouchers[0])
        records += try Self.session(&ledger, vouchers[1])
        ledger.charger.quality = .informative
        records += try Self.session(&ledger, vouchers[2])
        var late = ledger
        ledger.time += Self.day + Grant.graceMilliseconds - 1
        #expect(try ledger.send(records).code == 0)
        #expect(try vouchers.map { try ledger.use($0)?.spent } == [Microunits(360_000), Microunits(360_000), .zero])
        late.time += Self.day + Grant.graceMilliseconds
        #expect(try late.send(records).code == 0)
        #expect(try vouchers.map { try late.use($0)?.spent } == [.zero, .zero, .zero])
        #expect(try late.balance(late.payer) == 10_000_000 && late.money() == 10_000_000)
        // Within the grace time, but begun at the expiry: recorded and unpaid.
        ledger.charger.quality = .synchronised
        ledger.charger.clock = vouchers[0].terms.expiry.rawValue
        let after = try Self.session(&ledger, vouchers[0])
        #expect(try ledger.send(after).code == 0)
        #expect(try ledger.use(vouchers[0])?.spent == Microunits(360_000))
    }

    /// Caught by: the chain's rule in `applyBody`, and the open session's in `accept`.
    @Test("an acceptance does not belong in chain 0, nor in a session")
    func place() throws {
        var ledger = try TestLedger()
        let voucher = try Self.voucher(ledger)
        let elsewhere = try ledger.charger.sign(
            ledger.charger.next(.device, .voucherAcceptance(ledger.acceptance(of: voucher))))
        #expect(try ledger.send([elsewhere]).code == 12)
        let records = try Self.session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<2])).code == 0)
        var copy = ledger
        copy.charger.rewind(Self.one, to: records[1].head)
        #expect(try copy.send([try copy.accept(voucher)]).code == 12)
        #expect(try copy.hold()?.hash == voucher.hash && copy.use(voucher)?.held == Microunits(1_000_000))
    }

    /// Caught by: the open session's rule in `releaseIdleHold`.
    @Test("a fault in the session leaves its money where it is")
    func eventInSession() throws {
        var ledger = try TestLedger()
        let voucher = try Self.voucher(ledger)
        let acceptance = try ledger.accept(voucher)
        let begin = ledger.begin(voucher.hash)
        let records = [acceptance, try ledger.charger.append(Self.one, .begin(begin))]
        #expect(try ledger.send(records + [try ledger.charger.append(Self.one, Self.fault)]).code == 0)
        #expect(try ledger.hold()?.remainder == Microunits(1_000_000))
        // Nor does an event of the device's own chain touch it.
        #expect(try ledger.send([try ledger.charger.append(.device, Self.fault)]).code == 0)
        let end = SampleCharger.end(begin.session, energy: 900_000, register: 5_000_000, ticks: 0)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .end(end))]).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(270_000) && ledger.hold() == nil)
    }

    /// Caught by: `releaseHold` in `end`, and the order of grant and hold in `setAside`.
    @Test("a session on a grant behind a lone acceptance is paid by the grant; the voucher's money goes back")
    func grantBehindAcceptance() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(500_000)
        let voucher = try Self.voucher(ledger)
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        let begin = ledger.begin(grant)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .begin(begin))]).code == 0)
        let end = SampleCharger.end(begin.session, energy: 900_000, register: 5_000_000, ticks: 0)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .end(end))]).code == 0)
        #expect(try ledger.standing()?.spent == Microunits(270_000) && ledger.hold() == nil)
        let use = try #require(try ledger.use(voucher))
        #expect(use.spent == .zero && use.held == .zero)
        #expect(try ledger.balance(ledger.payer) == 9_500_000 && ledger.money() == 10_000_000)
    }

    /// Caught by: `setAside`'s check that the hold is of the session's voucher.
    @Test("a grant that was released in its session is not made up for by a voucher")
    func releasedGrantBehindAcceptance() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(500_000)
        let voucher = try Self.voucher(ledger)
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        let begin = ledger.begin(grant)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .begin(begin))]).code == 0)
        ledger.time += 3_600_000 + Grant.graceMilliseconds
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: Self.one)
        #expect(try ledger.send(release, by: ledger.payerKey).code == 0)
        let end = SampleCharger.end(begin.session, energy: 900_000, register: 5_000_000, ticks: 0)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .end(end))]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.use(voucher)?.spent == .zero)
        #expect(try ledger.settlement(begin.session)?.paid == .zero)
    }

    /// Caught by: `emptyHold` letting the hold stand, and what it takes from `held`.
    @Test("a begin that comes after the release is recorded and unpaid, and the voucher serves again")
    func beginAfterRelease() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(
            Voucher.Terms(
                number: 1, amount: Microunits(400_000), highestPrice: PricePerKilowattHour(TestLedger.price),
                expiry: UTCMilliseconds(ledger.time + 100 * Grant.maximumLifetimeMilliseconds)))
        let records = try Self.session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<1])).code == 0)
        ledger.time += Grant.maximumLifetimeMilliseconds + Grant.graceMilliseconds
        let release = TransactionBody.releaseVoucher(device: ledger.charger.device, chain: Self.one)
        // Once and twice is the same.
        for _ in 1...2 { #expect(try ledger.send(release, by: ledger.charger.ownerKey).code == 0) }
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.use(voucher)?.held == .zero)
        #expect(try ledger.send(Array(records[1...])).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.hold() == nil && ledger.open() == nil)
        #expect(try ledger.send(try Self.session(&ledger, voucher)).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        #expect(try ledger.balance(ledger.payer) == 9_640_000 && ledger.use(voucher)?.isOverdrawn == false)
    }

    /// Caught by: the freeze's check for an open session.
    @Test("a session that is open when its charger is frozen is paid to its end; a bench device is paid nothing")
    func frozenInSession() throws {
        var ledger = try TestLedger()
        let voucher = try Self.voucher(ledger)
        let records = try Self.session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<2])).code == 0)
        let two = ChainNumber.connector(2)
        var twin = ledger.charger
        let first = try ledger.charger.append(two, Self.fault)
        let second = try twin.append(two, .event(.faultLatched(FaultLatched(code: 4))))
        #expect(
            try ledger.send(.reportFraud(one: first.message, other: second.message), by: ledger.payerKey).code == 0)
        #expect(try ledger.send(Array(records[2...])).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        var bench = try TestLedger(bench: true)
        let other = try Self.voucher(bench)
        #expect(try bench.send(try Self.session(&bench, other)).code == 0)
        #expect(try bench.balance(bench.payer) == 10_000_000 && bench.use(other)?.isOverdrawn == false)
    }

    /// Caught by: the smallest of the three amounts, and the charger's freeze, in `accept`.
    @Test("no more is set aside than the charger accepted the voucher for, and nothing for a frozen one")
    func setAside() throws {
        var ledger = try TestLedger()
        let voucher = try Self.voucher(ledger)
        var body = ledger.acceptance(of: voucher)
        body.amount = Microunits(200_000)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .voucherAcceptance(body))]).code == 0)
        #expect(try ledger.hold()?.remainder == Microunits(200_000) && ledger.use(voucher)?.isOverdrawn == false)
        let begin = ledger.begin(voucher.hash)
        let tick = SampleCharger.tick(begin.session, energy: 1_000_000, register: 5_000_000, after: 0)
        let end = SampleCharger.end(begin.session, energy: 1_200_000, register: 5_000_000, ticks: 1)
        for body in [RecordBody.begin(begin), .tick(tick), .end(end)] {
            #expect(try ledger.send([try ledger.charger.append(Self.one, body)]).code == 0)
        }
        #expect(try ledger.settlement(begin.session)?.paid == Microunits(200_000))
        #expect(try ledger.balance(ledger.payer) == 9_800_000 && ledger.money() == 10_000_000)
        var registration = try #require(
            try ledger.read(.charger(ledger.charger.device), as: ChargerRegistration.self))
        registration.isFrozen = true
        ledger.state.values[.charger(ledger.charger.device)] = registration.encoded()
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        #expect(try ledger.hold()?.amount == .zero && ledger.balance(ledger.payer) == 9_800_000)
    }

    /// Counts what is read of a state.
    private struct CountedState: LedgerState {
        final class Counts { var reads: [StateKey] = [] }
        let values: [StateKey: [UInt8]]
        let counts = Counts()

        func value(of key: StateKey) throws(LedgerError) -> [UInt8]? {
            counts.reads.append(key)
            return values[key]
        }
    }

    /// Caught by: reading the grant once more when it is spent from, and the hold anywhere but at the end.
    @Test("a session on a grant reads no hold but at its end, and its grant once a record")
    func reads() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(5_000_000)
        let begin = ledger.begin(grant)
        let bodies: [(RecordBody, holds: Int)] = [
            (.begin(begin), 0),
            (.tick(SampleCharger.tick(begin.session, energy: 1_000_000, register: 5_000_000, after: 0)), 0),
            (.end(SampleCharger.end(begin.session, energy: 1_200_000, register: 5_000_000, ticks: 1)), 1),
        ]
        for (body, holds) in bodies {
            let counted = CountedState(values: ledger.state.values)
            let batch = try RecordBatch(messages: [try ledger.charger.append(Self.one, body).message]).encoded()
            let outcome = try LedgerTransition.apply(batch, to: counted, in: ledger.context)
            #expect(outcome.result.code == 0, "\(outcome.result.log)")
            ledger.state.apply(outcome.writes)
            let device = ledger.charger.device
            let reads = counted.counts.reads
            #expect(reads.count(where: { $0 == .grant(device, Self.one) }) == 1, "\(body.kind)")
            #expect(reads.count(where: { $0 == .hold(device, Self.one) }) == holds, "\(body.kind)")
            #expect(!reads.contains { $0.text.hasPrefix("voucher/") })
        }
        // The device's own chain has no connector: an event there reads neither.
        let counted = CountedState(values: ledger.state.values)
        let batch = try RecordBatch(messages: [try ledger.charger.append(.device, Self.fault).message]).encoded()
        #expect(try LedgerTransition.apply(batch, to: counted, in: ledger.context).result.code == 0)
        #expect(!counted.counts.reads.contains { $0.text.hasPrefix("hold/") || $0.text.hasPrefix("open/") })
    }
}
