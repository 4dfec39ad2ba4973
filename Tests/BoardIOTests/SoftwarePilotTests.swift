import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

@testable import BoardIO

/// The pilot that a thread makes on a line. Its times are this machine's at this moment: the tests hold it to what it says of
/// itself, to the levels in their order, and to a measure of the line from outside.
@Suite("A pilot made by software")
struct SoftwarePilotTests {
    /// Lines that keep when each level was written.
    private final class TimedLines: GPIOLines {
        let written = Mutex<[(level: Bool, at: MonotonicInstant)]>([])
        let code = Atomic<Int32>(0)
        /// What rises alone answer.
        let riseCode = Atomic<Int32>(0)

        func requestOutput(_ line: GPIOLine, initially: Bool) throws(BoardError) -> LineHandle {
            written.withLock { $0.append((initially, monotonicNow())) }
            return LineHandle(index: 0)
        }
        func requestInput(_ line: GPIOLine) throws(BoardError) -> LineHandle { LineHandle(index: 1) }
        func place(of handle: LineHandle) -> LinePlace? { nil }
        func write(_ active: Bool, to handle: LineHandle) -> Int32 {
            written.withLock { $0.append((active, monotonicNow())) }
            let code = code.load(ordering: .relaxed)
            return code == 0 && active ? riseCode.load(ordering: .relaxed) : code
        }
        func read(_ handle: LineHandle) -> Int32 { 0 }
        func check(_ line: GPIOLine) throws(BoardError) {}
        func nextEdge(_ handle: LineHandle, _ edge: inout LineEdge) -> Int32 { 0 }
        func releaseAll() {}

        /// The levels since `index`, each once.
        func levels(from index: Int) -> [Bool] {
            written.withLock { $0[index...].map(\.level) }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
        }
        var count: Int { written.withLock { $0.count } }
    }

    private let lines = TimedLines()

    private func pilot() throws -> SoftwarePilot {
        try SoftwarePilot(line: GPIOLine(chip: "/dev/gpiochip0", name: "CP"), over: lines)
    }

    @Test("high from the first moment, then pulses, then low, then high; each change begins with a period")
    func levels() throws {
        let pilot = try pilot()
        #expect(eventually { lines.count > 4 })
        #expect(lines.levels(from: 0) == [true])
        try pilot.generate(.pwm(highTime: .microseconds(300)))
        #expect(eventually { (pilot.timing?.pulses ?? 0) >= 20 })
        #expect(lines.levels(from: 0).count > 38)
        try pilot.generate(.off)
        #expect(eventually { lines.levels(from: max(0, lines.count - 4)) == [false] })
        let quiet = try #require(pilot.timing?.pulses)
        try pilot.generate(.x1)
        #expect(eventually { lines.levels(from: max(0, lines.count - 4)) == [true] })
        #expect(pilot.timing?.pulses == quiet)
        try pilot.generate(.off)
        pilot.stop()
        #expect(lines.levels(from: lines.count - 1) == [true], "x1 is left")
        let after = lines.count
        usleep(5_000)
        #expect(lines.count == after, "the thread has ended")
    }

    @Test("what it says of its pulses is what the line saw: never shorter than wanted, and the worst is the worst")
    func measures() throws {
        let pilot = try pilot()
        defer { pilot.stop() }
        let wanted = Nanoseconds.microseconds(200)
        try pilot.generate(.pwm(highTime: wanted))
        #expect(eventually { (pilot.timing?.pulses ?? 0) >= 100 })
        try pilot.generate(.x1)
        #expect(eventually { lines.levels(from: max(0, lines.count - 4)) == [true] })
        let timing = try #require(pilot.timing)
        // x1 before and behind: a pulse is a write of high directly before a write of low.
        let written = lines.written.withLock { $0 }
        let highTimes = zip(written, written.dropFirst()).filter { $0.level && !$1.level }.map { $1.at - $0.at }
        #expect(highTimes.count == Int(timing.pulses))
        let least = highTimes.min() ?? .zero
        let most = highTimes.max() ?? .zero
        // The line's moment lies inside the thread's: at the write, not behind it. A pause of the thread between the two is seen by
        // one of them only, so most is a bound from below here, least from above.
        #expect(least > wanted - .milliseconds(1), "\(timing)")
        #expect(timing.worstError + .milliseconds(20) > most - wanted, "\(timing)")
        #expect(timing.inexactPulses <= timing.pulses)
    }

    @Test("an error counts both ways, and only beyond the tolerance")
    func counts() {
        var timing = PilotTiming()
        for error in [5_000, -5_000, 5_001, -7_000, 0] {
            timing.note(
                PilotTiming.Pulse(lateness: Nanoseconds(Int64(abs(error)) * 2), error: Nanoseconds(Int64(error))))
        }
        #expect(timing.pulses == 5 && timing.inexactPulses == 2)
        #expect(timing.worstError == Nanoseconds(7_000) && timing.worstLateness == Nanoseconds(14_000))
        #expect("\(timing)".hasPrefix("5 pulses, 2 of them wrong by more than 5 us (at most 7 us)"))
        #expect("\(timing)".hasSuffix("without a real-time priority"))
    }

    @Test("a line that cannot be written is told, and so is a high time that is none")
    func failures() throws {
        let pilot = try pilot()
        defer { pilot.stop() }
        lines.code.store(-EIO, ordering: .relaxed)
        #expect(eventually { (try? pilot.generate(.x1)) == nil })
        #expect(throws: BoardError.device(call: "write", path: "line \"CP\"", errno: EIO)) { try pilot.generate(.off) }
        lines.code.store(0, ordering: .relaxed)
        #expect(eventually { (try? pilot.generate(.x1)) != nil })
        for time in [0, 1_000_000] as [Int64] {
            #expect(throws: BoardError.self) { try pilot.generate(.pwm(highTime: Nanoseconds(time))) }
        }
    }

    @Test("a rise that fails is told until one succeeds, however many falls do between")
    func failedRises() throws {
        let pilot = try pilot()
        defer { pilot.stop() }
        try pilot.generate(.pwm(highTime: .microseconds(300)))
        #expect(eventually { (pilot.timing?.pulses ?? 0) > 3 })
        lines.riseCode.store(-EIO, ordering: .relaxed)
        #expect(eventually { pilot.failure != nil })
        let pulses = try #require(pilot.timing?.pulses)
        var forgotten = 0
        #expect(
            eventually {
                if pilot.failure == nil { forgotten += 1 }
                return (pilot.timing?.pulses ?? 0) > pulses + 50
            })
        #expect(forgotten == 0)
        lines.riseCode.store(0, ordering: .relaxed)
        #expect(eventually { pilot.failure == nil })
        // A fall that failed does not stand against a pilot that falls no more.
        lines.code.store(-EIO, ordering: .relaxed)
        #expect(eventually { pilot.failure != nil })
        #expect(throws: BoardError.self) { try pilot.generate(.x1) }
        lines.code.store(0, ordering: .relaxed)
        #expect(eventually { pilot.failure == nil })
    }

    @Test("a bench profile names the pilot's line and no PWM chip; each lack is a mistake where it stands")
    func profile() throws {
        let hardware = try text("gpio-bench.toml")
        let pwm = "[pilot.pwm]\nchip = \"pwmchip0\"\nchannel = 0\n"
        #expect(hardware.contains(pwm))
        let line = "\n[[line]]\nrole = \"pilot-output\"\nchip = \"/dev/gpiochip0\"\nname = \"CP\"\n"
        let software = hardware.replacingOccurrences(of: "\"hardware-pwm\"", with: "\"software\"")
        let good = software.replacingOccurrences(of: pwm, with: "") + line
        let wiring = try BoardProfile(bytes: Array(good.utf8), file: "p").wiring
        #expect(wiring?.generator == .line(GPIOLine(chip: "/dev/gpiochip0", name: "CP")))
        func keys(_ text: String) -> [Substring] {
            mistakes(text).compactMap { $0.split { $0 == " " || $0 == "." }.last }
        }
        #expect(keys(software + line) == ["pwm"])
        #expect(keys(software.replacingOccurrences(of: pwm, with: "")) == ["generator"])
        #expect(keys(hardware + line) == ["generator"])
        let noBench = good.replacingOccurrences(of: "bench = true", with: "bench = false")
        #expect(keys(noBench).contains("generator"))
    }

    @Test(
        "a board with a pilot made by software drives it and gives it back at x1; a start that fails leaves no thread")
    func board() throws {
        let sysfs = try FakeSysfs()
        let hardware = try text("gpio-bench.toml")
        let pwm = "[pilot.pwm]\nchip = \"pwmchip0\"\nchannel = 0\n"
        let line = "\n[[line]]\nrole = \"pilot-output\"\nchip = \"/dev/gpiochip0\"\nname = \"CP\"\n"
        let text = hardware.replacingOccurrences(of: "\"hardware-pwm\"", with: "\"software\"")
            .replacingOccurrences(of: pwm, with: "")
        let profile = try BoardProfile(bytes: Array((text + line).utf8), file: "p")
        let fake = FakeLines()
        let board = try GPIOBoard(profile: profile, lines: fake, sysfsRoot: sysfs.root)
        try board.start()
        board.apply(BoardOutputs(pilot: .pwm(highTime: .microseconds(100)), contactorEnable: false, lock: false))
        #expect(eventually { (board.report().pilotTiming?.pulses ?? 0) > 3 })
        board.stop()
        #expect(fake.level("CP") == true)
        let lost = FakeLines()
        // The pilot's thread runs when the converter is found to be missing.
        let bare = text.replacingOccurrences(
            of: "[temperature]\nfile = \"class/thermal/thermal_zone0/temp\"\n", with: "")
        let without = try BoardProfile(bytes: Array((bare + line).utf8), file: "p")
        let broken = try GPIOBoard(profile: without, lines: lost, sysfsRoot: "/nowhere")
        #expect(throws: BoardError.self) { try broken.start() }
        #expect(lost.log.contains("CP=1"))
        let log = lost.log.count
        usleep(5_000)
        #expect(lost.log.count == log)
    }
}
