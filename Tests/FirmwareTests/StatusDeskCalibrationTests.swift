import BoardIO
import Foundation
import Quantities
import ServiceShell
import SignedRecords
import Synchronization
import Testing

@testable import ChargeControl
@testable import Firmware

/// A technician's calibration over a board whose converters are off: in his service mode alone, and never by a reading that is none.
@Suite("Calibration at the desk")
struct StatusDeskCalibrationTests {
    private static let ada = Technician(hash: ContentHash(hashing: [5]), name: "Ada", role: .commission, serial: 7)

    private let holder = ServiceHolder()
    private let doors = [ServiceDoor(), ServiceDoor()]
    private let disk = CuttableDisk()
    private let bench: ConverterBoard
    private let simulated: ConverterBoard

    init() throws {
        bench = ConverterBoard(try Self.profile("gpio-bench"))
        simulated = ConverterBoard(try Self.profile("simulated"))
    }

    private static func profile(_ name: String) throws -> BoardProfile {
        try BoardProfile.load(path: "\(ConnectorParts.shipped)/profiles/\(name).toml")
    }

    private func desk(_ boards: [any Board]? = nil) throws -> StatusDesk {
        let boards = boards ?? [bench, simulated]
        let board = StatusBoard(connectors: boards.count)
        let rig = try DeskRig()
        let whole = try ShellRig.desk(board, ShellRig.facts(rig), rig)
        var reach = whole.reach
        reach.boards = boards
        reach.doors = Array(doors.prefix(boards.count))
        reach.calibration = CalibrationKeeper(disk.store)
        return StatusDesk(board: board, parts: whole.parts, reach: reach)
    }

    /// The core lets a login in.
    private func enter(_ door: ServiceDoor, _ holder: ServiceHolder) throws {
        var report = ServiceReport()
        report.visit = try door.enter(holder, at: SystemClock.now())
        report.judged = report.visit
        door.tell(report)
    }

    private func run(_ reference: Int32, _ channel: CalibrationWish.Channel = .pilotHigh) -> CalibrationWish {
        .run(channel, reference: Millivolts(reference), connector: 1)
    }

    @Test("a technician's visit: looked at, calibrated by two points, in force behind the restart, and taken back")
    func visit() throws {
        let desk = try desk()
        let before = try desk.calibration(connector: 1).outlets[0]
        #expect(before.board == bench.profile.id && before.reason == nil)
        #expect(before.profile == ContentHash(hashing: bench.profile.fileBytes).bytes)
        let nominal = CalibrationAnswer.Scale(microvoltsPerCount: 7_326, offset: Millivolts(-15_000))
        #expect(before.channels == ["pilot-high", "pilot-low"].map { .init(name: $0, current: nominal) })

        try enter(doors[0], holder)
        #expect(desk.obstacle(to: .calibrate(run(12_000))) == nil)
        // 12 V are 3 660.8 of this converter's counts, which the profile takes for 11 819 mV.
        let first = try desk.calibrate(run(12_000), by: Self.ada, as: holder)
        #expect(first.current == nominal && first.next?.microvoltsPerCount == 7_326)
        #expect(first.next?.offset == Millivolts(-14_820) && first.next?.origin?.references == [Millivolts(12_000)])
        bench.state.withLock { $0.terminal[.pilotHigh] = 13_150 }
        _ = try desk.calibrate(run(13_150), by: Self.ada, as: holder)
        bench.state.withLock { $0.terminal[.pilotHigh] = 10_850 }
        let both = try desk.calibrate(run(10_850), by: Self.ada, as: holder)
        let made = try #require(both.next)
        #expect(made.origin?.references == [Millivolts(13_150), Millivolts(10_850)])
        #expect(abs(made.microvoltsPerCount - 7_400) <= 26)
        #expect(made.origin?.name == "Ada" && made.origin?.serial == 7)
        #expect(made.origin?.certificate == Self.ada.hash.bytes)

        // The firmware is started again.
        let again = try self.desk()
        let after = try again.calibration(connector: 1)
        #expect(after.problem == nil && after.outlets[0].channels[0].current == made)
        #expect(after.outlets[0].channels[0].next == nil && after.outlets[0].channels[1].current == nominal)
        // By the board's own numbers 6 V are right within a few millivolts, and were not before.
        let driver = try #require(again.reach.calibration?.inForce(1, on: bench.profile).scales[.pilotHigh])
        #expect(driver == ConverterScale(microvoltsPerCount: made.microvoltsPerCount, offset: made.offset))

        let reset = try again.calibrate(.reset(.pilotHigh, connector: 1), by: Self.ada, as: ServiceHolder())
        #expect(reset.current == made && reset.next == nominal)
        #expect(try self.desk().calibration(connector: 1).outlets[0].channels[0].current == nominal)
    }

    @Test("a board without converter channels says so, and is calibrated by nobody")
    func withoutChannels() throws {
        let desk = try desk()
        let outlet = try desk.calibration(connector: 2).outlets[0]
        #expect(outlet.channels.isEmpty)
        #expect(outlet.reason == "the board is simulated: no converter stands between it and its volts")
        let wish = CalibrationWish.run(.pilotHigh, reference: Millivolts(12_000), connector: 2)
        #expect(desk.obstacle(to: .calibrate(wish)) == outlet.reason)
        try enter(doors[1], holder)
        #expect(throws: ServiceShellError.interlock("the board has no such channel")) {
            try desk.calibrate(wish, by: Self.ada, as: holder)
        }
        #expect(throws: ServiceShellError.interlock("expected a connector from 1 to 2, got 3")) {
            try desk.calibration(connector: 3)
        }
        #expect(try desk.calibration(connector: 0).outlets.map(\.connector) == [1, 2])
        #expect(disk.state.withLock { $0.writes } == 0)
    }

    @Test(
        "outside service mode, in another login's, or beside a test, no channel is read; with several connectors one is named"
    )
    func interlocks() throws {
        let desk = try desk()
        #expect(desk.obstacle(to: .calibrate(run(12_000))) == "service mode does not stand")
        #expect(
            desk.obstacle(to: .calibrate(.run(nil, reference: .zero, connector: 0))) == "service mode does not stand")
        #expect(desk.obstacle(to: .calibrate(run(12_000, .proximity))) == "the board has no such channel")
        #expect(desk.obstacle(to: .calibrate(.reset(.pilotHigh, connector: 1))) == nil)
        let notHeld = ServiceShellError.interlock("this login has not entered service mode there")
        #expect(throws: notHeld) { try desk.calibrate(run(12_000), by: Self.ada, as: holder) }
        try enter(doors[0], ServiceHolder())
        #expect(throws: notHeld) { try desk.calibrate(run(12_000), by: Self.ada, as: holder) }
        let other = ServiceDoor()
        try enter(other, holder)
        var report = other.report
        report.test.stage = .driving
        other.tell(report)
        var reach = desk.reach
        reach.doors = [other, doors[1]]
        let testing = StatusDesk(board: desk.board, parts: desk.parts, reach: reach)
        #expect(testing.obstacle(to: .calibrate(run(12_000))) == "another test runs")
        #expect(throws: ServiceShellError.interlock("another test runs")) {
            try testing.calibrate(run(12_000), by: Self.ada, as: holder)
        }
        #expect(throws: ServiceShellError.interlock("there are 2 connectors: name one")) {
            try desk.calibrate(.run(.pilotHigh, reference: Millivolts(12_000), connector: 0), by: Self.ada, as: holder)
        }
        let none = StatusDesk(
            board: desk.board, parts: desk.parts,
            reach: try ShellRig.desk(
                desk.board, desk.parts, DeskRig()
            ).reach)
        #expect(none.obstacle(to: .calibrate(run(12_000))) == "no board is there yet")
        #expect(throws: ServiceShellError.self) { try none.calibration(connector: 0) }
        #expect(disk.state.withLock { $0.writes } == 0)
    }

    @Test("service mode that ends while the channel is read, for however short, makes the reading none")
    func endsMeanwhile() throws {
        let desk = try desk()
        try enter(doors[0], holder)
        let begun = bench.state.withLock { $0.number }
        bench.state.withLock { state in
            state.onReading = { [door = doors[0]] number in
                guard number == begun + 30 else { return }
                var report = door.report
                report.visit = 0
                report.ended = .car
                door.tell(report)
            }
        }
        #expect(throws: ServiceShellError.interlock("service mode ended while the channel was read")) {
            try desk.calibrate(run(12_000), by: Self.ada, as: holder)
        }
        bench.state.withLock { state in
            let begun = state.number
            state.onReading = { [door = doors[0], holder] number in
                guard number == begun + 30, let visit = try? door.enter(holder, at: SystemClock.now()) else { return }
                var report = ServiceReport()
                (report.visit, report.judged) = (visit, visit)
                door.tell(report)
            }
        }
        try enter(doors[0], holder)
        #expect(throws: ServiceShellError.interlock("service mode ended while the channel was read")) {
            try desk.calibrate(run(12_000), by: Self.ada, as: holder)
        }
        #expect(disk.state.withLock { $0.writes } == 0)
    }

    @Test("a noisy, a moving, a silent and a far reading are refused with their reason, and nothing is stored")
    func readings() throws {
        let desk = try desk()
        try enter(doors[0], holder)
        func reason(_ reference: Int32 = 12_000) -> String {
            do throws(ServiceShellError) {
                _ = try desk.calibrate(run(reference), by: Self.ada, as: holder)
                return ""
            } catch { return "\(error)" }
        }
        bench.state.withLock { $0.noise = [0, 12] }
        #expect(reason().contains("the reading is not still: 88 mV"))
        bench.state.withLock { $0.noise = [0] }
        bench.state.withLock { state in
            let begun = state.number
            state.onReading = { [bench] number in
                if number == begun + 40 { bench.state.withLock { $0.terminal[.pilotHigh] = 12_045 } }
            }
        }
        #expect(reason().contains("the reading moves"))
        bench.state.withLock { $0.onReading = nil }
        #expect(reason(12_600).contains("you measured 12600 mV: more than 400 mV apart"))
        bench.state.withLock { $0.isSilent = true }
        #expect(reason().contains("the converter gave 0 of 64 samples within 2000 ms"))
        #expect(disk.state.withLock { $0.writes } == 0)
        bench.state.withLock { $0.isSilent = false }
        disk.state.withLock { $0.isDead = true }
        let failure = #expect(throws: ServiceShellError.self) {
            try desk.calibrate(run(12_000), by: Self.ada, as: holder)
        }
        guard case .unfinished = failure else {
            Issue.record("expected an end that is not known, got \(String(describing: failure))")
            return
        }
    }

    @Test("a damaged file is told by calib show")
    func damaged() throws {
        disk.state.withLock { $0.text = "rubbish" }
        let answer = try desk().calibration(connector: 0)
        #expect(answer.problem == "the file calibration is damaged: no calibration is used")
        #expect(answer.outlets[0].channels.allSatisfy { $0.current.origin == nil && $0.next == nil })
    }
}
