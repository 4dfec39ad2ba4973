import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

/// Sessions whose price depends on the hour, whose money has further limits, and whose share changes under them.
@Suite("Timed sessions")
struct TimedSessionTests {
    private static let one = ChainNumber.connector(1)
    private static let minute: Int64 = 60_000
    /// The ledger's first moment is 2026-11-18, 11:06:40 UTC; the dear hour begins at 11:10.
    private static let dearFrom: Int64 = 11 * 60 + 10
    private static let toDear: Int64 = 200_000

    private static func tariff(hourly: Int64 = 0, session: Int64 = 0, without: Int64? = nil) throws -> Tariff {
        try Tariff(
            name: "Hours", price: .init(200_000),
            windows: [.init(try WeeklyWindow(from: dearFrom, to: dearFrom + 60), price: .init(500_000))],
            hourlyFee: Microunits(hourly), sessionFee: Microunits(session),
            priceWithoutClock: without.map { .init($0) })
    }

    /// A session: begin now, a tick in the cheap hour, one in the dear hour, the end in it.
    private static func records(_ ledger: inout TestLedger, _ grant: GrantHash) throws -> [SignedRecord] {
        let begin = ledger.begin(grant)
        var records = [try ledger.charger.append(one, .begin(begin))]
        ledger.charger.clock += toDear - 10_000
        records.append(
            try ledger.charger.append(
                one, .tick(SampleCharger.tick(begin.session, energy: 1_000_000, register: 5_000_000, after: 0))))
        ledger.charger.clock += 20_000
        records.append(
            try ledger.charger.append(
                one, .tick(SampleCharger.tick(begin.session, energy: 2_000_000, register: 5_000_000, after: 1))))
        records.append(
            try ledger.charger.append(
                one, .end(SampleCharger.end(begin.session, energy: 2_100_000, register: 5_000_000, ticks: 2))))
        return records
    }

    private static func settled(_ ledger: TestLedger, _ records: [SignedRecord]) throws -> SessionSettlement {
        let session = try #require(records.first?.record.body.session)
        return try #require(try ledger.settlement(session))
    }

    @Test("each kilowatt-hour costs what its hour costs, whether its record comes at once or behind an outage")
    func windows() throws {
        for outage in [false, true] {
            var ledger = try TestLedger(tariff: try Self.tariff())
            let records = try Self.records(&ledger, try ledger.grant(5_000_000))
            if outage {
                ledger.time += 40_000_000
                #expect(try ledger.send(Array(records[..<2])).code == 0)
                ledger.time += 1_000
                #expect(try ledger.send(Array(records[2...])).code == 0)
            } else {
                for signed in records {
                    ledger.time = try #require(signed.record.time.utc?.rawValue)
                    #expect(try ledger.send([signed]).code == 0)
                }
            }
            let settlement = try Self.settled(ledger, records)
            #expect(settlement.consumption.energies.map(\.rawValue) == [1_000_000, 1_100_000, 0])
            #expect(settlement.paid == Microunits(200_000 + 550_000))
            #expect(try ledger.money() == 10_000_000)
        }
    }

    @Test("a time that nobody vouches for has the price without a clock: a poor clock, one ahead, one behind")
    func unvouched() throws {
        func paid(_ change: (inout TestLedger) -> Void, without: Int64? = nil) throws -> Int64 {
            var ledger = try TestLedger(tariff: try Self.tariff(hourly: 3_600_000, without: without))
            let grant = try ledger.grant(9_000_000)
            change(&ledger)
            let records = try Self.records(&ledger, grant)
            #expect(try ledger.send(records).code == 0)
            return try Self.settled(ledger, records).paid.rawValue
        }
        let cheapest: Int64 = 420_000
        #expect(try paid { $0.charger.quality = .informative } == cheapest)
        #expect(try paid { $0.charger.quality = .unknown } == cheapest)
        #expect(try paid({ $0.charger.quality = .unknown }, without: 300_000) == 630_000)
        // All of it is ahead of the block but the begin: the tolerance is 10 s.
        #expect(try paid { _ in } == cheapest)
        // Behind what the chain has shown.
        #expect(
            try paid {
                $0.charger.clock -= 900_000
                $0.time += 900_000
            } == cheapest)
        // As it was: 201 s and 1 s from begin to end, and both hours.
        let whole = try paid { $0.time += 900_000 }
        #expect(whole == 200_000 + 550_000 + 213_000)
    }

    @Test("fees are due with the first energy, and a session without any costs nothing")
    func fees() throws {
        var ledger = try TestLedger(tariff: try Self.tariff(hourly: 36_000_000, session: 1_000))
        ledger.time += 900_000
        let grant = try ledger.grant(5_000_000)
        let begin = ledger.begin(grant)
        var records = [try ledger.charger.append(Self.one, .begin(begin))]
        ledger.charger.clock += 99_000
        records.append(
            try ledger.charger.append(
                Self.one, .end(SampleCharger.end(begin.session, energy: 0, register: 5_000_000, ticks: 0))))
        #expect(try ledger.send(records).code == 0)
        #expect(try Self.settled(ledger, records).paid == .zero)
        let next = ledger.begin(grant)
        records = [try ledger.charger.append(Self.one, .begin(next))]
        ledger.charger.clock += 99_000
        records.append(
            try ledger.charger.append(
                Self.one, .end(SampleCharger.end(next.session, energy: 1_000, register: 5_000_000, ticks: 0))))
        #expect(try ledger.send(records).code == 0)
        // 500 for the energy in the dear hour, 100 s at 36 an hour, 1000 once.
        #expect(try Self.settled(ledger, records).paid == Microunits(500 + 1_000_000 + 1_000))
    }

    @Test("a grant's limit of energy bounds all its sessions together; what lies beyond is recorded and unpaid")
    func energyLimit() throws {
        var ledger = try TestLedger()
        let body = TransactionBody.grant(
            device: ledger.charger.device, chain: Self.one, amount: Microunits(5_000_000), tariff: ledger.tariff.hash,
            expiry: UTCMilliseconds(ledger.time + 3_600_000), energyLimit: MilliwattHours(2_500_000))
        let transaction = try ledger.sign(body, by: ledger.payerKey)
        #expect(try ledger.apply(transaction.bytes).code == 0)
        let grant = GrantHash(exactly: transaction.hash)
        var paid: [Int64] = []
        for _ in 0..<3 {
            let records = try ledger.charger.session(
                Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
                endAt: 1_400_000)
            #expect(try ledger.send(records).code == 0)
            let settlement = try Self.settled(ledger, records)
            #expect(settlement.energy == MilliwattHours(1_400_000))
            paid.append(settlement.paid.rawValue)
        }
        #expect(paid == [420_000, 330_000, 0])
        #expect(try ledger.standing()?.energyLeft == .zero && ledger.money() == 10_000_000)
        // A used-up grant makes room for another.
        _ = try ledger.grant(20_000)
    }

    @Test("the platform's share is that of the begin; the settlement names it where it is not the ledger's first")
    func commission() throws {
        let member = try SampleCharger.key("member")
        let board = try Governance(
            threshold: 1, members: [SampleCharger.account(of: member)], releaseAuthorities: [])
        var ledger = try TestLedger(governance: board)
        let grant = try ledger.grant(5_000_000)
        func parameters(_ revision: UInt64, _ share: Int32) throws -> LedgerParameters {
            try LedgerParameters(
                commission: BasisPoints(share), minimumGrant: Microunits(10_000), toleranceMilliseconds: 10_000,
                evidenceWindowSeconds: 1_814_400, platform: TestLedger.platform, revision: revision,
                firstCommission: BasisPoints(250))
        }
        let first = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 2_000_000 - 1)
        #expect(try ledger.send(Array(first[..<2])).code == 0)
        let vote = Proposal(parameters: try parameters(1, 0), governance: nil)
        #expect(try ledger.send(.vote(vote), by: member).code == 0)
        #expect(try ledger.send(Array(first[2...])).code == 0)
        #expect(try Self.settled(ledger, first).commission == Microunits(14_999))
        #expect(try Self.settled(ledger, first).commissionRate == nil)
        let second = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_500_000)
        #expect(try ledger.send(second).code == 0)
        #expect(try Self.settled(ledger, second).commission == .zero)
        #expect(try Self.settled(ledger, second).commissionRate == BasisPoints(0))
        #expect(try ledger.money() == 10_000_000)
    }
}
