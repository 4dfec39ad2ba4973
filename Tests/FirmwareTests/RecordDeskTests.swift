import ChargeControl
import Journal
import Ledger
import Metering
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

@Suite("The record desk")
struct RecordDeskTests {
    @Test("a new device writes genesis at once, and nothing else before its heads are proved")
    func genesis() throws {
        let rig = try DeskRig()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        #expect(try rig.kinds(.device) == [.genesis])
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0))
        #expect(try rig.kinds() == [])
        rig.prove(DeskRig.connector)
        // What was held is written, in order, once the head is proved.
        #expect(try rig.kinds() == [.event])
    }

    @Test("keys that were there before sign no genesis until the ledger proved that it has none")
    func oldKeys() throws {
        let rig = try DeskRig()
        try rig.restart()
        #expect(!rig.madeKeys)
        try rig.desk.start(keysAreNew: rig.madeKeys)
        #expect(try rig.kinds(.device) == [])
        rig.desk.handle(.provedHead(.device, nil))
        #expect(try rig.kinds(.device) == [.genesis])
    }

    @Test("another owner than genesis states is refused")
    func otherIdentity() throws {
        let rig = try DeskRig()
        try rig.desk.start(keysAreNew: true)
        try rig.restart()
        let other = try otherOwner(rig)
        #expect(throws: SaleBar.self) { try other.start(keysAreNew: false) }
        #expect(other.bar != nil)
    }

    @Test("a grant is offered after a whole look at the ledger, for what it still pays")
    func offer() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000, spent: 2_000_000)))
        #expect(rig.told().isEmpty)
        try rig.look()
        let authorization = try #require(authorizations(rig.told()).first)
        #expect(authorization.energyLimit == MilliwattHours(3_000_000))
        // The same grant again is no news.
        try rig.look()
        #expect(rig.told().isEmpty)
        rig.desk.handle(.grant(DeskRig.connector, nil))
        try rig.look()
        #expect(rig.told().contains { if case .noAuthorization = $0 { true } else { false } })
    }

    @Test("no offer: expired, spent, without a meter reading")
    func noOffer() throws {
        for (amount, spent, expiry) in [(5, 5, 3_600_000), (5, 0, 0), (5, 0, -1)] as [(Int64, Int64, Int64)] {
            let rig = try DeskRig()
            try rig.bringUp()
            rig.desk.handle(.grant(DeskRig.connector, try rig.grant(amount, spent: spent, expiresIn: expiry)))
            try rig.look()
            #expect(authorizations(rig.told()).isEmpty, "\(amount) \(spent) \(expiry)")
        }
        let rig = try DeskRig()
        try rig.desk.start(keysAreNew: true)
        rig.prove(DeskRig.connector)
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        #expect(authorizations(rig.told()).isEmpty)
    }

    @Test("one session: begin is durable before the core hears of it, ticks and end carry the readings")
    func session() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.tick(slot)
        rig.order(
            .pause(DeskRig.mark(slot, number: 3, register: 2_100_000, energy: 1_100_000), cause: .car),
            DeskRig.reading(3, 2_100_000))
        rig.order(
            .resume(DeskRig.mark(slot, number: 3, register: 2_100_000, energy: 1_100_000)),
            DeskRig.reading(3, 2_100_000))
        rig.order(
            .end(
                DeskRig.mark(slot, number: 4, register: 2_500_000, energy: 1_500_000), reason: .unplugged, fault: nil,
                ticks: 1, isFinalReading: true), DeskRig.reading(4, 2_500_000))
        #expect(try rig.kinds() == [.begin, .tick, .pause, .resume, .end])
        let end = try rig.lastEnd()
        #expect(end.energy == MilliwattHours(1_500_000))
        #expect(end.reading.import == MilliwattHours(2_500_000))
        #expect(end.reason == .unplugged)
        try verify(rig)
    }

    @Test("nothing new is offered before the ledger holds the last session's end")
    func waitsForSettlement() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 4, register: 1_500_000, energy: 500_000), reason: .unplugged, fault: nil,
                ticks: 0,
                isFinalReading: true), DeskRig.reading(4, 1_500_000))
        _ = rig.told()
        // The grant's remainder is still the old one: without the wait it would be sold twice.
        try rig.look()
        #expect(authorizations(rig.told()).isEmpty)
        let end = try #require(rig.desk.journal.head(of: DeskRig.connector))
        try rig.desk.journal.acknowledge(chain: DeskRig.connector, sequence: end.sequence, hash: end.hash)
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000, spent: 500_000)))
        try rig.look()
        #expect(authorizations(rig.told()).first?.energyLimit == MilliwattHours(4_500_000))
    }

    @Test("a begin rests on a reading of the meter that is there now")
    func beginOnOldMeter() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try #require(authorizations(rig.told()).first).slot
        rig.first.handle(.reading(DeskRig.reading(2, 9_000_000, generation: 2)))
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(try rig.kinds() == [])
        #expect(rig.told().contains { if case .noAuthorization = $0 { true } else { false } })
    }

    @Test("a record that no one would accept bars its connector, and its neighbour goes on")
    func malformed() throws {
        let rig = try DeskRig(connectors: 2)
        _ = try begun(rig)
        let evidence = Metering.RegisterEvidence(functionCode: 4, address: 72, words: [1, 2])
        let modulus = MilliwattHours(1_500_000)
        let after = EnergyReading(
            number: 3, generation: 1, rollovers: 1, carried: modulus, modulus: modulus, at: SystemClock.now(),
            elapsed: .milliseconds(20), import: .zero, export: nil, power: nil, voltages: PerPhase(),
            currents: PerPhase(), frequency: nil, evidence: evidence, confirmation: evidence)
        rig.first.handle(.rollover(from: DeskRig.reading(2, 1_500_000), to: after))
        #expect(rig.first.bar != nil && rig.desk.bar == nil)
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(1, 0), connector: 2)
        #expect(try rig.kinds(.connector(2)) == [.event])
    }

    @Test("a meter that jumps again and again is counted anew less and less often; none while a session is open")
    func newBases() throws {
        let rig = try DeskRig()
        let jump = ReadingRefusal(
            reason: .implausible(.jumped(by: MilliwattHours(9), atMost: MilliwattHours(1), over: .seconds(1))),
            evidence: nil, confirmation: nil, total: 1, isDistrust: true)
        let lie = ReadingRefusal(
            reason: .implausible(.powerThroughOpenContactor(Milliwatts(9))), evidence: nil, confirmation: nil,
            total: 1, isDistrust: true)
        _ = try begun(rig)
        rig.first.handle(.refused(jump))
        #expect(!rig.meterWishes[0].takeWishForNewBase(), "it would bill the jump")
        rig.order(
            .end(
                DeskRig.mark(1, number: 1, register: 1_000_000, energy: 0), reason: .unplugged, fault: nil, ticks: 0,
                isFinalReading: true), DeskRig.reading(1, 1_000_000))
        rig.first.handle(.refused(lie))
        #expect(!rig.meterWishes[0].takeWishForNewBase(), "its register is not what is wrong")
        rig.first.handle(.refused(jump))
        #expect(rig.meterWishes[0].takeWishForNewBase())
        #expect(rig.first.baseDelay == .seconds(20))
        rig.first.handle(.refused(jump))
        #expect(!rig.meterWishes[0].takeWishForNewBase())
        rig.first.nextBaseAt = SystemClock.now()
        rig.first.handle(.refused(jump))
        #expect(rig.meterWishes[0].takeWishForNewBase())
        #expect(rig.first.baseDelay == .seconds(40))
    }

    @Test("a line that flips between two meters fills no journal: another meter goes on record once it has stayed")
    func flipping() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0), reason: .unplugged, fault: nil, ticks: 0,
                isFinalReading: true), DeskRig.reading(1, 1_000_000))
        let other = Metering.MeterIdentity(
            vendor: "Maker", model: "M1", serial: "78", profileID: "maker.m1", trust: .bench)
        var number: UInt64 = 1
        for generation in 2...21 as ClosedRange<UInt32> {
            rig.first.handle(.identified(generation % 2 == 0 ? other : DeskRig.meter, generation: generation))
            for _ in 0..<9 {
                number += 1
                rig.first.handle(.reading(DeskRig.reading(number, 2_000_000, generation: generation)))
            }
        }
        #expect(try rig.kinds() == [.begin, .end])
        rig.first.handle(.identified(other, generation: 22))
        for _ in 0..<10 {
            number += 1
            rig.first.handle(.reading(DeskRig.reading(number, 3_000_000, generation: 22)))
        }
        #expect(try rig.kinds() == [.begin, .end, .meterChange])
        guard case .meterChange(let change) = try rig.desk.journal.records(of: DeskRig.connector).last?.record.body
        else {
            return
        }
        #expect(change.lastImport == MilliwattHours(2_000_000))
        // After a restart the new one is known.
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        #expect(rig.first.known?.identity.serial == "78")
        #expect(rig.first.known?.lastImport == MilliwattHours(3_000_000))
        // Nothing is written before the chain's head is proved.
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.read(1...12, 4_000_000)
        #expect(try rig.kinds() == [.begin, .end, .meterChange])
        rig.prove(.device)
        rig.prove(DeskRig.connector)
        rig.first.handle(.reading(DeskRig.reading(13, 4_000_000)))
        #expect(try rig.kinds() == [.begin, .end, .meterChange, .meterChange])
        try verify(rig)
    }

    @Test("a register that fell between sessions is put on record before one begins on it, and only then")
    func fallenRegister() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 5, register: 1_900_000, energy: 900_000), reason: .unplugged, fault: nil,
                ticks: 0, isFinalReading: true), DeskRig.reading(5, 1_900_000))
        #expect(try rig.kinds() == [.begin, .end])
        let wrapped = DeskRig.reading(6, 1_899_999)
        rig.first.handle(.reading(wrapped))
        #expect(try rig.kinds() == [.begin, .end])
        try rig.first.noteMeter(DeskRig.reading(7, 1_900_000), beforeBegin: true)
        #expect(try rig.kinds() == [.begin, .end])
        try rig.first.noteMeter(wrapped, beforeBegin: true)
        #expect(try rig.kinds() == [.begin, .end, .meterChange])
        guard case .meterChange(let change) = try rig.desk.journal.records(of: DeskRig.connector).last?.record.body
        else { return }
        #expect(change.before == change.after && change.lastImport == MilliwattHours(1_900_000))
        #expect(change.reading.import == MilliwattHours(1_899_999))
        try rig.first.noteMeter(wrapped, beforeBegin: true)
        #expect(try rig.kinds().count == 3)
        try verify(rig)
    }

    @Test("the recorded register is known after a restart, too")
    func fallenRegisterOverARestart() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 5, register: 1_900_000, energy: 900_000), reason: .unplugged, fault: nil,
                ticks: 0, isFinalReading: true), DeskRig.reading(5, 1_900_000))
        try rig.restart()
        try rig.bringUp(register: 1_899_999)
        #expect(rig.first.known?.recorded == MilliwattHours(1_900_000))
        try rig.first.noteMeter(DeskRig.reading(2, 1_899_999), beforeBegin: true)
        #expect(try rig.kinds() == [.begin, .end, .meterChange])
        try verify(rig)
    }

    @Test("a grant that is proved gone in mid-session stops the session")
    func released() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        rig.desk.handle(.grant(DeskRig.connector, nil))
        #expect(rig.told().contains { if case .noAuthorization = $0 { true } else { false } })
    }

    @Test("a begin names the grant that was offered, or is not written")
    func otherGrant() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try #require(authorizations(rig.told()).first).slot
        // Another proof came, but the look did not end: the offer is still the old one.
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(2_000_000)))
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(try rig.kinds() == [])
        #expect(rig.told().contains { if case .noAuthorization = $0 { true } else { false } })
    }

    @Test("an order that was lost before stops the sale instead of leaving a hole in the chain")
    func lostOrder() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .tick(DeskRig.mark(slot, number: 3, register: 3_100_000, energy: 2_100_000), index: 2, boundaries: 1),
            DeskRig.reading(3, 3_100_000))
        #expect(try rig.kinds() == [.begin])
        #expect(rig.first.bar != nil)
        #expect(rig.desk.bar == nil)
    }

    @Test("a record never carries another reading than the core decided on")
    func otherReading() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .tick(DeskRig.mark(slot, number: 3, register: 2_100_000, energy: 1_100_000), index: 1, boundaries: 1),
            DeskRig.reading(4, 2_200_000))
        #expect(try rig.kinds() == [.begin])
        #expect(rig.first.bar != nil)
        #expect(rig.desk.bar == nil)
    }

    @Test("an offer does not outlive the looks at the ledger")
    func staleOffer() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        _ = rig.told()
        rig.first.withdrawStaleOffer()
        #expect(rig.told().isEmpty)
        rig.desk.lookedAt = SystemClock.now() - ConnectorDesk.offerValidity - .seconds(1)
        rig.first.withdrawStaleOffer()
        #expect(rig.told().contains { if case .noAuthorization = $0 { true } else { false } })
    }

    @Test("a weld stands again after a restart, a fault that was cleared does not")
    func latches() throws {
        let rig = try DeskRig()
        try rig.bringUp()
        for intent in [
            RecordIntent.faultLatched(.contactorWelded), .faultLatched(.residualDirect),
            .faultCleared(.residualDirect, by: .powerCycle),
            .faultLatched(.pilotInvalid),
        ] { rig.order(intent, DeskRig.reading(2, 0)) }
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        #expect(
            try rig.first.restoredState()
                == RestoredState(latched: [.contactorWelded], latchedInThisBoot: [.contactorWelded]))
        // After the power came back the weld stands, and what a power cycle helps to clear may be cleared.
        try rig.restart(boot: 10)
        try rig.desk.start(keysAreNew: false)
        #expect(try rig.first.restoredState() == RestoredState(latched: [.contactorWelded]))
    }

    @Test("a ledger that knows more than the journal, or something else, stops the sale for good")
    func rollback() throws {
        let head = ChainHeadState(sequence: 9, hash: RecordHash(hashing: [9]))
        for event in [
            PlatformEvent.rollbackDetected(DeskRig.connector, proved: head, journalHead: 0, height: 3),
            .equivocation(DeskRig.connector, proved: head, journal: RecordHash(hashing: [8])),
        ] {
            let rig = try DeskRig()
            try rig.bringUp()
            rig.desk.handle(event)
            rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
            try rig.look()
            #expect(authorizations(rig.told()).isEmpty)
            #expect(!rig.status.current.records.problem.isEmpty)
        }
    }

    /// Plugs in under a grant of 5 kWh; answers the slot.
    func begun(_ rig: DeskRig) throws -> UInt32 {
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        let slot = try #require(authorizations(rig.told()).first).slot
        rig.order(.begin(DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0)), DeskRig.reading(1, 1_000_000))
        #expect(rig.told().contains { if case .beginDurable(let session) = $0 { session == 1 } else { false } })
        #expect(try rig.kinds() == [.begin])
        return slot
    }

    func authorizations(_ commands: [ControlCommand]) -> [Authorization] {
        commands.compactMap { if case .authorization(let authorization) = $0 { authorization } else { nil } }
    }

    /// The whole journal by the rules that an auditor uses.
    func verify(_ rig: DeskRig) throws {
        let messages = try [ChainNumber.device, DeskRig.connector].flatMap { try rig.desk.journal.records(of: $0) }
        let verified = try ExportVerifier.verify(messages.flatMap(\.message))
        #expect(verified.records == messages.count)
    }

    private func otherOwner(_ rig: DeskRig) throws -> RecordDesk {
        let desk = rig.desk
        let old = desk.identity
        let identity = DeviceIdentity(
            device: old.device, ledger: old.ledger, owner: AccountID(hashing: [99]), product: old.product,
            serial: old.serial, board: old.board, boardProfileHash: old.boardProfileHash,
            firmwareDigest: old.firmwareDigest, bench: old.bench, energyFactor: old.energyFactor,
            connectors: old.connectors)
        return RecordDesk(
            journal: desk.journal, keys: desk.keys, ocmf: desk.ocmf, clock: desk.clock, identity: identity,
            status: rig.status,
            commands: rig.queues, meterWishes: rig.meterWishes, logger: desk.logger, published: {})
    }
}
