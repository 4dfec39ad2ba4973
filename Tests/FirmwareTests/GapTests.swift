import ChargeControl
import Journal
import Ledger
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import Metering
@testable import PlatformLink
@testable import Simulator

/// Times in a session of which no record tells, from the plant's meter to the ledger's money.
@Suite("Gaps in a session")
struct GapTests {
    private func charging(_ rig: SaleRig, _ ledger: DeskLedger) throws {
        rig.run(.seconds(5))
        rig.records.desk.handle(.grant(DeskRig.connector, try ledger.grant(20_000_000)))
        try rig.records.look()
        rig.board.plant {
            $0.car.wants = true
            $0.plug()
        }
        #expect(rig.run(.seconds(60)) { $0.phase == .charging })
        #expect(rig.run(.seconds(200)) { $0.ticks == 1 })
    }

    private func unplug(_ rig: SaleRig) {
        rig.board.plant { $0.car.wants = false }
        rig.run(.seconds(15))
        rig.board.plant { $0.unplug() }
        rig.run(.seconds(20))
    }

    private func gaps(_ rig: SaleRig) throws -> [Gap] {
        try rig.bodies.compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
    }

    /// Meter, records, and the ledger tell one sum, to the milliwatt-hour and the microunit.
    private func settle(_ rig: SaleRig, _ ledger: DeskLedger) throws {
        try ledger.sendAll()
        guard case .end(let end) = try rig.bodies.last(where: { $0.kind == .end }),
            case .begin(let begin) = try rig.bodies.first(where: { $0.kind == .begin })
        else {
            Issue.record("no session")
            return
        }
        #expect(end.energy == end.reading.import - begin.reading.import)
        // The meter shows whole watt-hours.
        #expect(end.reading.import.rawValue == rig.board.plant { $0.meter.face.energy }.rawValue / 1_000 * 1_000)
        let settlement = try #require(try ledger.settlement(end.session))
        #expect(settlement.energy == end.energy)
        #expect(settlement.paid.rawValue == end.energy.rawValue * DeskLedger.price / 1_000_000)
        let journal = rig.records.desk.journal
        let messages = try rig.records.desk.chains.flatMap { try journal.records(of: $0) }
        #expect(try ExportVerifier.verify(messages.flatMap(\.message)).records == messages.count)
    }

    @Test(
        "a meter that is silent for longer than 10 s leaves a gap from its last register to its next, one for 8 s none")
    func silent() throws {
        for (seconds, count) in [(8, 0), (120, 1)] as [(Int64, Int)] {
            let rig = try SaleRig(meter: .iem3155)
            let ledger = try DeskLedger(rig.records)
            try charging(rig, ledger)
            rig.run(.seconds(10))
            let before = try #require(rig.readings.last)
            rig.line.isDead = true
            rig.run(.seconds(seconds))
            rig.line.isDead = false
            #expect(rig.run(.seconds(30)) { ($0.readings.last?.number ?? 0) > before.number })
            let after = try #require(rig.readings.first { $0.number == before.number + 1 })
            rig.run(.seconds(1))
            let gaps = try gaps(rig)
            #expect(gaps.count == count)
            if let gap = gaps.first {
                #expect(gap.reason == .meterSilent)
                #expect(gap.lastImport == before.import && gap.reading.import == after.import)
                #expect(gap.milliseconds == UInt64((after.at - before.at).rawValue / 1_000_000))
            }
            #expect(rig.run(.seconds(400)) { $0.ticks == 2 })
            let ticks = try rig.bodies.compactMap { if case .tick(let tick) = $0 { tick } else { nil } }
            #expect(ticks.map { $0.status.contains(.recovered) } == [false, count == 1])
            unplug(rig)
            try settle(rig, ledger)
        }
    }

    @Test("a silence in which a reading was refused leaves a gap that says so, and the sums hold")
    func refused() throws {
        let rig = try SaleRig(meter: .iem3155)
        let ledger = try DeskLedger(rig.records)
        try charging(rig, ledger)
        rig.run(.seconds(10))
        let before = try #require(rig.readings.last)
        let refusals = rig.refusals.count
        rig.line.isDead = true
        rig.run(.seconds(20))
        (rig.line.isDead, rig.line.isLying) = (false, true)
        #expect(rig.run(.seconds(30)) { $0.refusals.count > refusals })
        rig.line.isLying = false
        #expect(rig.run(.seconds(30)) { ($0.readings.last?.number ?? 0) > before.number })
        let after = try #require(rig.readings.first { $0.number == before.number + 1 })
        rig.run(.seconds(1))
        let gap = try #require(try gaps(rig).first)
        #expect(gap.reason == .meterRefused)
        #expect(gap.lastImport == before.import && gap.reading.import == after.import)
        #expect(rig.run(.seconds(400)) { $0.ticks == 2 })
        unplug(rig)
        try settle(rig, ledger)
    }

    @Test("a disk that hangs stops the sale before more flows than a restart bills; when it is back nothing is missing")
    func hangingDisk() throws {
        let rig = try SaleRig(meter: .iem3155)
        let ledger = try DeskLedger(rig.records)
        try charging(rig, ledger)
        rig.run(.seconds(30))
        rig.isDiskHanging = true
        let records = try rig.bodies.count
        let before = rig.truth
        // A slow write is no hang.
        #expect(!rig.run(.seconds(9)) { $0.phase != .charging })
        #expect(rig.run(.seconds(11)) { $0.phase != .charging })
        rig.run(.seconds(10))
        let stopped = rig.truth
        // 16 s at 22 kW at most.
        #expect(stopped - before < 100_000)
        rig.run(.seconds(600))
        #expect(rig.truth == stopped, "nothing flows while nothing can be recorded")
        #expect(try rig.bodies.count == records)
        rig.isDiskHanging = false
        rig.run(.seconds(30))
        unplug(rig)
        try settle(rig, ledger)
    }

    @Test("a restart inside the session: the gap stands before the end, and bills nothing by itself")
    func restart() throws {
        let rig = try SaleRig(meter: .iem3155)
        let ledger = try DeskLedger(rig.records)
        try charging(rig, ledger)
        let last = try #require(try rig.bodies.compactMap { if case .tick(let tick) = $0 { tick } else { nil } }.last)
        rig.run(.seconds(30))
        let face = rig.board.plant { $0.meter.face.energy }
        try rig.records.restart()
        try rig.records.desk.start(keysAreNew: false)
        try ledger.prove()
        let desk = rig.records.first
        desk.handle(.identified(DeskRig.meter, generation: 1))
        // The same meter by the records' words.
        let meter = try #require(desk.interrupted?.begin.meter)
        desk.meter = meter
        desk.handle(.reading(DeskRig.reading(1, face.rawValue)))
        let kinds = try rig.bodies.map(\.kind).filter { $0 != .event }
        #expect(kinds == [.begin, .tick, .gap, .end])
        let gap = try #require(try gaps(rig).first)
        #expect(gap.reason == .restart)
        #expect(gap.lastImport == last.reading.import && gap.reading.import == face)
        try ledger.sendAll()
        let settlement = try #require(try ledger.settlement(gap.session))
        #expect(settlement.energy == face - desk.knownBegin(rig))
        #expect(settlement.paid.rawValue == settlement.energy.rawValue * DeskLedger.price / 1_000_000)
    }

    @Test("a stop between the gap and the end: another start adds its own gap, and the sums hold")
    func stoppedBetween() throws {
        let rig = try DeskRig()
        try RecordDeskTests().begunSession(rig)
        // The gap alone, as a power cut would leave it.
        let open = try #require(rig.first.sale)
        let reading = DeskRig.reading(2, 1_200_000)
        try rig.first.appendToSale(.gap(rig.first.restartGap(open, reading, from: open.lastImport)))
        try rig.restart()
        try rig.bringUp(register: 1_250_000)
        #expect(try rig.kinds() == [.begin, .gap, .gap, .end])
        #expect(try rig.lastEnd().energy == MilliwattHours(250_000))
        try RecordDeskTests().verify(rig)
    }

    @Test("records that could not be written for more than 10 s leave a gap before the next that has a reading")
    func stalled() throws {
        let rig = try DeskRig()
        let slot = try RecordDeskTests().begun(rig)
        let now = SystemClock.now()
        rig.desk.turn(at: now)
        rig.desk.turn(at: now + .seconds(10))
        rig.order(.faultLatched(.pilotStale), DeskRig.reading(2, 0))
        rig.desk.turn(at: now + .seconds(32))
        // A fault's order has no reading of the session.
        rig.first.handle(.intent(.faultCleared(.pilotStale, by: .condition), reading: nil, contactorClosed: true))
        rig.tick(slot)
        rig.order(
            .end(
                DeskRig.mark(slot, number: 4, register: 2_500_000, energy: 1_500_000), reason: .unplugged, fault: nil,
                ticks: 1, isFinalReading: true), DeskRig.reading(4, 2_500_000))
        #expect(try rig.kinds() == [.begin, .event, .event, .gap, .tick, .end])
        let gap = try #require(
            try rig.desk.journal.records(of: DeskRig.connector).compactMap {
                if case .gap(let gap) = $0.record.body { gap } else { nil }
            }.first)
        #expect(gap.reason == .records && gap.milliseconds == 22_000)
        #expect(gap.lastImport == MilliwattHours(1_000_000) && gap.reading.import == MilliwattHours(2_100_000))
        try RecordDeskTests().verify(rig)
    }

    @Test("how long a restart took: by the time since boot, across boots by the wall clock, at least since the boot")
    func duration() {
        func time(_ boot: UInt8, _ monotonic: UInt64, _ utc: Int64?) -> RecordTime {
            RecordTime(
                utc: utc.map { UTCMilliseconds($0) }, quality: utc == nil ? .unknown : .informative,
                monotonic: monotonic, boot: BootID(exactly: [UInt8](repeating: boot, count: 16)), bootCount: 1)
        }
        let cases: [(RecordTime, RecordTime, UInt64)] = [
            (time(1, 500, 9_000), time(1, 800, 1_000_000), 300), (time(1, 500, 9_000), time(2, 80, 10_000), 1_000),
            (time(1, 500, 9_000), time(2, 4_000, 10_000), 4_000), (time(1, 500, nil), time(2, 80, 10_000), 80),
            (time(1, 500, 9_000), time(2, 80, 8_000), 80), (time(1, 800, nil), time(1, 500, nil), 0),
        ]
        for (before, after, expected) in cases {
            #expect(ConnectorDesk.milliseconds(from: before, to: after) == expected)
        }
    }
}

extension ConnectorDesk {
    /// The register at which the rig's session began.
    fileprivate func knownBegin(_ rig: SaleRig) -> MilliwattHours { rig.beganOn?.import ?? .zero }
}

extension RecordDeskTests {
    /// A session begun under a grant of 5 kWh.
    func begunSession(_ rig: DeskRig) throws { _ = try begun(rig) }
}
