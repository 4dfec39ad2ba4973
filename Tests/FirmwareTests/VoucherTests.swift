import ChargeControl
import Crypto
import Journal
import Ledger
import LightClient
import Metering
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

/// The offline policy "vouchers" at the record desk, settled by the ledger's own transition.
@Suite("Vouchers at the record desk")
struct VoucherTests {
    private static let one = DeskRig.connector

    /// A charger that is registered, has proved all there is, and has lost the ledger.
    private func offline(connectors: Int = 1, limits: VoucherLimits? = DeskRig.offlineLimits) throws -> (
        DeskRig, DeskLedger
    ) {
        let rig = try DeskRig(connectors: connectors, vouchers: limits)
        try rig.bringUp()
        let ledger = try rig.proveAndLoseLedger()
        return (rig, ledger)
    }

    private func voucher(
        _ rig: DeskRig, _ amount: Int64 = 2_000_000, number: UInt64 = 1, price: Int64 = DeskLedger.price,
        left: Int64 = 3_600_000, ledger: String? = nil, device: DeviceID? = nil
    ) throws -> Voucher {
        let now = try DeskRig.headerTime().unixMilliseconds
        return try Voucher.sign(
            Voucher.Terms(
                number: number, amount: Microunits(amount), highestPrice: PricePerKilowattHour(price),
                expiry: UTCMilliseconds(now + left), device: device),
            key: rig.payerKey, ledger: try ledger.map { try LedgerChainID($0) } ?? rig.ledger)
    }

    private func present(_ rig: DeskRig, _ voucher: Voucher, at connector: Int? = nil) -> String {
        rig.desk.answer(.voucher(Hexadecimal.encode(voucher.bytes), connector: connector.map { "\($0)" }))
    }

    @Test("sells on a voucher while the ledger is out of reach, and the ledger pays when it is back")
    func sells() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig)
        #expect(present(rig, voucher) == "ok")
        let authorizations = rig.told().compactMap { command -> Authorization? in
            if case .authorization(let authorization) = command { authorization } else { nil }
        }
        #expect(authorizations.map(\.energyLimit) == [MilliwattHours(2_000_000)])
        try rig.charge(600_000, from: 10, register: 1_000_000)
        #expect(try rig.kinds() == [.voucherAcceptance, .begin, .end])
        let records = try rig.desk.journal.records(of: Self.one)
        guard case .voucherAcceptance(let acceptance) = records[0].record.body,
            case .begin(let begin) = records[1].record.body
        else { return }
        #expect(acceptance.voucher == voucher.bytes && acceptance.amount == Microunits(2_000_000))
        #expect(begin.grant == voucher.hash && begin.isPaid(by: rig.payer))
        #expect(begin.energyLimit == MilliwattHours(2_000_000))
        try RecordDeskTests().verify(rig)
        let before = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        try ledger.sendAll()
        #expect(try ledger.settlement(begin.session)?.paid == Microunits(600_000))
        let after = try #require(try ledger.read(.account(rig.payer), as: Account.self)).balance
        #expect(before - after == Microunits(600_000))
        #expect(rig.desk.bar == nil)
    }

    @Test("sells on a voucher as well when trust in the ledger is halted, and says why it does not ask it")
    func halted() throws {
        let (rig, _) = try offline()
        let hash = Hash.sha256([1])
        let halt = TrustHalt(
            divergence: Divergence(
                kind: .lunatic, commonHeight: 5, commonHash: hash, primaryHeight: 9, primaryHash: hash,
                witness: "http://b:1", witnessHeight: 9, witnessHash: .sha256([2])),
            primary: "http://a:1", time: try DeskRig.headerTime())
        rig.desk.handle(.halted(halt))
        #expect(rig.status.current.ledger.reachable == false)
        #expect(rig.status.current.ledger.problem == "\(halt)")
        #expect(rig.desk.bar == nil, "a halt of trust stops no records")
        #expect(present(rig, try voucher(rig)) == "ok")
    }

    @Test("a session on a voucher goes on when the ledger is back and knows of no grant")
    func goesOn() throws {
        let (rig, ledger) = try offline()
        #expect(present(rig, try voucher(rig)) == "ok")
        let slot = try #require(rig.first.offered).slot
        // The ledger is back before the car is plugged in: who presented it a moment ago charges.
        rig.desk.handle(.grant(Self.one, nil))
        try rig.look()
        #expect(rig.first.offered?.slot == slot)
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        _ = rig.told()
        try ledger.sendAll()
        rig.desk.handle(.grant(Self.one, nil))
        try rig.look()
        #expect(rig.first.offered?.slot == slot)
        let withdrawn = rig.told().contains { if case .noAuthorization = $0 { true } else { false } }
        #expect(!withdrawn)
    }

    @Test("what is refused, and why; nothing is offered")
    func refusals() throws {
        let (rig, _) = try offline()
        func refused(_ voucher: Voucher, _ words: String) {
            let answer = present(rig, voucher)
            #expect(answer.hasPrefix("error: ") && answer.contains(words), "\(answer)")
            #expect(rig.first.offered == nil && rig.told().isEmpty)
        }
        refused(try voucher(rig, ledger: "another"), "signature of voucher")
        refused(try voucher(rig, price: DeskLedger.price - 1), "tariff on a voucher")
        refused(try voucher(rig, left: -1), "expired")
        refused(try voucher(rig, device: DeviceID(hashing: [1])), "charger")
        #expect(rig.desk.answer(.voucher("0g", connector: nil)).contains("hexadecimal"))
        #expect(rig.desk.answer(.voucher("00", connector: nil)).contains("voucher"))
        #expect(rig.desk.answer(.voucher("00", connector: "2")).contains("connector from 1 to 1"))
        // The header bounds a clock that runs behind.
        rig.desk.ledgerTime = UTCMilliseconds(try DeskRig.headerTime().unixMilliseconds + 3_600_000)
        refused(try voucher(rig), "expired")
        rig.desk.ledgerTime = nil
        rig.desk.isLedgerReachable = true
        refused(try voucher(rig), "in reach")
        rig.desk.isLedgerReachable = false
        rig.desk.tariff = nil
        refused(try voucher(rig), "no tariff")
    }

    @Test("without the policy, on a frozen charger, and before the heads are proved nothing is taken")
    func notTaken() throws {
        let (rig, _) = try offline(limits: nil)
        #expect(present(rig, try voucher(rig)).contains("not taken here"))
        let (other, ledger) = try offline()
        try ledger.tellRegistration { $0.isFrozen = true }
        #expect(present(other, try voucher(other)).contains("frozen"))
        let fresh = try DeskRig(vouchers: DeskRig.offlineLimits)
        try fresh.desk.start(keysAreNew: true)
        #expect(present(fresh, try voucher(fresh)).contains("records cannot be written"))
    }

    @Test("no voucher is taken twice before the ledger has the first, and all together stay within the owner's limit")
    func risk() throws {
        let (rig, ledger) = try offline()
        let large = try voucher(rig, 9_000_000)
        #expect(present(rig, large) == "ok")
        #expect(rig.first.offered?.energyLimit == MilliwattHours(3_000_000), "the limit of a session")
        #expect(present(rig, try voucher(rig, number: 2)).contains("taken"))
        try rig.charge(600_000, from: 10, register: 1_000_000)
        #expect(present(rig, large).contains("was taken here already"))
        #expect(present(rig, try voucher(rig, 9_000_000, number: 3)) == "ok")
        #expect(rig.first.offered?.energyLimit == MilliwattHours(2_000_000), "what is left of the limit of all")
        try rig.charge(100_000, from: 20, register: 2_000_000)
        #expect(present(rig, try voucher(rig, number: 4)).contains("5000000 do"))
        try ledger.sendAll()
        #expect(present(rig, try voucher(rig, number: 4)) == "ok")
    }

    @Test("the same voucher is not sold on two connectors at once")
    func twoConnectors() throws {
        let (rig, _) = try offline(connectors: 2)
        let voucher = try voucher(rig)
        #expect(present(rig, voucher).contains("connector from 1 to 2, got none"))
        #expect(present(rig, voucher, at: 2) == "ok")
        #expect(present(rig, voucher, at: 1).contains("was taken here already"))
    }

    @Test("a voucher that no car comes for is let go, without a record; the records after a stop end its session")
    func lettingGo() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig)
        #expect(present(rig, voucher) == "ok")
        let now = SystemClock.now()
        guard case .voucher(let acceptance, let tariff, _)? = rig.first.offer else { return }
        rig.first.offer = .voucher(acceptance, tariff, presented: now - ConnectorDesk.voucherValidity + .seconds(5))
        rig.desk.rest()
        #expect(rig.first.offered != nil)
        rig.first.offer = .voucher(acceptance, tariff, presented: now - ConnectorDesk.voucherValidity - .seconds(1))
        rig.desk.rest()
        #expect(rig.first.offered == nil)
        #expect(try rig.kinds() == [])
        // Again, and the power fails in the session.
        #expect(present(rig, voucher) == "ok")
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        try rig.restart()
        try rig.bringUp(register: 1_400_000)
        #expect(try rig.kinds() == [.voucherAcceptance, .begin, .gap, .end])
        try ledger.sendAll()
        #expect(try ledger.read(.voucher(voucher.hash), as: VoucherUse.self)?.spent == Microunits(400_000))
    }

    /// Caught by: `takeUpVouchers` at the start.
    @Test("over a restart, what was accepted counts against the owner's limit until the ledger has it")
    func riskOverRestart() throws {
        let (rig, ledger) = try offline()
        let large = try voucher(rig, 9_000_000)
        #expect(present(rig, large) == "ok")
        try rig.charge(600_000, from: 10, register: 1_000_000)
        try rig.restart()
        try rig.bringUp(register: 2_000_000)
        try ledger.tellRegistration()
        rig.loseLedger()
        #expect(present(rig, large).contains("was taken here already"))
        #expect(present(rig, try voucher(rig, 9_000_000, number: 2)) == "ok")
        #expect(rig.first.offered?.energyLimit == MilliwattHours(2_000_000))
        rig.first.withdrawOffer()
        try ledger.sendAll()
        #expect(present(rig, large).contains("was taken here already"), "it pays one session")
        #expect(present(rig, try voucher(rig, 9_000_000, number: 3)) == "ok")
        #expect(rig.first.offered?.energyLimit == MilliwattHours(3_000_000))
    }

    /// Caught by: each condition of `stands` for a voucher.
    @Test("an offer on a voucher is void once its charger is frozen or unregistered, or the voucher has expired")
    func voidOffer() throws {
        func begins(_ change: (DeskRig, DeskLedger) throws -> Void) throws -> Bool {
            let (rig, ledger) = try offline()
            #expect(present(rig, try voucher(rig)) == "ok")
            try change(rig, ledger)
            let slot = try #require(rig.first.offered).slot
            rig.order(
                .begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
            #expect((rig.first.offered == nil) == (try rig.kinds() == []))
            return try rig.kinds() == [.voucherAcceptance, .begin]
        }
        #expect(try begins { _, _ in })
        #expect(try !begins { _, ledger in try ledger.tellRegistration { $0.isFrozen = true } })
        #expect(try !begins { rig, _ in rig.desk.handle(.registration(nil)) })
        #expect(
            try !begins { rig, _ in
                rig.desk.ledgerTime = UTCMilliseconds(try DeskRig.headerTime().unixMilliseconds + 3_600_000)
            })
    }

    /// Caught by: counting each connector's offer, and counting once what is offered and accepted.
    @Test("two connectors share the owner's limit, offered or sold on, until the ledger has it and no session runs")
    func sharedLimit() throws {
        let (rig, ledger) = try offline(connectors: 2)
        #expect(present(rig, try voucher(rig, 9_000_000, number: 1), at: 1) == "ok")
        #expect(present(rig, try voucher(rig, 9_000_000, number: 2), at: 2) == "ok")
        #expect(rig.desk.connectors[1].offered?.energyLimit == MilliwattHours(2_000_000))
        rig.desk.connectors[1].withdrawOffer()
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(present(rig, try voucher(rig, 9_000_000, number: 3), at: 2) == "ok")
        #expect(rig.desk.connectors[1].offered?.energyLimit == MilliwattHours(2_000_000), "counted once")
        rig.desk.connectors[1].withdrawOffer()
        // The ledger has the acceptance, not what comes of it.
        try ledger.sendAll()
        #expect(present(rig, try voucher(rig, 9_000_000, number: 1), at: 2).contains("was taken here already"))
        #expect(present(rig, try voucher(rig, 9_000_000, number: 4), at: 2) == "ok")
        #expect(rig.desk.connectors[1].offered?.energyLimit == MilliwattHours(2_000_000))
    }

    /// Caught by: the guards of `present` and `whatSells`, one by one.
    @Test("nothing is offered in a session, on a grant's offer, without a meter, or without a tariff that is proved")
    func busy() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig)
        let meter = rig.first.meter
        rig.first.meter = nil
        #expect(present(rig, voucher).contains("meter does not answer"))
        rig.first.meter = meter
        let reading = rig.first.reading
        rig.first.reading = nil
        #expect(present(rig, voucher).contains("meter does not answer"))
        rig.first.reading = reading
        try ledger.tellRegistration { $0.tariff = TariffHash(hashing: [1]) }
        #expect(present(rig, voucher).contains("no tariff"))
        try ledger.tellRegistration()
        rig.desk.handle(.registration(nil))
        #expect(present(rig, voucher).contains("no tariff"))
        try ledger.tellRegistration()
        #expect(present(rig, voucher) == "ok")
        let slot = try #require(rig.first.offered).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        // The core was told to stop; the session's end is not here yet.
        rig.first.withdrawOffer()
        #expect(present(rig, try self.voucher(rig, number: 2)).contains("the connector is taken"))
    }

    /// Caught by: the rest of the guards of `present` and `whatSells`.
    @Test("nothing is offered while records are owed, or a session of the last stop, or for less than a milliwatt-hour")
    func owed() throws {
        let (rig, ledger) = try offline()
        let voucher = try voucher(rig)
        rig.desk.rollback = .rollback(chain: Self.one, proved: 2, journal: 1)
        #expect(present(rig, voucher).contains("records are owed"))
        rig.desk.rollback = nil
        let export = OwedExport(session: .zero, first: 1, last: 1, page: 1)
        (rig.first.owedExports, rig.first.exportMissedAt) = ([export], SystemClock.now())
        #expect(present(rig, voucher).contains("records are owed"))
        (rig.first.owedExports, rig.first.exportMissedAt) = ([], nil)
        let dear = try Tariff(name: "Dear", price: PricePerKilowattHour(3 * DeskLedger.price))
        try ledger.tellRegistration { $0.tariff = dear.hash }
        rig.desk.handle(.tariff(dear))
        #expect(present(rig, try self.voucher(rig, 2, price: 3 * DeskLedger.price)).contains("buys no energy"))
        try ledger.tellRegistration()
        #expect(present(rig, voucher) == "ok")
        let offered = try #require(rig.first.offered)
        #expect(try #require(offered.deadline) - SystemClock.now() <= .milliseconds(3_600_000))
        rig.order(
            .begin(DeskRig.mark(offered.slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000)
        )
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        try ledger.tellRegistration()
        rig.loseLedger()
        #expect(present(rig, voucher).contains("the connector is taken"))
        rig.first.interrupted = nil
        rig.prove(Self.one)
        #expect(present(rig, voucher).contains("records cannot be written"), "chain 0 is not proved")
    }

    @Test("a clock that is not set takes no voucher")
    func noClock() throws {
        let rig = try DeskRig(vouchers: DeskRig.offlineLimits)
        rig.clock = { ClockReading(utc: 40_000, sinceBoot: 40_000, kernel: .free) }
        try rig.restart()
        try rig.bringUp()
        let ledger = try DeskLedger(rig)
        try ledger.prove()
        try ledger.tellRegistration()
        rig.loseLedger()
        #expect(present(rig, try voucher(rig)).contains("clock is not set"))
    }

    @Test("a price that was proved too long ago sells nothing: by the time since then, and by the wall clock")
    func proofAge() throws {
        let (rig, _) = try offline()
        let voucher = try voucher(rig)
        let hours = DeskRig.offlineLimits.proofsAtMost.rawValue / 3_600_000_000_000
        #expect(hours == 72)
        rig.desk.provedAt = SystemClock.now() - .seconds(hours * 3_600 + 61)
        #expect(present(rig, voucher).contains("proved 4321 minutes ago, at most 4320 are allowed"))
        rig.desk.provedAt = SystemClock.now() - .seconds(hours * 3_600 - 61)
        #expect(present(rig, voucher) == "ok")
        // Too old by the time the car comes: nothing begins.
        let slot = try #require(rig.first.offered).slot
        rig.desk.provedAt = SystemClock.now() - .seconds(hours * 3_600 + 1)
        rig.read(10...10, 1_000_000)
        rig.order(
            .begin(DeskRig.mark(slot, number: 10, register: 1_000_000, energy: 0)), DeskRig.reading(10, 1_000_000))
        #expect(try rig.kinds().isEmpty)
    }

    @Test("time that the machine slept through counts for the age of a proof, where the clock knows of it")
    func proofAgeAsleep() throws {
        let rig = try DeskRig(vouchers: DeskRig.offlineLimits)
        let header = try DeskRig.headerTime().unixMilliseconds
        let slept: @Sendable (Int64) -> (@Sendable () -> ClockReading) = { hours in
            { ClockReading(utc: header + hours * 3_600_000, sinceBoot: 40_000, kernel: .free) }
        }
        for (hours, words) in [(Int64(71), "ok"), (73, "proved 4380 minutes ago")] {
            rig.clock = slept(hours)
            try rig.restart()
            try rig.bringUp()
            let ledger = try DeskLedger(rig)
            try ledger.prove()
            try ledger.tellRegistration()
            try rig.look()
            rig.loseLedger()
            let voucher = try voucher(rig, left: 100 * 3_600_000)
            #expect(present(rig, voucher).contains(words), "\(hours) hours")
        }
    }
}
