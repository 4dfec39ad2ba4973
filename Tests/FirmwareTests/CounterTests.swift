import ChargeControl
import Journal
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import Metering
@testable import Simulator

/// What happens to a register in the middle of a session: the records say so, and bill what was truly measured.
@Suite("A register in the middle of a session")
struct CounterTests {
    /// The meter that counts in steps of 1 Wh.
    private static let step: Int64 = 1_000
    private static let start: Int64 = 1_000_000

    /// A rig whose car charges and has just been billed its first kWh.
    private func charging(rollover: Int64? = nil, register: Int64 = start) throws -> SaleRig {
        let rig = try SaleRig(meter: .iem3155, rollover: rollover)
        rig.board.plant { $0.meter.setRegister(MilliwattHours(register)) }
        #expect(try rig.charge())
        #expect(rig.run(.seconds(200)) { $0.ticks == 1 })
        return rig
    }

    private func unplug(_ rig: SaleRig) {
        rig.board.plant { $0.car.wants = false }
        rig.run(.seconds(15))
        rig.board.plant { $0.unplug() }
        rig.run(.seconds(20))
    }

    private func end(_ rig: SaleRig) throws -> End {
        let ends = try rig.bodies.compactMap { if case .end(let end) = $0 { end } else { nil } }
        return try #require(ends.last)
    }

    /// The kinds without events: self-tests, wear, faults.
    private func kinds(_ rig: SaleRig) throws -> [RecordKind] { try rig.bodies.map(\.kind).filter { $0 != .event } }

    /// All records by the rules that an auditor uses.
    private func verify(_ rig: SaleRig) throws {
        let journal = rig.records.desk.journal
        let messages = try [ChainNumber.device, DeskRig.connector].flatMap { try journal.records(of: $0) }
        #expect(try ExportVerifier.verify(messages.flatMap(\.message)).records == messages.count)
    }

    /// The session is over because the meter was not believed, with the energy as far as it was measured rightly.
    private func expectDistrust(_ rig: SaleRig, energy truth: ClosedRange<Int64>, _ kinds: [RecordKind]) throws {
        let found = try self.kinds(rig)
        #expect(found == kinds, "\(found)")
        let end = try end(rig)
        let fault = Event.faultLatched(FaultLatched(code: FaultCode.meterDistrusted.rawValue))
        #expect(try rig.bodies.contains(.event(fault)))
        #expect(end.reason == .meterDistrust)
        #expect(end.faultCode == FaultCode.meterDistrusted.rawValue)
        #expect(truth.contains(end.energy.rawValue), "\(end.energy.rawValue), measured rightly \(truth)")
        #expect(!rig.board.plant { $0.contactor.isClosed })
        try verify(rig)
    }

    /// What a poll and its repetitions can leave unmeasured at 22 kW.
    private static let poll: Int64 = 15_000

    @Test("wraps: the session goes on over it, and bills every watt-hour")
    func rollover() throws {
        let modulus: Int64 = 1_000_000_000
        let rig = try charging(rollover: modulus, register: modulus - 1_300_000)
        #expect(rig.run(.seconds(100)) { $0.board.plant { $0.meter.energy.total.rawValue } >= modulus })
        rig.board.plant { $0.meter.setRegister($0.meter.energy.total - MilliwattHours(modulus)) }
        #expect(rig.run(.seconds(200)) { $0.ticks == 2 })
        unplug(rig)
        #expect(try kinds(rig) == [.begin, .tick, .rollover, .tick, .pause, .end])
        let rollover = try #require(
            try rig.bodies.compactMap { if case .rollover(let rollover) = $0 { rollover } else { nil } }.first)
        #expect(rollover.modulus == MilliwattHours(modulus))
        #expect(modulus - rollover.lastImport.rawValue < Self.poll && rollover.reading.import.rawValue < Self.poll)
        #expect(try abs(end(rig).energy.rawValue - rig.truth) <= Self.step)
        #expect(rig.refusals.isEmpty)
        // A register that wraps is believed of a meter that has just told who it is.
        let first = try #require(rig.readings.first { $0.rollovers == 1 })
        #expect(first.at - first.identified < .seconds(1))
        try verify(rig)
    }

    @Test("reset, or stepping back by a little: the session ends at what was measured before", arguments: [0, -50_000])
    func reset(by step: Int64) throws {
        let rig = try charging()
        rig.run(.seconds(20))
        let before = rig.truth
        rig.board.plant {
            $0.meter.setRegister(step == 0 ? .zero : $0.meter.energy.total + MilliwattHours(step))
        }
        rig.run(.seconds(40))
        try expectDistrust(
            rig, energy: (before - Self.poll)...before, [.begin, .tick, .reset, .end])
        let last = try #require(rig.readings.last)
        #expect(last.origin == .reset && last.generation == 2)
        // The same car may charge again: the next session counts from where the register stands.
        try expectNextSession(rig)
    }

    /// Unplugs, and charges once more under a new grant.
    private func expectNextSession(_ rig: SaleRig) throws {
        rig.board.plant { $0.unplug() }
        rig.run(.seconds(10))
        try rig.acknowledge()
        let before = rig.truth
        #expect(try rig.charge(name: 7))
        rig.run(.seconds(60))
        unplug(rig)
        let end = try end(rig)
        #expect(end.reason != .meterDistrust)
        #expect(abs(end.energy.rawValue - (rig.truth - before)) <= Self.step)
        try verify(rig)
    }

    @Test(
        "a register that is back after two polls costs nothing: no tick, and no kWh is lost",
        arguments: [-900_000, 90_000_000])
    func hiccup(by step: Int64) throws {
        let rig = try charging()
        let ticks = try kinds(rig).count
        rig.board.plant { $0.meter.setRegister($0.meter.energy.total + MilliwattHours(step)) }
        #expect(rig.run(.seconds(10)) { $0.refusals.count == 2 })
        #expect(rig.refusals.allSatisfy { !$0.isDistrust })
        #expect(try kinds(rig).count == ticks)
        rig.board.plant { $0.meter.setRegister($0.meter.energy.total - MilliwattHours(step)) }
        rig.run(.seconds(20))
        unplug(rig)
        #expect(try kinds(rig) == [.begin, .tick, .pause, .end])
        #expect(try abs(end(rig).energy.rawValue - rig.truth) <= Self.step)
        try verify(rig)
    }

    @Test(
        "swapped: the session ends with the old meter, and the new one is on record after the end",
        arguments: [-1_500_000, 900_000_000, 1_000], [true, false])
    func swapped(by difference: Int64, isSilent: Bool) throws {
        let rig = try charging()
        rig.run(.seconds(10))
        let before = rig.truth
        rig.line.isDead = isSilent
        if isSilent { rig.run(.seconds(5)) }
        rig.line.isDead = false
        rig.board.plant {
            $0.meter.serial = 4_711
            $0.meter.setRegister($0.meter.energy.total + MilliwattHours(difference))
        }
        rig.run(.seconds(60))
        if !isSilent, difference == 1_000 {
            // Nearly the same register behind a line that never fell silent: found at the next session.
            unplug(rig)
            #expect(try kinds(rig) == [.begin, .tick, .pause, .end])
            try rig.acknowledge()
            #expect(try rig.charge(name: 7))
            #expect(try kinds(rig) == [.begin, .tick, .pause, .end, .meterChange, .begin])
        } else {
            try expectDistrust(rig, energy: (before - Self.poll)...before, [.begin, .tick, .end, .meterChange])
            try expectNextSession(rig)
        }
        try expectChange(rig)
        try verify(rig)
    }

    private func expectChange(_ rig: SaleRig) throws {
        let changes = try rig.bodies.compactMap { if case .meterChange(let change) = $0 { change } else { nil } }
        let change = try #require(changes.first)
        #expect(changes.count == 1)
        #expect(change.before.serial == "7" && change.after.serial == "4711" && change.technician == nil)
        let begin = try #require(
            try rig.bodies.compactMap { if case .begin(let begin) = $0 { begin } else { nil } }.first)
        #expect(change.before == begin.meter)
    }

    @Test(
        "running faster than life: refused as soon as the bounds can tell, and nothing of it is billed",
        arguments: [1_500, 3_000])
    func fast(permille: Int64) throws {
        let rig = try charging()
        rig.run(.seconds(20))
        let before = rig.truth
        rig.board.plant { $0.meter.countingPermille = permille }
        rig.run(.seconds(60))
        #expect(rig.refusals.contains { $0.isDistrust })
        try expectDistrust(rig, energy: (before - Self.poll)...(before + 2 * Self.poll), [.begin, .tick, .end])
        rig.board.plant { $0.meter.countingPermille = 1_000 }
        try expectNextSession(rig)
    }

    @Test("running faster at a small current: power and energy tell within the minute")
    func fastAtSmallCurrent() throws {
        let rig = try charging()
        rig.board.plant { $0.car.limit = Milliamps(6_000) }
        rig.run(.seconds(120))
        let before = rig.truth
        rig.board.plant { $0.meter.countingPermille = 1_500 }
        rig.run(.seconds(90))
        // 6 A in three phases are 4.1 kW: within a minute the excess is 20 % and two steps of 69 Wh.
        let most = rig.truth - before
        try expectDistrust(rig, energy: before...(before + most / 2 * 3), [.begin, .tick, .end])
        let excess = try end(rig).energy.rawValue - before
        #expect(excess < 50_000, "billed \(excess) mWh after it began to lie")
    }

    @Test("a register that jumped for good ends the session; once nobody is billed by it, it is counted from there")
    func jump() throws {
        let rig = try charging()
        rig.run(.seconds(20))
        let before = rig.truth
        rig.board.plant { $0.meter.setRegister($0.meter.energy.total + MilliwattHours(900_000_000_000)) }
        rig.run(.seconds(40))
        try expectDistrust(rig, energy: (before - Self.poll)...before, [.begin, .tick, .end])
        let last = try #require(rig.readings.last)
        #expect(last.origin == .request && last.generation == 2)
        try expectNextSession(rig)
    }

    @Test(
        "frozen: the session ends with what the meter has counted, at full load as soon as its own power tells",
        arguments: [true, false])
    func frozen(isLoaded: Bool) throws {
        let rig = try charging()
        if !isLoaded { rig.board.plant { $0.car.limit = .zero } }
        rig.run(.seconds(20))
        let before = rig.truth
        rig.board.plant { $0.meter.isFrozen = true }
        let since = rig.now
        #expect(rig.run(.seconds(90)) { $0.refusals.contains { $0.isDistrust } })
        #expect(isLoaded ? rig.now - since < .seconds(30) : rig.now - since >= .seconds(59))
        rig.run(.seconds(20))
        try expectDistrust(rig, energy: (before - Self.poll)...before, [.begin, .tick, .end])
        let end = try end(rig)
        #expect(end.energy.rawValue <= before)
    }

    @Test("set back while the session is paused: the reset stands before the end")
    func resetInPause() throws {
        let rig = try charging()
        rig.board.plant { $0.car.wants = false }
        rig.run(.seconds(20))
        rig.board.plant { $0.meter.setRegister(.zero) }
        rig.run(.seconds(20))
        #expect(try kinds(rig) == [.begin, .tick, .pause, .reset, .end])
        #expect(rig.records.first.bar == nil)
        #expect(try end(rig).reason == .meterDistrust)
        try verify(rig)
    }

    @Test(
        "silence pauses, and the session goes on with what flowed meanwhile; more than can have flowed is not believed")
    func silence() throws {
        for added in [0, 4_000_000] as [Int64] {
            let rig = try charging()
            rig.run(.seconds(10))
            rig.line.isDead = true
            rig.run(.seconds(600))
            let before = rig.truth
            rig.board.plant { $0.meter.setRegister($0.meter.energy.total + MilliwattHours(added)) }
            rig.line.isDead = false
            rig.run(.seconds(60))
            if added == 0 {
                #expect(rig.board.plant { $0.contactor.isClosed })
                unplug(rig)
                #expect(try kinds(rig) == [.begin, .tick, .pause, .gap, .resume, .pause, .end])
                #expect(try abs(end(rig).energy.rawValue - rig.truth) <= Self.step)
            } else {
                // The contactor was open for most of that time.
                #expect(try end(rig).reason == .meterDistrust)
                #expect(try end(rig).energy.rawValue <= before)
            }
            try verify(rig)
        }
    }

    @Test("each session begins on a meter that was identified for it")
    func identified() throws {
        let rig = try SaleRig(meter: .iem3155)
        rig.run(.seconds(60))
        let asked = rig.now
        #expect(try rig.charge())
        let first = try #require(rig.readings.first { $0.identified > asked })
        let begin = try #require(rig.beganOn)
        #expect(begin.number >= first.number)
    }
}
