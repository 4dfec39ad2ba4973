import ChargeControl
import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import BoardIO
@testable import Firmware

/// What `selftest` makes of facts: a row is only good where everything that it rests on is known.
@Suite("The self-test's table")
struct SelfTestTests {
    private static func control(cable: CableArrangement = .socket, bare: Bool = false) throws -> ControlConfiguration {
        var options = ControlOptions()
        if !bare {
            (options.watchesVoltage, options.watchesEarth, options.hasResidualTest) = (true, true, true)
            (options.hasBoardTemperature, options.hasPlugTemperature, options.hasGateReadback) = (true, true, true)
            if case .socket = cable { options.hasLock = true }
        }
        return try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: cable, meterPollPeriod: .seconds(1), options: options)
    }

    /// A car that charges at a charger without a fault.
    private static func sample() -> ConnectorSample {
        var sample = ConnectorSample(
            number: 1, age: .milliseconds(5),
            pilot: .init(
                state: .c, high: Millivolts(6_010), low: Millivolts(-11_980), offered: Milliamps(16_000),
                isDiodeSeen: true),
            contactor: .init(
                isEnabled: false, mirror: .open, secondMirror: .unknown, loads: [.open, .open, .open], operations: 7))
        sample.proximity = Ohms(220)
        sample.earthPresent = true
        (sample.boardTemperature, sample.plugTemperature) = (DeciCelsius(312), DeciCelsius(298))
        sample.lock = .locked
        sample.isGateHeld = true
        sample.voltages = [230_100, 229_800, 231_000].map { Millivolts($0) }
        return sample
    }

    private static func outlet() -> StatusReport.Outlet {
        var outlet = StatusReport.Outlet(number: 1)
        outlet.connector.operations = 7
        (outlet.connector.closingUS, outlet.connector.openingUS) = (21_000, 12_000)
        (outlet.meter.accepted, outlet.meter.ageMS) = (9, 300)
        outlet.residualTest = .init(passed: true, tripUS: 31_000)
        return outlet
    }

    private static var line: BoardLine {
        BoardLine(
            role: "supply-low", name: "SUPPLY", place: nil, isOutput: false, isActive: false, changes: 0,
            keepsEdges: true)
    }

    private static func board(_ change: (inout BoardReport, inout [BoardLine]) -> Void = { _, _ in }) -> (
        report: BoardReport, lines: [BoardLine], isSimulated: Bool
    ) {
        var (report, lines) = (BoardReport(), [line])
        report.connected = true
        change(&report, &lines)
        return (report, lines, false)
    }

    private static func rows(
        _ sample: ConnectorSample? = sample(), _ outlet: StatusReport.Outlet = outlet(),
        control: ControlConfiguration? = nil,
        board: (report: BoardReport, lines: [BoardLine], isSimulated: Bool)? = board()
    ) throws -> [SelfTestAnswer] {
        ConnectorSelfTest(outlet: outlet, sample: sample, control: try control ?? Self.control(), board: board).rows
    }

    private static func sampled(_ change: (inout ConnectorSample) -> Void) -> ConnectorSample {
        var changed = sample()
        change(&changed)
        return changed
    }

    private static func reported(_ change: (inout StatusReport.Outlet) -> Void) -> StatusReport.Outlet {
        var changed = outlet()
        change(&changed)
        return changed
    }

    @Test("a charger without a fault is good in each row")
    func good() throws {
        for row in try Self.rows() { #expect(row.verdict == .good && row.reason.isEmpty, "\(row)") }
    }

    @Test(
        "what is sensed makes just its row bad, or not known",
        arguments: [
            ("supply", .bad, sampled { $0.isSupplyLow = true }),
            ("supply", .bad, sampled { $0.voltages[1] = Millivolts(183_000) }),
            ("supply", .bad, sampled { $0.voltages[2] = Millivolts(265_000) }),
            ("supply", .unknown, sampled { $0.voltages.removeLast() }),
            ("supply", .unknown, sampled { $0.isGateHeld = nil }), ("pilot", .bad, sampled { $0.pilot.high = nil }),
            ("pilot", .bad, sampled { $0.pilot.high = Millivolts(7_400) }),
            ("pilot", .unknown, sampled { $0.pilot.state = .invalid }),
            ("diode", .bad, sampled { $0.pilot.isDiodeSeen = false }),
            ("diode", .unknown, sampled { $0.pilot.isDiodeSeen = nil }),
            ("pp", .bad, sampled { $0.proximity = Ohms(40) }),
            ("pp", .bad, sampled { $0.proximity = Ohms(3_000) }), ("pp", .unknown, sampled { $0.proximity = nil }),
            ("weld", .bad, sampled { $0.contactor.loads[2] = .closed }),
            ("weld", .bad, sampled { $0.contactor.mirror = .closed }),
            ("weld", .bad, sampled { $0.contactor.isEnabled = true }),
            ("weld", .unknown, sampled { ($0.contactor.mirror, $0.contactor.loads[0]) = (.unknown, .unknown) }),
            (
                "weld", .unknown,
                sampled { ($0.contactor.isEnabled, $0.contactor.mirror) = (true, .closed) }
            ), ("residual monitor", .unknown, sampled { $0.residualDirectTripped = true }),
            ("earth", .bad, sampled { $0.earthPresent = false }),
            ("earth", .unknown, sampled { $0.earthPresent = nil }),
            ("lock", .unknown, sampled { $0.lock = .unknown }),
            ("temperature", .unknown, sampled { $0.plugTemperature = nil }),
        ] as [(String, SelfTestAnswer.Verdict, ConnectorSample)])
    func sensedRows(part: String, verdict: SelfTestAnswer.Verdict, sample: ConnectorSample) throws {
        for row in try Self.rows(sample) {
            #expect(row.verdict == (row.part == part ? verdict : .good), "\(row)")
            #expect(row.reason.isEmpty == (row.verdict == .good))
        }
    }

    @Test(
        "what the threads report makes just its row bad, or not known",
        arguments: [
            ("contactor", .bad, reported { $0.connector.closingUS = 101_000 }),
            ("contactor", .bad, reported { $0.connector.openingUS = 101_000 }),
            ("contactor", .unknown, reported { $0.connector.openingUS = 0 }),
            ("contactor", .unknown, reported { $0.connector.operations = 0 }),
            ("meter", .bad, reported { $0.meter.problem = "no complete reply" }),
            ("meter", .bad, reported { $0.meter.ageMS = 3_001 }),
            ("meter", .unknown, reported { $0.meter.accepted = 0 }),
            ("residual monitor", .bad, reported { $0.residualTest?.passed = false }),
            ("residual monitor", .unknown, reported { $0.residualTest = nil }),
        ] as [(String, SelfTestAnswer.Verdict, StatusReport.Outlet)])
    func reportedRows(part: String, verdict: SelfTestAnswer.Verdict, outlet: StatusReport.Outlet) throws {
        for row in try Self.rows(Self.sample(), outlet) {
            #expect(row.verdict == (row.part == part ? verdict : .good), "\(row)")
        }
    }

    @Test(
        "a fault that stands makes its part bad, whatever the sample says",
        arguments: [
            (FaultCode.contactorWelded, "weld"), (.earthMissing, "earth"), (.diodeMissing, "diode"),
            (.lockLost, "lock"),
            (.residualSelfTestFailed, "residual monitor"), (.brownOut, "supply"), (.pilotShorted, "pilot"),
            (.proximityFault, "pp"), (.poleNotClosed, "contactor"), (.overTemperature, "temperature"),
            (.meterLost, "meter"),
        ])
    func standing(code: FaultCode, part: String) throws {
        let rows = try Self.rows(Self.sample(), Self.reported { $0.connector.faultCodes = [code.rawValue] })
        let bad = rows.filter { $0.verdict == .bad }
        #expect(bad.map(\.part) == ["faults", part])
        #expect(bad.last?.reason.hasPrefix("fault \(code.rawValue) stands: ") == true)
    }

    @Test("a lost meter's row names the command that tells a wrong number from a dead meter")
    func lostMeter() throws {
        let rows = try Self.rows(
            Self.sample(), Self.reported { ($0.meter.problem, $0.meter.isLost) = ("no complete reply", true) })
        #expect(rows.first { $0.part == "meter" }?.reason.contains("bus scan") == true)
    }

    @Test("no sample, an old one, a bare board, a fixed cable: nothing that is not known is good")
    func notKnown() throws {
        let rested: Set = ["contactor", "meter", "gpio"]
        for row in try Self.rows(nil) where !rested.contains(row.part) { #expect(row.verdict == .unknown, "\(row)") }
        let old = try Self.rows(Self.sampled { $0.age = .milliseconds(1_001) })
        for row in old where !rested.contains(row.part) && row.part != "faults" {
            #expect(row.verdict == .unknown && row.reason.contains("1.001 s old"), "\(row)")
        }
        let bare = try Self.rows(
            Self.sampled {
                ($0.voltages, $0.earthPresent, $0.isGateHeld, $0.lock) = ([], nil, nil, .unknown)
                ($0.boardTemperature, $0.plugTemperature) = (nil, nil)
            }, control: Self.control(cable: .tethered(rating: Milliamps(32_000)), bare: true),
            board: Self.board { _, lines in lines = [] })
        let unknown = bare.filter { $0.verdict == .unknown }.map(\.part)
        #expect(unknown == ["supply", "gpio", "pp", "residual monitor", "earth", "lock", "temperature"])
        #expect(try Self.rows(board: nil).first { $0.part == "gpio" }?.verdict == .unknown)
    }

    @Test("a board that does not answer is bad, an input that is not read is not known")
    func lines() throws {
        let lost = Self.board { report, _ in (report.connected, report.lastError) = (false, "the chip is gone") }
        #expect(try Self.rows(board: lost).filter { $0.verdict == .bad }.map(\.part) == ["gpio"])
        let unread = Self.board { _, lines in lines[0].isActive = nil }
        let row = try #require(try Self.rows(board: unread).first { $0.part == "gpio" })
        #expect(row.verdict == .unknown && row.reason == "not read: supply-low")
    }

    // MARK: the device

    private static func device(
        storage: DeviceSelfTest.Fact<[Int64]> = .known([900, 1_200]),
        room: DiskRoom? = DiskRoom(free: 1 << 30, total: 1 << 32), key: DeviceSelfTest.Fact<Int64> = .known(400),
        utc: Int64 = 1_796_000_000_000, kernel: KernelClock = .disciplined(maximumError: 1_000),
        links: DeviceSelfTest.Fact<[LinkAnswer]> = .known([link()]), _ change: (inout StatusReport) -> Void = { _ in }
    ) -> [SelfTestAnswer] {
        var report = StatusReport()
        (report.ledger.reachable, report.ledger.height) = (true, 7)
        (report.timing.periods, report.timing.worstLatenessUS) = (9, 300)
        change(&report)
        return DeviceSelfTest(
            report: report, storage: storage, room: room, key: key, protection: "software",
            clock: ClockReading(utc: utc, sinceBoot: 1, kernel: kernel), proven: 1_795_000_000_000, links: links
        ).rows
    }

    private static func link(_ name: String = "eth0", state: String = "up", addresses: [String]? = ["192.0.2.7"])
        -> LinkAnswer
    {
        LinkAnswer(name: name, state: state, hasCarrier: nil, addresses: addresses, counters: [("rx_errors", 0)])
    }

    @Test("the device's rows: each fact makes just its row bad, or not known")
    func deviceRows() {
        for row in Self.device() { #expect(row.verdict == .good, "\(row)") }
        let cases: [(String, SelfTestAnswer.Verdict, [SelfTestAnswer])] = [
            ("storage", .bad, Self.device(storage: .known([900, 500_001]))),
            ("storage", .bad, Self.device(storage: .failed("no space left"))),
            ("storage", .bad, Self.device(room: DiskRoom(free: 0, total: 1 << 20))),
            ("storage", .bad, Self.device(room: DiskRoom(free: (8 << 20) - 1, total: 1 << 32))),
            ("storage", .unknown, Self.device(room: nil)),
            ("storage", .unknown, Self.device(storage: .unknown("a session is open on connector 1"))),
            ("records", .bad, Self.device { $0.records.problem = "the disk failed" }),
            ("records", .bad, Self.device { $0.records.isNearlyFull = true }),
            ("key", .bad, Self.device(key: .failed("no signer"))), ("clock", .bad, Self.device(utc: 1_000)),
            ("clock", .bad, Self.device(utc: 1_794_999_999_999)), ("clock", .unknown, Self.device(kernel: .free)),
            ("network", .unknown, Self.device(links: .known([Self.link("lo")]))),
            ("network", .unknown, Self.device(links: .known([Self.link(addresses: nil)]))),
            ("network", .unknown, Self.device(links: .failed("no /sys"))),
            ("ledger", .bad, Self.device { $0.ledger.reachable = false }),
            ("ledger", .bad, Self.device { $0.ledger.problem = "another chain" }),
            ("ledger", .unknown, Self.device { $0.ledger.height = 0 }),
            ("control loop", .bad, Self.device { $0.timing.worstLatenessUS = 40_001 }),
            ("control loop", .unknown, Self.device { $0.timing.periods = 0 }),
        ]
        for (part, verdict, rows) in cases {
            for row in rows { #expect(row.verdict == (row.part == part ? verdict : .good), "\(part): \(row)") }
        }
        let alone = Self.device(links: .known([Self.link(state: "down")])) { $0.ledger.reachable = false }
        #expect(alone.filter { $0.verdict == .bad }.map(\.part) == ["network", "ledger"])
    }

    // MARK: the desk

    @Test(
        "over a real key and a real disk: both are tried, nothing is left behind, and an open session is not disturbed")
    func desk() throws {
        let rig = try DeskRig()
        let plain = try ShellRig.desk(rig.status, ShellRig.facts(rig), rig)
        var reach = plain.reach
        reach.home = rig.folder
        let desk = StatusDesk(board: rig.status, parts: plain.parts, reach: reach)
        let before = try FileManager.default.contentsOfDirectory(atPath: rig.folder).sorted()
        func row(_ part: String) throws -> SelfTestAnswer {
            try #require(try desk.selfTest().first { $0.part == part })
        }
        let key = try row("key")
        #expect(key.verdict == .good, "\(key)")
        let storage = try row("storage")
        #expect(storage.values.fields.contains { $0.name == "flushes" }, "\(storage)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: rig.folder).sorted() == before)
        #expect(try row("pilot").verdict == .unknown)
        rig.status.update(.connector(1)) { $0.connector.isSessionOpen = true }
        let skipped = try row("storage")
        #expect(skipped.verdict == .unknown && skipped.reason.contains("a session is open on connector 1"))
        #expect(!skipped.values.fields.contains { $0.name == "flushes" })
    }

    @Test("a disk that cannot be written to is bad")
    func refusedDisk() throws {
        let rig = try DeskRig()
        let plain = try ShellRig.desk(rig.status, ShellRig.facts(rig), rig)
        var reach = plain.reach
        reach.home = rig.folder + "/nothing-here"
        let desk = StatusDesk(board: rig.status, parts: plain.parts, reach: reach)
        let storage = try #require(try desk.selfTest().first { $0.part == "storage" })
        #expect(storage.verdict == .bad && storage.reason.contains("bench-io"), "\(storage)")
    }
}
