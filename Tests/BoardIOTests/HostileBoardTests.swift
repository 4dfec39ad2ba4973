import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

@testable import BoardIO

/// Reads that hang, chips that go, writes that fail: what the control thread then sees.
@Suite("A board that fails")
struct HostileBoardTests {
    private let lines = FakeLines()
    private let sysfs: FakeSysfs

    init() throws { sysfs = try FakeSysfs() }

    private func started(_ text: String? = nil) throws -> GPIOBoard {
        let text = try text ?? BoardIOTests.text("gpio-bench.toml")
        let profile = try BoardProfile(bytes: Array(text.utf8), file: "p")
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        return board
    }

    private static let closed = BoardOutputs(pilot: .x1, contactorEnable: true, lock: false)

    @Test("a read that hangs leaves its last sample to age, and keeps neither the enable nor the gate waiting")
    func hangingRead() throws {
        let board = try started()
        #expect(eventually { board.sample().pilotValid })
        board.apply(Self.closed)
        lines.hang(["LOAD_VOLTAGE"])
        #expect(eventually { lines.state.withLock { $0.hung > 0 } })
        let last = board.sample()
        // What a control thread does while the board's own hangs: all of it goes through.
        for _ in 0..<100 {
            board.apply(Self.closed)
            board.pulseGate()
        }
        #expect(board.sample() == last, "no new moment is given to what was read before")
        #expect(lines.log.suffix(2) == ["CONTACTOR=1", "COIL_GATE=0"])
        board.openContactor()
        #expect(lines.level("CONTACTOR") == false)
        // And the samples come again.
        lines.hang([])
        #expect(eventually { board.sample().number > last.number + 2 && board.sample().pilotAt > last.pilotAt })
        board.stop()
    }

    @Test("a stop opens before it waits for a read that hangs")
    func stopWhileHanging() throws {
        let board = try started()
        #expect(eventually { board.sample().pilotValid })
        board.apply(Self.closed)
        lines.hang(["CONTACTOR_AUX"])
        #expect(eventually { lines.state.withLock { $0.hung > 0 } })
        let stopping = Thread { board.stop() }
        stopping.start()
        #expect(eventually { lines.level("CONTACTOR") == false })
        #expect(lines.released == 0, "it waits")
        lines.hang([])
        #expect(eventually { lines.released == 1 })
    }

    @Test("a chip that vanishes is a pressed stop, an unknown contactor and an output fault")
    func vanishingChip() throws {
        let board = try started(
            BoardIOTests.text("gpio-bench.toml").replacingOccurrences(
                of: "name = \"EMERGENCY_STOP\"", with: "name = \"EMERGENCY_STOP\"\nedges = true"))
        board.apply(Self.closed)
        #expect(
            eventually { board.sample().inputsValid && !board.sample().outputFault && !board.sample().emergencyStop })
        for name in lines.state.withLock({ $0.names }) { lines.fail(name, ENODEV) }
        board.apply(Self.closed)
        board.pulseGate()
        #expect(
            eventually {
                let sample = board.sample()
                return !sample.inputsValid && sample.emergencyStop && sample.mirror == .unknown
                    && sample.loadL1 == .unknown && sample.outputFault
            })
        #expect(board.report().writeFailures > 0 && board.report().readFailures > 0)
        board.stop()
    }

    @Test(
        "a gate that cannot be written is an output fault until it can, and an enable that was written does not hide it"
    )
    func gateFault() throws {
        let board = try started()
        defer { board.stop() }
        /// Whether samples that began after now say so.
        func isFault() -> Bool? {
            let number = board.sample().number
            return eventually { board.sample().number > number + 2 } ? board.sample().outputFault : nil
        }
        board.apply(Self.closed)
        board.pulseGate()
        #expect(isFault() == false)
        lines.fail("COIL_GATE", EIO)
        board.pulseGate()
        board.apply(Self.closed)
        #expect(isFault() == true)
        lines.fail("COIL_GATE", nil)
        board.apply(Self.closed)
        #expect(isFault() == true, "not written again yet")
        board.pulseGate()
        #expect(isFault() == false)
    }

    @Test("an enable that cannot be written leaves the gate without pulses, until it is written")
    func enableFault() throws {
        let board = try started()
        defer { board.stop() }
        func pulses() -> Int { lines.log.filter { $0.hasPrefix("COIL_GATE=") }.count }
        let open = BoardOutputs(pilot: .x1, contactorEnable: false, lock: false)
        board.apply(Self.closed)
        board.pulseGate()
        #expect(pulses() == 1)
        // The expander is gone with the contactor closed, the gate is not: what opens is that its pulses stop.
        lines.fail("CONTACTOR", EREMOTEIO)
        for outputs in [Self.closed, open, open] {
            board.apply(outputs)
            board.pulseGate()
        }
        #expect(lines.level("CONTACTOR") == true && pulses() == 1)
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 2 })
        #expect(board.sample().outputFault)
        lines.fail("CONTACTOR", nil)
        board.pulseGate()
        #expect(pulses() == 1, "it was not written yet")
        board.apply(open)
        board.pulseGate()
        #expect(lines.level("CONTACTOR") == false && pulses() == 2)
        #expect(eventually { !board.sample().outputFault })
    }

    @Test("a pilot of software whose line fails long after it was asked is an output fault while that lasts")
    func softwarePilot() throws {
        let text = try BoardIOTests.text("gpio-bench.toml").replacingOccurrences(
            of: "\"hardware-pwm\"", with: "\"software\""
        )
        .replacingOccurrences(of: "[pilot.pwm]\nchip = \"pwmchip0\"\nchannel = 0\n", with: "")
        let board = try started(
            text + "\n[[line]]\nrole = \"pilot-output\"\nchip = \"/dev/gpiochip0\"\nname = \"CP\"\n")
        let pulsing = BoardOutputs(pilot: .pwm(highTime: .microseconds(100)), contactorEnable: false, lock: false)
        board.apply(pulsing)
        #expect(eventually { (board.report().pilotTiming?.pulses ?? 0) > 5 && !board.sample().outputFault })
        lines.fail("CP", EIO)
        #expect(eventually { board.sample().outputFault })
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 5 })
        #expect(board.sample().outputFault)
        lines.fail("CP", nil)
        #expect(eventually { !board.sample().outputFault })
        board.stop()
    }

    @Test("a PWM whose files fail at the start makes no board, and no line is kept")
    func halfPWM() throws {
        for file in ["enable", "polarity", "period", "duty_cycle"] {
            let sysfs = try FakeSysfs()
            try FileManager.default.removeItem(atPath: "\(sysfs.root)/class/pwm/pwmchip0/pwm0/\(file)")
            // What takes every byte that is written, and keeps none.
            try FileManager.default.createSymbolicLink(
                atPath: "\(sysfs.root)/class/pwm/pwmchip0/pwm0/\(file)", withDestinationPath: "/dev/full")
            let lines = FakeLines()
            let profile = try BoardProfile(bytes: Array(BoardIOTests.text("gpio-bench.toml").utf8), file: "p")
            let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
            #expect(throws: BoardError.self, "\(file)") { try board.start() }
            #expect(lines.released == 1 && !lines.log.contains("CONTACTOR=1"))
            #expect(lines.level("CONTACTOR") == false)
        }
    }

    @Test("a converter that says the same again and again is read, not remembered")
    func converter() throws {
        let board = try started()
        try sysfs.setPilot(high: 6_000, low: -12_000)
        #expect(eventually { board.sample().pilotHigh.rawValue < 6_100 && board.sample().pilotValid })
        try FileManager.default.removeItem(atPath: "\(sysfs.root)/bus/iio/devices/iio:device0/in_voltage0_raw")
        try sysfs.write("bus/iio/devices/iio:device0/in_voltage1_raw", "")
        #expect(eventually { !board.sample().pilotValid }, "an empty file is no number")
        board.stop()
    }
}
