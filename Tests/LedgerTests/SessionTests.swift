import ChargerSamples
import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

@Suite("Sessions")
struct SessionTests {
    private let register: Int64 = 5_000_000

    private func opened(_ amount: Int64 = 3_000_000) throws -> (TestLedger, SessionID, GrantHash) {
        var ledger = try TestLedger()
        let grant = try ledger.grant(amount)
        let begin = ledger.begin(grant)
        let result = try ledger.send([try ledger.charger.append(.connector(1), .begin(begin))])
        #expect(result.code == 0, "\(result.log)")
        return (ledger, begin.session, grant)
    }

    private func tick(
        _ ledger: inout TestLedger, _ session: SessionID, energy: Int64, after index: UInt32
    ) throws -> TransactionResult {
        let body = SampleCharger.tick(session, energy: energy, register: register, after: index)
        return try ledger.send([try ledger.charger.append(.connector(1), .tick(body))])
    }

    /// Sends a record without moving the charger's chain: for records that are to be refused.
    private func attempt(_ ledger: TestLedger, _ body: RecordBody) throws -> TransactionResult {
        var copy = ledger
        let before = copy.state.values
        let result = try copy.send([try copy.charger.sign(copy.charger.next(.connector(1), body))])
        if result.code != 0 { #expect(copy.state.values == before) }
        return result
    }

    @Test("each tick pays the owner and the platform at once; the end pays the rest and writes the settlement")
    func payment() throws {
        var (ledger, session, grant) = try opened()
        #expect(try tick(&ledger, session, energy: 1_000_250, after: 0).code == 0)
        // floor(1 000 250 × 300 000 / 10^6) = 300 075; floor(300 075 × 250 / 10^4) = 7 501
        #expect(try ledger.balance(ledger.charger.owner) == 292_574)
        #expect(try ledger.balance(TestLedger.platform) == 7_501)
        #expect(try ledger.standing()?.spent == Microunits(300_075))
        // Two boundaries at once.
        #expect(try tick(&ledger, session, energy: 3_000_001, after: 1).code == 0)
        #expect(try ledger.standing()?.spent == Microunits(900_000))
        #expect(try ledger.balance(TestLedger.platform) == 22_500)
        let end = SampleCharger.end(session, energy: 3_400_004, register: register, ticks: 3)
        let last = try ledger.charger.append(.connector(1), .end(end))
        #expect(try ledger.send([last]).code == 0)
        let settlement = try #require(try ledger.settlement(session))
        #expect(settlement.energy == MilliwattHours(3_400_004))
        #expect(settlement.paid == Microunits(1_020_001) && settlement.commission == Microunits(25_500))
        #expect(settlement.owner == ledger.charger.owner)
        #expect(settlement.payer == PayerHash.derive(account: ledger.payer, session: session))
        #expect(settlement.beginSequence == 1 && settlement.endSequence == 4 && settlement.endHash == last.hash)
        #expect(settlement.tariff == ledger.tariff.hash && settlement.chain == .connector(1))
        #expect(try ledger.open() == nil)
        #expect(try ledger.balance(ledger.charger.owner) == 994_501)
        #expect(try ledger.balance(TestLedger.platform) == 25_500)
        // The remainder stays with the grant until it is released.
        #expect(try ledger.standing()?.remainder == Microunits(1_979_999))
        #expect(try ledger.standing()?.hash == grant)
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: .connector(1))
        #expect(try ledger.send(release, by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 - 1_020_001)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("energy beyond the grant is recorded and unpaid")
    func overshoot() throws {
        var (ledger, session, _) = try opened(500_000)
        #expect(try tick(&ledger, session, energy: 1_000_000, after: 0).code == 0)
        #expect(try tick(&ledger, session, energy: 2_000_000, after: 1).code == 0)
        #expect(try ledger.standing()?.remainder == .zero)
        let end = SampleCharger.end(session, energy: 2_900_000, register: register, ticks: 2)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .end(end))]).code == 0)
        let settlement = try #require(try ledger.settlement(session))
        #expect(settlement.energy == MilliwattHours(2_900_000))
        #expect(settlement.paid == Microunits(500_000) && settlement.commission == Microunits(12_500))
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("a grant's remainder serves the next session, which counts from zero")
    func secondSession() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let first = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash,
            ticksAt: [1_000_000, 2_000_000],
            endAt: 2_100_000)
        #expect(try ledger.send(first).code == 0)
        #expect(try ledger.standing()?.spent == Microunits(630_000))
        let second = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, register: 9_000_000,
            ticksAt: [1_000_000], endAt: 1_900_000)
        #expect(try ledger.send(second).code == 0)
        let session = try #require(second[0].record.body.session)
        // 570 000 would be due, 370 000 were left.
        #expect(try ledger.settlement(session)?.paid == Microunits(370_000))
        #expect(try ledger.standing()?.remainder == .zero)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("begin names a grant of this place, its payer and tariff, the derived session, and chain 0's record")
    func refusedBegin() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let good = ledger.begin(grant)
        var wrong: [Begin] = []
        wrong.append(ledger.begin(GrantHash(hashing: [1])))
        for change: (inout Begin) -> Void in [
            { $0.payer = PayerHash(hashing: [1]) }, { $0.tariff = TariffHash(hashing: [1]) },
            { $0.session = SessionID(exactly: [UInt8](repeating: 1, count: 16)) },
            { $0.deviceHead = RecordHash(hashing: [1]) },
        ] {
            var begin = good
            change(&begin)
            wrong.append(begin)
        }
        // All of another name, the payer's included.
        var renamed = good
        renamed.session = SessionID(exactly: [UInt8](repeating: 1, count: 16))
        renamed.payer = PayerHash.derive(account: ledger.payer, session: renamed.session)
        wrong.append(renamed)
        for (index, begin) in wrong.enumerated() {
            #expect(try attempt(ledger, .begin(begin)).code == 12, "\(index)")
        }
        // A grant of connector 1 opens nothing on connector 2, and no session belongs in chain 0.
        let elsewhere = ledger.begin(grant, chain: .connector(2))
        #expect(
            try ledger.send([try ledger.charger.sign(ledger.charger.next(.connector(2), .begin(elsewhere)))]).code == 12
        )
        #expect(try ledger.send([try ledger.charger.sign(ledger.charger.next(.device, .begin(good)))]).code == 12)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(good))]).code == 0)
        #expect(try attempt(ledger, .begin(ledger.begin(grant))).code == 12)
    }

    @Test("ticks and ends must fit the session's registers")
    func refusedTicks() throws {
        var (ledger, session, _) = try opened()
        #expect(try tick(&ledger, session, energy: 1_500_000, after: 0).code == 0)
        func bad(_ energy: Int64, after index: UInt32, _ change: (inout Tick) -> Void = { _ in }) -> RecordBody {
            var tick = SampleCharger.tick(session, energy: energy, register: register, after: index)
            change(&tick)
            return .tick(tick)
        }
        let wrong: [RecordBody] = [
            bad(1_900_000, after: 1),  // no boundary crossed
            bad(2_000_000, after: 0),  // counts a boundary twice
            bad(1_400_000, after: 0),  // energy falls
            bad(2_000_000, after: 1) {
                $0.index = 3; $0.count = 2
            },
            bad(3_200_000, after: 1) {
                $0.index = 2; $0.count = 1
            },  // a boundary is left out
            bad(2_000_000, after: 1) { $0.energy = MilliwattHours(2_000_001) },
            bad(2_000_000, after: 1) { $0.reading = SampleDevice.reading(6_999_999) },
            bad(2_000_000, after: 1) { $0.session = SessionID(exactly: [UInt8](repeating: 1, count: 16)) },
            bad(2_000_000, after: 1) {
                $0.index = 0; $0.count = 0
            },
            .end(SampleCharger.end(session, energy: 1_499_999, register: register, ticks: 1)),
            .end(SampleCharger.end(session, energy: 1_600_000, register: register, ticks: 2)),
            .end(SampleCharger.end(session, energy: 1_600_000, register: register + 1, ticks: 1)),
            .pause(Pause(session: .zero, reason: .car)),
        ]
        for (index, body) in wrong.enumerated() {
            let result = try attempt(ledger, body)
            #expect(result.code == 12, "\(index): \(result.log)")
        }
        #expect(try attempt(ledger, bad(2_000_000, after: 1)).code == 0)
        let huge = SampleCharger.tick(session, energy: .max - register, register: register, after: 1)
        var overflowing = huge
        overflowing.index = .max
        #expect(try attempt(ledger, .tick(overflowing)).code == 12)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), bad(2_000_000, after: 1))]).code == 0)
    }

    @Test("without a session only what needs none is accepted")
    func noSession() throws {
        let ledger = try TestLedger()
        let none = SessionID.zero
        for body: RecordBody in [
            .tick(SampleCharger.tick(none, energy: 1_000_000, register: register, after: 0)),
            .end(SampleCharger.end(none, energy: 1, register: register, ticks: 0)),
            .pause(Pause(session: none, reason: .car)), .resume(Resume(session: none)),
            .gap(
                Gap(
                    session: none, reason: .restart, milliseconds: 1, lastImport: .zero,
                    reading: SampleDevice.reading(1))),
        ] {
            #expect(try attempt(ledger, body).code == 12, "\(body.kind)")
        }
        let device = try SampleDevice()
        for body in try device.everyBody(full: true) where body.session == nil {
            switch body.kind {
            // What the sample accepts is no voucher; VoucherTests have real ones.
            case .voucherAcceptance: #expect(try attempt(ledger, body).code == 5)
            case .genesis, .open: #expect(try attempt(ledger, body).code == 8)
            case .keyChange: #expect(try attempt(ledger, body).code == 12)
            default: #expect(try attempt(ledger, body).code == 0, "\(body.kind)")
            }
        }
    }

    @Test("a begin record that comes after its grant went opens an unpaid session: the chain goes on")
    func lateBegin() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000, lifetime: 60_000)
        let late = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_200_000)
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: .connector(1))
        #expect(try ledger.send(release, by: ledger.payerKey).code == 0)
        #expect(try ledger.send(late).code == 0)
        let session = try #require(late[0].record.body.session)
        let settlement = try #require(try ledger.settlement(session))
        #expect(settlement.energy == MilliwattHours(1_200_000) && settlement.paid == .zero)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
        // But not under another payer or tariff than the grant had.
        var begin = ledger.begin(grant)
        begin.payer = PayerHash(hashing: [1])
        #expect(try attempt(ledger, .begin(begin)).code == 12)
    }

    @Test("after expiry a begin is paid only by its synchronised time, not before the chain's last record")
    func expiry() throws {
        func paid(quality: TimeQuality, begunAfter: Int64, arrivesAfter: Int64) throws -> Bool {
            var ledger = try TestLedger()
            let grant = try ledger.grant(1_000_000, lifetime: 60_000)
            // Something accepted before gives the chain a lower bound.
            let event = RecordBody.checkpoint(Checkpoint(heads: [], ledgerHeight: 1, ledgerHash: .zero))
            #expect(try ledger.send([try ledger.charger.append(.connector(1), event)]).code == 0)
            ledger.charger.quality = quality
            ledger.charger.clock = ledger.time + begunAfter
            ledger.time += arrivesAfter
            #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(ledger.begin(grant)))]).code == 0)
            let open = try #require(try ledger.open())
            // What the session then ticks is paid or not, though the grant still stands.
            #expect(try tick(&ledger, open.session, energy: 1_000_000, after: 0).code == 0)
            #expect(try ledger.standing()?.spent == Microunits(open.funded ? 300_000 : 0))
            #expect(try ledger.money() == 10_000_000)
            return open.funded
        }
        #expect(try paid(quality: .unknown, begunAfter: 0, arrivesAfter: 59_999))
        #expect(try !paid(quality: .unknown, begunAfter: 0, arrivesAfter: 60_000))
        #expect(try !paid(quality: .informative, begunAfter: 1_000, arrivesAfter: 60_000))
        #expect(try paid(quality: .synchronised, begunAfter: 59_999, arrivesAfter: 900_000))
        #expect(try !paid(quality: .synchronised, begunAfter: 60_000, arrivesAfter: 900_000))
        #expect(try paid(quality: .synchronised, begunAfter: -10_000, arrivesAfter: 900_000))
        #expect(try !paid(quality: .synchronised, begunAfter: -10_001, arrivesAfter: 900_000))
    }

    @Test("no kilowatt-hour is paid twice: a session below the last register is unpaid, unless a meter change says why")
    func setBack() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(5_000_000)
        let chain = ChainNumber.connector(1)
        func paid(from register: Int64) throws -> Int64 {
            let records = try ledger.charger.session(
                chain, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, register: register,
                ticksAt: [1_000_000], endAt: 1_000_000)
            #expect(try ledger.send(records).code == 0)
            let session = try #require(records[0].record.body.session)
            return try #require(try ledger.settlement(session)).paid.rawValue
        }
        #expect(try paid(from: 7_000_000) == 300_000)
        #expect(try paid(from: 7_999_999) == 0)
        // What was recorded and unpaid has moved the register, too.
        #expect(try paid(from: 8_999_998) == 0)
        #expect(try paid(from: 9_999_998) == 300_000)
        // A session far below leaves the mark where it was.
        #expect(try paid(from: 2_000_000) == 0)
        #expect(try paid(from: 3_000_000) == 0)
        #expect(try paid(from: 10_999_998) == 300_000)
        let change = MeterChange(
            before: SampleDevice.meter, lastImport: MilliwattHours(11_999_998), after: SampleDevice.meter,
            reading: SampleDevice.reading(40), technician: nil)
        #expect(try ledger.send([try ledger.charger.append(chain, .meterChange(change))]).code == 0)
        #expect(try paid(from: 39) == 0)
        #expect(try paid(from: 1_000_039) == 300_000)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("a rollback leaves the register where the lost session's last record had it")
    func setBackBehindARollback() throws {
        var (ledger, session, _) = try opened()
        #expect(try tick(&ledger, session, energy: 1_000_000, after: 0).code == 0)
        let head = try #require(try ledger.head())
        let rollback = RollbackDetected(
            journalSequence: 0, journalHash: .zero, provedSequence: head.sequence, ledgerHeight: 9)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .rollbackDetected(rollback))]).code == 0)
        let equipment = try ledger.read(.equipment(ledger.charger.device, .connector(1)), as: Equipment.self)
        #expect(equipment?.register == MilliwattHours(register + 1_000_000))
    }

    @Test("a rollover carries the register's modulus; a reset stops the counting until the end")
    func registers() throws {
        var (ledger, session, _) = try opened()
        let modulus: Int64 = 5_600_000
        let over = Rollover(
            session: session, lastImport: MilliwattHours(5_500_000), reading: SampleDevice.reading(100_000),
            modulus: MilliwattHours(modulus))
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .rollover(over))]).code == 0)
        #expect(try ledger.open()?.energy == MilliwattHours(700_000))
        // 1 000 000 since begin is register 400 000 now.
        var tick = SampleCharger.tick(session, energy: 1_000_000, register: register, after: 0)
        tick.reading = SampleDevice.reading(400_000)
        #expect(
            try attempt(ledger, .tick(SampleCharger.tick(session, energy: 1_000_000, register: register, after: 0)))
                .code == 12)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .tick(tick))]).code == 0)
        #expect(try ledger.standing()?.spent == Microunits(300_000))
        var gap = Gap(
            session: session, reason: .meterSilent, milliseconds: 9_000, lastImport: MilliwattHours(399_999),
            reading: SampleDevice.reading(450_000))
        #expect(try attempt(ledger, .gap(gap)).code == 12)
        gap.lastImport = MilliwattHours(410_000)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .gap(gap))]).code == 0)
        let reset = Reset(session: session, lastImport: MilliwattHours(500_000), reading: SampleDevice.reading(7))
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .reset(reset))]).code == 0)
        #expect(try ledger.open()?.energy == MilliwattHours(1_100_000))
        for body: RecordBody in [.tick(tick), .gap(gap), .rollover(over), .reset(reset)] {
            #expect(try attempt(ledger, body).code == 12, "\(body.kind)")
        }
        var end = SampleCharger.end(session, energy: 1_100_003, register: register, ticks: 1)
        end.reading = SampleDevice.reading(10)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .end(end))]).code == 0)
        #expect(try ledger.settlement(session)?.paid == Microunits(330_000))
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("owner, platform and payer may be one account; nothing is lost")
    func sameAccounts() throws {
        var ledger = try TestLedger()
        #expect(
            try ledger.send(
                .transfer(to: ledger.charger.owner, amount: Microunits(5_000_000)), by: ledger.payerKey
            ).code == 0)
        let body = TransactionBody.grant(
            device: ledger.charger.device, chain: .connector(1), amount: Microunits(1_000_000),
            tariff: ledger.tariff.hash, expiry: UTCMilliseconds(ledger.time + 60_000))
        let transaction = try ledger.sign(body, by: ledger.charger.ownerKey)
        #expect(try ledger.apply(transaction.bytes).code == 0)
        let records = try ledger.charger.session(
            .connector(1), grant: GrantHash(exactly: transaction.hash), payer: ledger.charger.owner,
            tariff: ledger.tariff.hash, ticksAt: [1_000_000], endAt: 1_000_000)
        #expect(try ledger.send(records).code == 0)
        #expect(try ledger.balance(ledger.charger.owner) == 4_000_000 + 292_500)
        #expect(try ledger.money() == 10_000_000)
    }
}
