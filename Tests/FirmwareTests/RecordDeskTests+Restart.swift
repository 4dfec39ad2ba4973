import ChargeControl
import Journal
import Ledger
import Metering
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import PlatformLink

/// A session that was open when the device stopped.
extension RecordDeskTests {
    @Test("a session that was open at the stop ends with the first reading, before anything is sold")
    func restart() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        rig.prove(.device)
        rig.prove(DeskRig.connector)
        try rig.look()
        #expect(authorizations(rig.told()).isEmpty)
        #expect(try rig.kinds() == [.begin])
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.first.handle(.reading(DeskRig.reading(1, 1_250_000)))
        #expect(try rig.kinds() == [.begin, .gap, .end])
        let end = try rig.lastEnd()
        #expect(end.reason == .restart)
        #expect(end.energy == MilliwattHours(250_000))
        try verify(rig)
    }

    @Test("what has no place in a session waits for the end of the one that was open at the stop; a fault does not")
    func selfTestBeforeTheEnd() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.prove(.device)
        rig.prove(DeskRig.connector)
        rig.order(.residualSelfTest(passed: true, tripTime: .milliseconds(65)), DeskRig.reading(1, 0))
        rig.order(.faultLatched(.contactorWelded), DeskRig.reading(1, 0))
        rig.order(.wear(ContactorWear()), DeskRig.reading(1, 0))
        #expect(try rig.kinds() == [.begin, .event])
        rig.first.handle(.identified(DeskRig.meter, generation: 1))
        rig.first.handle(.reading(DeskRig.reading(1, 1_250_000)))
        #expect(try rig.kinds() == [.begin, .event, .gap, .end, .event, .event])
        try verify(rig)
    }

    @Test("a reading asked for while the contactor may still open, or before the meter renewed it, ends no session")
    func tooEarly() throws {
        let rig = try DeskRig()
        rig.registerRefresh = .seconds(60)
        _ = try begun(rig)
        try rig.restart()
        let now = SystemClock.now()
        rig.desk.contactorsOpenBy = now + .seconds(600)
        try rig.bringUp(register: 1_249_000)
        #expect(try rig.kinds() == [.begin])
        rig.desk.contactorsOpenBy = now - .seconds(30)
        rig.read(2...2, 1_249_000)
        #expect(try rig.kinds() == [.begin], "the contactor is open, the register may be older")
        rig.desk.contactorsOpenBy = now - .seconds(90)
        rig.read(3...3, 1_250_000)
        #expect(try rig.kinds() == [.begin, .gap, .end])
        #expect(try rig.lastEnd().energy == MilliwattHours(250_000))
    }

    @Test(
        "after a restart a register that does not go on, or another meter's, ends the session at its last record",
        arguments: [
            ("77", 1_099_999, [RecordKind.begin, .tick, .reset, .end]),
            ("78", 2_099_999, [.begin, .tick, .end, .meterChange]),
            ("78", 2_250_000, [.begin, .tick, .end, .meterChange]),
            ("77", 900_000_000, [.begin, .tick, .end]),
        ] as [(String, Int64, [RecordKind])])
    func distrust(serial: String, register: Int64, kinds: [RecordKind]) throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.tick(slot)
        try rig.restart()
        try rig.desk.start(keysAreNew: rig.madeKeys)
        rig.prove(.device)
        rig.prove(DeskRig.connector)
        rig.first.handle(
            .identified(
                .init(vendor: "Maker", model: "M1", serial: serial, profileID: "maker.m1", trust: .bench), generation: 1
            ))
        // One reading after a start, or two, are no proof: a meter that has just come up says anything.
        for number in 1...2 as ClosedRange<UInt64> {
            rig.first.handle(.reading(DeskRig.reading(number, register)))
            #expect(try rig.kinds() == [.begin, .tick])
        }
        rig.read(3...15, register)
        #expect(try rig.kinds() == kinds)
        for signed in try rig.desk.journal.records(of: DeskRig.connector) {
            guard case .end(let end) = signed.record.body else { continue }
            #expect(end.energy == MilliwattHours(1_100_000))
            #expect(end.reason == .meterDistrust)
        }
        #expect(rig.first.bar == nil)
        try verify(rig)
    }

    @Test(
        "after a restart a register that went past its modulus goes on",
        arguments: [
            (5_000, [RecordKind.begin, .tick, .rollover, .gap, .end], 1_105_001),
            (1_500_000, [.begin, .tick, .reset, .end], 1_100_000),
        ] as [(Int64, [RecordKind], Int64)])
    func wrapped(register: Int64, kinds: [RecordKind], energy: Int64) throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.tick(slot)
        try rig.restart()
        try rig.bringUp(register: register, modulus: 2_100_001)
        rig.read(2...3, register, modulus: 2_100_001)
        #expect(try rig.kinds() == kinds)
        let end = try rig.lastEnd()
        #expect(end.energy == MilliwattHours(energy))
        #expect(end.reason == (kinds.contains(.rollover) ? .restart : .meterDistrust))
        try verify(rig)
    }

    @Test("a stop between a reset and its end: the end follows, also when the register has fallen once more")
    func stoppedAfterReset() throws {
        for register in [10_000, 400] as [Int64] {
            let rig = try DeskRig()
            _ = try begun(rig)
            rig.first.handle(.reset(from: DeskRig.reading(2, 1_400_000), to: DeskRig.reading(3, 500)))
            try rig.restart()
            try rig.bringUp(register: register)
            rig.read(2...3, register)
            #expect(try rig.kinds() == [.begin, .reset, .end])
            let end = try rig.lastEnd()
            // What was measured before the reset, and nothing after it.
            #expect(end.energy == MilliwattHours(400_000))
            #expect(end.reason == .meterDistrust)
            try verify(rig)
        }
    }

    @Test("a stop after the meter was distrusted: what was refused before it is not billed after it")
    func stoppedAfterDistrust() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.tick(slot)
        rig.order(.faultLatched(.meterDistrusted), DeskRig.reading(4, 2_100_000))
        try rig.restart()
        try rig.bringUp(register: 2_800_000)
        rig.read(2...3, 2_800_000)
        #expect(try rig.kinds() == [.begin, .tick, .event, .event, .end])
        let end = try rig.lastEnd()
        #expect(end.energy == MilliwattHours(1_100_000) && end.reason == .meterDistrust)
        try verify(rig)
    }

    @Test("a meter that comes up with zeros and then goes on loses nobody a kWh")
    func zerosAfterTheStart() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.bringUp(register: 0)
        rig.first.handle(.reading(DeskRig.reading(2, 0)))
        #expect(try rig.kinds() == [.begin])
        rig.first.handle(.reading(DeskRig.reading(3, 1_250_000)))
        let end = try rig.lastEnd()
        #expect(end.energy == MilliwattHours(250_000) && end.reason == .restart)
    }

    @Test("a session continues on its own meter by its own profile alone", arguments: ["maker.m1", "maker.m2"])
    func otherProfile(profile: String) throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.prove(.device)
        rig.prove(DeskRig.connector)
        rig.first.handle(
            .identified(
                .init(vendor: "Maker", model: "M1", serial: "77", profileID: profile, trust: .bench), generation: 1))
        rig.read(1...3, 1_250_000)
        let end = try rig.lastEnd()
        #expect(end.energy == (profile == "maker.m1" ? MilliwattHours(250_000) : .zero))
    }

    @Test("a reading of the meter that was there before the one that is there now ends no session")
    func staleReading() throws {
        let rig = try DeskRig()
        _ = try begun(rig)
        try rig.restart()
        try rig.desk.start(keysAreNew: false)
        rig.prove(.device)
        rig.first.handle(
            .identified(
                .init(vendor: "Maker", model: "M1", serial: "78", profileID: "maker.m1", trust: .bench), generation: 1))
        rig.first.handle(.reading(DeskRig.reading(1, 1_900_000)))
        rig.first.handle(.lost(.timeout(after: .seconds(1))))
        rig.first.handle(.identified(DeskRig.meter, generation: 2))
        rig.prove(DeskRig.connector)
        #expect(try rig.kinds() == [.begin])
        rig.first.handle(.reading(DeskRig.reading(2, 1_250_000, generation: 2)))
        #expect(try rig.kinds() == [.begin, .gap, .end])
    }

    @Test("after a restart nothing is offered before the ledger holds the end of the chain")
    func waitsAfterRestart() throws {
        let rig = try DeskRig()
        let slot = try begun(rig)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 1, register: 1_000_000, energy: 0), reason: .unplugged, fault: nil, ticks: 0,
                isFinalReading: true), DeskRig.reading(1, 1_000_000))
        try rig.restart()
        try rig.bringUp()
        rig.desk.handle(.grant(DeskRig.connector, try rig.grant(5_000_000)))
        try rig.look()
        #expect(authorizations(rig.told()).isEmpty)
        let end = try #require(rig.desk.journal.head(of: DeskRig.connector))
        try rig.desk.journal.acknowledge(chain: DeskRig.connector, sequence: end.sequence, hash: end.hash)
        try rig.look()
        #expect(authorizations(rig.told()).count == 1)
    }
}
