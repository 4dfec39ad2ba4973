import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

/// Reservations, the owner's hours and priority, allowances, refunds.
@Suite("Sharing")
struct SharingTests {
    private static let one = ChainNumber.connector(1)
    private static let hour: Int64 = 3_600_000
    private static let deposit: Int64 = 40_000

    private static func ledger(deposit: Int64 = SharingTests.deposit, notice: Int64 = 0) throws -> TestLedger {
        var ledger = try TestLedger()
        let sharing = try Sharing(
            week: .utc, windows: [try WeeklyWindow(from: 0, to: 1_440)], deposit: Microunits(deposit),
            noticeMinutes: notice)
        #expect(try ledger.send(.share(device: ledger.charger.device, sharing), by: ledger.charger.ownerKey).code == 0)
        return ledger
    }

    private static func reservation(
        _ ledger: TestLedger, after lead: Int64 = SharingTests.hour, lasting: Int64 = SharingTests.hour,
        deposit: Int64 = SharingTests.deposit
    ) -> TransactionBody {
        .reserve(
            device: ledger.charger.device, chain: one, from: UTCMilliseconds(ledger.time + lead),
            until: UTCMilliseconds(ledger.time + lead + lasting), deposit: Microunits(deposit))
    }

    private static func reserve(
        _ ledger: inout TestLedger, by key: Curve25519.Signing.PrivateKey, after lead: Int64 = SharingTests.hour
    ) throws -> GrantHash {
        let transaction = try ledger.sign(reservation(ledger, after: lead), by: key)
        let result = try ledger.apply(transaction.bytes)
        #expect(result.code == 0, "\(result.log)")
        return GrantHash(exactly: transaction.hash)
    }

    private static func settle(_ ledger: TestLedger, _ hash: GrantHash) -> TransactionBody {
        .settleReservation(device: ledger.charger.device, chain: one, reservation: hash)
    }

    private static func waiting(_ ledger: TestLedger) throws -> [Reservation] {
        try ledger.read(.reservations(ledger.charger.device, one), as: Reservations.self)?.list ?? []
    }

    /// Somebody else with money.
    private static func guest(_ ledger: inout TestLedger) throws -> Curve25519.Signing.PrivateKey {
        let key = try SampleCharger.key("guest")
        let transfer = TransactionBody.transfer(to: SampleCharger.account(of: key), amount: Microunits(1_000_000))
        #expect(try ledger.send(transfer, by: ledger.payerKey).code == 0)
        return key
    }

    private static func grant(_ ledger: TestLedger) -> TransactionBody {
        .grant(
            device: ledger.charger.device, chain: one, amount: Microunits(600_000), tariff: ledger.tariff.hash,
            expiry: UTCMilliseconds(ledger.time + 6 * hour))
    }

    @Test("who comes has the deposit back at once; with the end of the session the connector is free")
    func arrival() throws {
        var ledger = try Self.ledger()
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 - Self.deposit)
        ledger.time += Self.hour - Reservation.earliness
        ledger.charger.clock = ledger.time
        let grant = try ledger.grant(1_000_000)
        let records = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [], endAt: 500_000)
        #expect(try ledger.send([records[0]]).code == 0)
        let waiting = try #require(try Self.waiting(ledger).first)
        #expect(waiting.hasCome && waiting.deposit == .zero && waiting.hash == hash)
        #expect(try ledger.balance(ledger.payer) == 9_000_000)
        #expect(try ledger.send([records[1]]).code == 0)
        #expect(try Self.waiting(ledger).isEmpty)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("who does not come pays the owner and the platform, not before the charger could have told otherwise")
    func noShow() throws {
        var ledger = try Self.ledger()
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        let anyone = try SampleCharger.key("anyone")
        ledger.time += Self.hour + 15 * 60_000 + Reservation.deliveryGrace - 1
        #expect(try ledger.send(Self.settle(ledger, hash), by: anyone).code == 6)
        ledger.time += 1
        #expect(try ledger.send(Self.settle(ledger, hash), by: anyone).code == 0)
        #expect(try ledger.balance(ledger.charger.owner) == Self.deposit - 1_000)
        #expect(try ledger.balance(TestLedger.platform) == 1_000 && ledger.money() == 10_000_000)
        #expect(try ledger.send(Self.settle(ledger, hash), by: anyone).code == 5)
    }

    @Test("a record of who came that arrives late still counts, by its own time")
    func lateArrival() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        ledger.time += Self.hour
        let grant = try ledger.grant(1_000_000)
        ledger.charger.clock = ledger.time + 60_000
        let begin = try ledger.charger.append(Self.one, .begin(ledger.begin(grant)))
        ledger.time += 2 * Self.hour
        #expect(try ledger.send([begin]).code == 0)
        #expect(try Self.waiting(ledger).first?.hasCome == true)
    }

    @Test("a charger that was out of order, claimed, or still another's gives the deposit back")
    func blocked() throws {
        func balanceAfter(_ block: (inout TestLedger) throws -> Void) throws -> Int64 {
            var ledger = try Self.ledger()
            let hash = try Self.reserve(&ledger, by: ledger.payerKey)
            try block(&ledger)
            ledger.time += 3 * Self.hour
            #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.payerKey).code == 0)
            #expect(try ledger.money() == 10_000_000)
            return try ledger.balance(ledger.payer)
        }
        #expect(try balanceAfter { _ in } == 10_000_000 - Self.deposit)
        let latched = RecordBody.event(.faultLatched(FaultLatched(code: 201)))
        for chain in [Self.one, .device] {
            #expect(
                try balanceAfter { _ = try $0.send([try $0.charger.append(chain, latched)]) } == 10_000_000)
        }
        #expect(
            try balanceAfter {
                let cleared = RecordBody.event(.faultCleared(FaultCleared(code: 201, by: .condition)))
                _ = try $0.send([
                    try $0.charger.append(Self.one, latched), try $0.charger.append(Self.one, cleared),
                ])
            } == 10_000_000 - Self.deposit)
        let others = try balanceAfter { ledger in
            let key = try Self.guest(&ledger)
            let transaction = try ledger.sign(Self.grant(ledger), by: key)
            try ledger.apply(transaction.bytes)
            let begin = ledger.charger.begin(
                Self.one, grant: GrantHash(exactly: transaction.hash), payer: SampleCharger.account(of: key),
                tariff: ledger.tariff.hash, register: 5_000_000)
            #expect(try ledger.send([try ledger.charger.append(Self.one, .begin(begin))]).code == 0)
        }
        #expect(others == 9_000_000)
    }

    /// Another's session that begins so long after the reservation's own begin, and ends before anyone settles.
    private static func occupied(from lead: Int64, until: Int64) throws -> Int64 {
        var ledger = try Self.ledger()
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        let key = try Self.guest(&ledger)
        ledger.time += hour + lead
        ledger.charger.clock = ledger.time
        let transaction = try ledger.sign(Self.grant(ledger), by: key)
        #expect(try ledger.apply(transaction.bytes).code == 0)
        let begin = ledger.charger.begin(
            one, grant: GrantHash(exactly: transaction.hash), payer: SampleCharger.account(of: key),
            tariff: ledger.tariff.hash, register: 5_000_000)
        #expect(try ledger.send([try ledger.charger.append(one, .begin(begin))]).code == 0)
        ledger.time += until - lead
        ledger.charger.clock = ledger.time
        let end = SampleCharger.end(begin.session, energy: 0, register: 5_000_000, ticks: 0)
        #expect(try ledger.send([try ledger.charger.append(one, .end(end))]).code == 0)
        ledger.time += 3 * hour
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.charger.ownerKey).code == 0)
        #expect(try ledger.money() == 10_000_000)
        return try ledger.balance(ledger.payer) - 9_000_000
    }

    @Test("what blocked a reservation counts though it is over when the deposit is settled")
    func blockedThen() throws {
        // Before it and into it; before it only; into the time behind what was kept.
        #expect(try Self.occupied(from: -1_800_000, until: 1_800_000) == 0)
        #expect(try Self.occupied(from: -1_800_000, until: -600_000) == -Self.deposit)
        #expect(try Self.occupied(from: 1_000_000, until: 1_800_000) == -Self.deposit)

        var ledger = try Self.ledger()
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        let latched = RecordBody.event(.faultLatched(FaultLatched(code: 201)))
        let cleared = RecordBody.event(.faultCleared(FaultCleared(code: 201, by: .condition)))
        #expect(try ledger.send([try ledger.charger.append(.device, latched)]).code == 0)
        ledger.time += 2 * Self.hour
        #expect(try ledger.send([try ledger.charger.append(.device, cleared)]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
        ledger.time += 3 * Self.hour
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.charger.ownerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.money() == 10_000_000)
    }

    @Test("whoever charges on from one reservation into the next has come for both")
    func chargesOn() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        _ = try Self.reserve(&ledger, by: ledger.payerKey, after: 2 * Self.hour)
        ledger.time += Self.hour
        ledger.charger.clock = ledger.time
        let grant = try ledger.grant(1_000_000, lifetime: 4 * Self.hour)
        let begin = ledger.begin(grant)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .begin(begin))]).code == 0)
        ledger.time += 2 * Self.hour - 1
        ledger.charger.clock = ledger.time
        let end = SampleCharger.end(begin.session, energy: 0, register: 5_000_000, ticks: 0)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .end(end))]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_000_000 && ledger.money() == 10_000_000)
    }

    @Test("an owner who asks for a longer notice later does not bind those who reserved before")
    func noticeIsKept() throws {
        var ledger = try Self.ledger()
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        let sharing = try Sharing(
            week: .utc, windows: [try WeeklyWindow(from: 0, to: 1_440)], deposit: Microunits(Self.deposit),
            noticeMinutes: 10_080)
        #expect(try ledger.send(.share(device: ledger.charger.device, sharing), by: ledger.charger.ownerKey).code == 0)
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
    }

    @Test("a grant that no session uses makes room for whoever reserved the connector for now")
    func grantMakesRoom() throws {
        var ledger = try Self.ledger()
        let guest = try Self.guest(&ledger)
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        #expect(try ledger.send(Self.grant(ledger), by: guest).code == 0)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 7)
        ledger.time += Self.hour
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 0)
        #expect(try ledger.standing()?.payer == ledger.payer)
        #expect(try ledger.balance(SampleCharger.account(of: guest)) == 1_000_000 && ledger.money() == 10_000_000)
    }

    @Test("it can be cancelled as long as the owner's notice allows, and only by who made it")
    func cancel() throws {
        var ledger = try Self.ledger(notice: 30)
        let hash = try Self.reserve(&ledger, by: ledger.payerKey)
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.charger.ownerKey).code == 6)
        ledger.time += Self.hour / 2
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.payerKey).code == 6)
        ledger.time -= 1
        #expect(try ledger.send(Self.settle(ledger, hash), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
    }

    @Test("times that overlap, lie too near, too far, are too long, or not in the owner's hours are refused")
    func refusals() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        let guest = try Self.guest(&ledger)
        func code(_ lead: Int64, _ lasting: Int64 = SharingTests.hour, deposit: Int64 = SharingTests.deposit) throws
            -> UInt32
        {
            var copy = ledger
            return try copy.send(Self.reservation(ledger, after: lead, lasting: lasting, deposit: deposit), by: guest)
                .code
        }
        #expect(try [code(Self.hour / 2), code(2 * Self.hour - 1)] == [7, 7])
        #expect(try [code(0, Self.hour), code(2 * Self.hour)] == [8, 0])
        #expect(try [code(119_999, 900_000), code(120_000, 900_000), code(120_000, 899_999)] == [8, 0, 8])
        #expect(try [code(4 * Self.hour, 24 * Self.hour), code(4 * Self.hour, 24 * Self.hour + 1)] == [0, 8])
        #expect(try [code(720 * Self.hour), code(720 * Self.hour + 1)] == [0, 8])
        #expect(try code(5 * Self.hour, deposit: Self.deposit - 1) == 8)
        // 11:06:40; shared until 14:00.
        let sharing = try Sharing(
            week: .utc, windows: [try WeeklyWindow(from: 600, to: 840)], deposit: Microunits(Self.deposit))
        try ledger.send(.share(device: ledger.charger.device, sharing), by: ledger.charger.ownerKey)
        #expect(try [code(2 * Self.hour, 3_200_000), code(2 * Self.hour, 3_200_001)] == [0, 8])
        #expect(try code(4 * Self.hour) == 8)
        // The owner is not bound by these hours.
        #expect(
            try ledger.send(Self.reservation(ledger, after: 4 * Self.hour, deposit: 0), by: ledger.charger.ownerKey)
                .code
                == 8)
        try ledger.send(.transfer(to: ledger.charger.owner, amount: Microunits(90_000)), by: ledger.payerKey)
        #expect(
            try ledger.send(Self.reservation(ledger, after: 4 * Self.hour), by: ledger.charger.ownerKey).code == 0)
    }

    @Test(
        "a reserved connector takes no grant of another, and is not paid for another's session; a minute later it is free"
    )
    func keptForOne() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        let guest = try Self.guest(&ledger)
        let early = try ledger.sign(Self.grant(ledger), by: guest)
        #expect(try ledger.apply(early.bytes).code == 0)
        ledger.time += Self.hour
        ledger.charger.clock = ledger.time
        var other = ledger
        let second = TransactionBody.releaseGrant(device: ledger.charger.device, chain: Self.one)
        #expect(try other.send(second, by: guest).code == 0)
        #expect(try other.send(Self.grant(other), by: guest).code == 6)
        other.time += 15 * 60_000
        #expect(try other.send(Self.grant(other), by: guest).code == 0)
        // A charger that lets the other begin all the same.
        let begin = ledger.charger.begin(
            Self.one, grant: GrantHash(exactly: early.hash), payer: SampleCharger.account(of: guest),
            tariff: ledger.tariff.hash, register: 5_000_000)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .begin(begin))]).code == 0)
        #expect(try ledger.open()?.funded == false)
    }

    @Test(
        "another's unused grant makes room for who reserved the connector, and for the owner who claimed it, for nobody else"
    )
    func makesRoom() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        let guest = try Self.guest(&ledger)
        let (owner, device) = (ledger.charger.ownerKey, ledger.charger.device)
        try ledger.send(.transfer(to: ledger.charger.owner, amount: Microunits(900_000)), by: ledger.payerKey)
        #expect(try ledger.send(Self.grant(ledger), by: guest).code == 0)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 7)
        ledger.time += Self.hour
        #expect(try ledger.send(Self.grant(ledger), by: owner).code == 7)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(SampleCharger.account(of: guest)) == 1_000_000)
        #expect(try ledger.standing()?.payer == ledger.payer)
        let until = UTCMilliseconds(ledger.time + Self.hour)
        #expect(try ledger.send(.claim(device: device, chain: Self.one, until: until), by: owner).code == 0)
        #expect(try ledger.send(Self.grant(ledger), by: owner).code == 0)
        #expect(try ledger.standing()?.payer == ledger.charger.owner)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 6)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("the owner's claim ends reservations, refuses guests' grants, and is over at its time or before")
    func claims() throws {
        var ledger = try Self.ledger()
        _ = try Self.reserve(&ledger, by: ledger.payerKey)
        let (owner, device) = (ledger.charger.ownerKey, ledger.charger.device)
        func claim(_ until: Int64) -> TransactionBody {
            .claim(device: device, chain: Self.one, until: UTCMilliseconds(until))
        }
        #expect(try ledger.send(claim(ledger.time + Self.hour), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(claim(ledger.time + 24 * Self.hour + 1), by: owner).code == 8)
        #expect(try ledger.send(claim(ledger.time + Self.hour), by: owner).code == 0)
        #expect(try Self.waiting(ledger).count == 1)
        #expect(try ledger.send(claim(ledger.time + Self.hour + 1), by: owner).code == 0)
        #expect(try Self.waiting(ledger).isEmpty && ledger.balance(ledger.payer) == 10_000_000)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(Self.reservation(ledger), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(claim(ledger.time), by: owner).code == 0)
        #expect(try ledger.send(Self.grant(ledger), by: ledger.payerKey).code == 0)
    }

    // MARK: Allowances

    private static func allow(
        _ ledger: inout TestLedger, bearer: AccountID, operatedBy: AccountID? = nil, amount: Int64 = 1_000_000,
        price: Int64 = TestLedger.price
    ) throws -> GrantHash {
        let body = TransactionBody.allow(
            bearer: bearer, operatedBy: operatedBy, amount: Microunits(amount), highestPrice: .init(price),
            expiry: UTCMilliseconds(ledger.time + 100 * hour))
        let transaction = try ledger.sign(body, by: ledger.payerKey)
        #expect(try ledger.apply(transaction.bytes).code == 0)
        return GrantHash(exactly: transaction.hash)
    }

    private static func draw(
        _ ledger: TestLedger, _ allowance: GrantHash, _ amount: Int64 = 600_000, lasting: Int64 = SharingTests.hour
    ) -> TransactionBody {
        .draw(
            allowance: allowance, device: ledger.charger.device, chain: one, amount: Microunits(amount),
            tariff: ledger.tariff.hash, expiry: UTCMilliseconds(ledger.time + lasting))
    }

    @Test("a bearer draws a grant that the payer pays; what it leaves goes back to the allowance, then to the payer")
    func allowance() throws {
        var ledger = try TestLedger()
        let bearer = try SampleCharger.key("card")
        let allowance = try Self.allow(&ledger, bearer: SampleCharger.account(of: bearer))
        func left() throws -> Int64? {
            try ledger.read(.allowance(allowance), as: Allowance.self)?.amount.rawValue
        }
        #expect(try ledger.send(Self.draw(ledger, allowance), by: ledger.charger.ownerKey).code == 6)
        let drawn = try ledger.sign(Self.draw(ledger, allowance), by: bearer)
        #expect(try ledger.apply(drawn.bytes).code == 0)
        #expect(try left() == 400_000 && ledger.standing()?.payer == ledger.payer)
        let records = try ledger.charger.session(
            Self.one, grant: GrantHash(exactly: drawn.hash), payer: ledger.payer, tariff: ledger.tariff.hash,
            ticksAt: [1_000_000], endAt: 1_200_000)
        #expect(try ledger.send(records).code == 0)
        let release = TransactionBody.releaseGrant(device: ledger.charger.device, chain: Self.one)
        #expect(try ledger.send(release, by: ledger.charger.ownerKey).code == 6)
        #expect(try ledger.send(release, by: bearer).code == 0)
        #expect(try left() == 640_000 && ledger.money() == 10_000_000)
        #expect(try ledger.send(.releaseAllowance(allowance), by: bearer).code == 6)
        #expect(try ledger.send(.releaseAllowance(allowance), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 - 360_000 && left() == nil)
    }

    @Test("an allowance pays no dearer tariff, no other operator, not more than it has, not after its time")
    func allowanceBounds() throws {
        var ledger = try TestLedger()
        let bearer = try SampleCharger.key("card")
        let account = SampleCharger.account(of: bearer)
        let cheap = try Self.allow(&ledger, bearer: account, price: TestLedger.price - 1)
        #expect(try ledger.send(Self.draw(ledger, cheap), by: bearer).code == 8)
        let operatedBy = SampleCharger.account(of: try SampleCharger.key("operator"))
        let bound = try Self.allow(&ledger, bearer: account, operatedBy: operatedBy)
        #expect(try ledger.send(Self.draw(ledger, bound), by: bearer).code == 8)
        #expect(
            try ledger.send(.registerOperator(try Operator(name: "O", contact: "C")), by: SampleCharger.key("operator"))
                .code == 0)
        let connector = Site.Connector(socket: .type2Socket, current: Milliamps(16_000), phases: 3)
        let site = try Site(
            name: "S", latitude: 0, longitude: 0, operatedBy: operatedBy, connectors: [connector, connector])
        #expect(
            try ledger.send(.describe(device: ledger.charger.device, site), by: ledger.charger.ownerKey).code == 0)
        #expect(try ledger.send(Self.draw(ledger, bound, 1_000_001), by: bearer).code == 4)
        #expect(try ledger.send(Self.draw(ledger, bound, lasting: 101 * Self.hour), by: bearer).code == 8)
        #expect(try ledger.send(Self.draw(ledger, bound), by: bearer).code == 0)
        // One grant a connector; its own remainder makes room where it is over.
        #expect(try ledger.send(Self.draw(ledger, bound, 400_000), by: bearer).code == 7)
        ledger.time += Self.hour
        #expect(try ledger.send(Self.draw(ledger, bound, 1_000_000), by: bearer).code == 0)
        ledger.time += 99 * Self.hour
        #expect(try ledger.send(Self.draw(ledger, bound), by: bearer).code == 8)
        #expect(try ledger.send(.releaseAllowance(bound), by: bearer).code == 0)
        #expect(try ledger.money() == 10_000_000)
    }

    @Test("an owner gives back at most what a session paid, to who paid it")
    func refunds() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let records = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_000_000)
        #expect(try ledger.send(records).code == 0)
        let session = try #require(records[0].record.body.session)
        func refund(_ amount: Int64, to payer: AccountID) -> TransactionBody {
            .refund(device: ledger.charger.device, session: session, payer: payer, amount: Microunits(amount))
        }
        let owner = ledger.charger.ownerKey
        let body = refund(100_000, to: ledger.payer)
        #expect(try ledger.send(body, by: ledger.payerKey).code == 6)
        #expect(try ledger.send(refund(100_000, to: ledger.charger.owner), by: owner).code == 8)
        #expect(try ledger.send(body, by: owner).code == 0)
        #expect(try ledger.send(refund(200_001, to: ledger.payer), by: owner).code == 8)
        // All but the commission is there.
        #expect(try ledger.send(refund(200_000, to: ledger.payer), by: owner).code == 4)
        #expect(try ledger.send(refund(192_500, to: ledger.payer), by: owner).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_000_000 + 292_500 && ledger.money() == 10_000_000)
    }
}
