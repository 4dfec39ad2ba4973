import BoardIO
import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

/// Waits until something holds, at most two seconds.
func eventually(_ what: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<2_000 {
        if try what() { return true }
        usleep(1_000)
    }
    return false
}

@Suite("The GPIO board")
struct GPIOBoardTests {
    let lines = FakeLines()
    let sysfs: FakeSysfs
    let profile: BoardProfile

    init() throws {
        sysfs = try FakeSysfs()
        profile = try BoardProfile.load(path: profiles.appending(path: "gpio-bench.toml").path)
    }

    func started() throws -> GPIOBoard {
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        return board
    }

    @Test("a starting driver requests the enable low before it touches the gate")
    func order() throws {
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        board.pulseGate()
        board.apply(BoardOutputs(pilot: .x1, contactorEnable: true, lock: false))
        #expect(lines.log.isEmpty, "nothing is driven before start")
        try board.start()
        #expect(lines.log.first == "output CONTACTOR 0")
        let gate = try #require(lines.log.firstIndex(of: "output COIL_GATE 0"))
        #expect(gate > 0)
        #expect(!lines.log.contains("COIL_GATE=1"))
        board.stop()
    }

    @Test("the enable is written each period, the gate line toggles with each pulse")
    func enableAndGate() throws {
        let board = try started()
        let closed = BoardOutputs(pilot: .x1, contactorEnable: true, lock: false)
        board.apply(closed)
        board.apply(closed)
        for _ in 0..<3 { board.pulseGate() }
        #expect(lines.log.filter { $0 == "CONTACTOR=1" }.count == 2)
        #expect(lines.log.filter { $0.hasPrefix("COIL_GATE=") } == ["COIL_GATE=1", "COIL_GATE=0", "COIL_GATE=1"])
        board.openContactor()
        #expect(lines.level("CONTACTOR") == false)
        board.apply(closed)
        board.stop()
        #expect(lines.level("CONTACTOR") == false, "stop opens")
        #expect(lines.released == 1)
        board.apply(closed)
        #expect(lines.level("CONTACTOR") == false, "nothing is driven after stop")
    }

    /// The bench board with phase switching and every other line that a board can have.
    func full() throws -> BoardProfile {
        var text = try text("gpio-bench.toml").replacingOccurrences(
            of: "phases = 1", with: "phases = 3\nventilation = true\ncontactor = { phase_switching = true }"
        ).replacingOccurrences(
            of: "[pilot.pwm]", with: "[pilot.reset]\nactive_us = 10\nsettle_us = 1000\n\n[pilot.pwm]")
        let others: [LineRole] = [.pilotOutput, .lockMotorClose, .lockMotorOpen]
        for role in LineRole.allCases where !others.contains(role) && !text.contains("\"\(role.rawValue)\"") {
            text += "\n[[line]]\nrole = \"\(role.rawValue)\"\nchip = \"/dev/gpiochip0\"\nname = \"\(role.rawValue)\"\n"
        }
        return try BoardProfile(bytes: Array(text.utf8), file: "p")
    }

    @Test("the phase relay starts at rest and is written before the enable")
    func phaseRelay() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        let log = lines.log
        #expect(log.first == "output CONTACTOR 0")
        let relay = try #require(log.firstIndex(of: "output phase-relay 0"))
        let gate = try #require(log.firstIndex(of: "output COIL_GATE 0"))
        #expect(relay < gate)
        func writes(_ outputs: BoardOutputs) -> [String] {
            let before = lines.log.count
            board.apply(outputs)
            return lines.log[before...].filter { $0.hasPrefix("CONTACTOR=") || $0.hasPrefix("phase-relay=") }
        }
        let three = BoardOutputs(pilot: .x1, contactorEnable: true, phases: .three, lock: false)
        #expect(writes(three) == ["phase-relay=1", "CONTACTOR=1"])
        #expect(
            writes(BoardOutputs(pilot: .x1, contactorEnable: true, phases: .single, lock: false))
                == ["phase-relay=0", "CONTACTOR=1"])
        lines.fail("phase-relay", EIO)
        #expect(writes(three) == ["CONTACTOR=0"], "nothing closes on phases that were not asked for")
        #expect(eventually { board.sample().outputFault })
        lines.fail("phase-relay", nil)
        #expect(writes(three) == ["phase-relay=1", "CONTACTOR=1"])
        board.stop()
        #expect(lines.level("CONTACTOR") == false && lines.level("phase-relay") == false)
        let opened = try #require(lines.log.lastIndex(of: "CONTACTOR=0"))
        let rested = try #require(lines.log.lastIndex(of: "phase-relay=0"))
        #expect(opened < rested)
    }

    @Test("every further line is read, and what cannot be read has the value that opens")
    func furtherLines() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        let roles = ["second-contactor-auxiliary", "load-voltage-l2", "load-voltage-l3", "earth", "enclosure"]
        for name in roles + ["supply-low", "fan-feedback", "local-reset"] { lines.set(name, true) }
        #expect(
            eventually {
                let sample = board.sample()
                return sample.secondMirror == .closed && sample.loadL2 == .live && sample.loadL3 == .live
                    && sample.earth == .present && sample.enclosureOpen && sample.supplyLow && sample.fanRuns
                    && sample.localReset && sample.inputsValid
            })
        for name in roles + ["supply-low", "fan-feedback", "local-reset"] { lines.set(name, false) }
        #expect(
            eventually {
                let sample = board.sample()
                return sample.secondMirror == .open && sample.loadL2 == .dead && sample.loadL3 == .dead
                    && sample.earth == .missing && !sample.enclosureOpen && !sample.supplyLow && !sample.fanRuns
                    && !sample.localReset
            })
        for name in ["earth", "fan-feedback", "local-reset"] { lines.set(name, true) }
        #expect(eventually { board.sample().earth == .present && board.sample().fanRuns && board.sample().localReset })
        for name in roles + ["supply-low", "fan-feedback", "local-reset"] { lines.fail(name, EIO) }
        #expect(
            eventually {
                let sample = board.sample()
                return sample.secondMirror == .unknown && sample.loadL2 == .unknown && sample.loadL3 == .unknown
                    && sample.earth == .missing && sample.enclosureOpen && sample.supplyLow && !sample.fanRuns
                    && !sample.localReset && !sample.inputsValid
            })
        board.stop()
    }

    @Test("the grid operator's relay lifts its limit only where both contacts say so; a broken wire never does")
    func gridRelay() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        defer { board.stop() }
        /// Whether the next samples say so, each of them.
        func isLimited() -> Bool? {
            let number = board.sample().number
            guard eventually({ board.sample().number > number + 2 }) else { return nil }
            return board.sample().gridIsLimited
        }
        for (release, limit, limited) in [
            (false, false, true), (true, true, true), (false, true, true), (true, false, false),
        ] {
            lines.set("grid-release", release)
            lines.set("grid-limit", limit)
            #expect(isLimited() == limited, "release \(release), limit \(limit)")
        }
        lines.fail("grid-limit", EIO)
        #expect(isLimited() == true)
        lines.fail("grid-limit", nil)
        #expect(isLimited() == false)
        lines.fail("grid-release", EIO)
        #expect(isLimited() == true)
    }

    @Test("the lamps say what they are told; one that cannot be lit is counted, tried again, and stops nothing")
    func lamps() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        let names = ["lamp-available", "lamp-charging", "lamp-fault"]
        func show(_ indication: Indication) {
            board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: false, indication: indication))
        }
        for (indication, lit) in [
            (Indication.available, [true, false, false]), (.connected, [true, true, false]),
            (.charging, [false, true, false]), (.fault, [false, false, true]), (.service, [true, false, true]),
            (.all, [true, true, true]), (.off, [false, false, false]),
        ] {
            show(indication)
            #expect(eventually { names.map { lines.level($0) } == lit }, "\(indication)")
        }
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 3 })
        let written = lines.log.count { $0.hasPrefix("lamp-") }
        #expect(written <= 3 * 8, "only what changes: \(written)")
        lines.fail("lamp-fault", EIO)
        show(.fault)
        #expect(eventually { board.report().writeFailures > 2 })
        #expect(!board.sample().outputFault)
        lines.fail("lamp-fault", nil)
        #expect(eventually { lines.level("lamp-fault") == true })
        board.stop()
        #expect(names.map { lines.level($0) } == [false, false, false])
    }

    @Test("a plug's lock on a line of its own is left as it was wanted last: a weld keeps the plug live behind the end")
    func lockAtTheEnd() throws {
        for wish in [true, false] {
            let lines = FakeLines()
            let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
            try board.start()
            board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: true))
            #expect(eventually { lines.level("plug-lock") == true })
            board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: wish))
            #expect(eventually { lines.level("plug-lock") == wish })
            board.stop()
            #expect(lines.level("plug-lock") == wish)
        }
    }

    @Test("a plug that a killed process left locked stays so until the core speaks; an unread contact frees nothing")
    func lockAtTheStart() throws {
        for (contact, failure, level) in [(true, nil, 1), (false, nil, 0), (false, EIO, 1)] as [(Bool, Int32?, Int)] {
            let lines = FakeLines()
            if contact { lines.state.withLock { _ = $0.activeFirst.insert("lock-feedback") } }
            lines.fail("lock-feedback", failure)
            let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
            try board.start()
            #expect(lines.log.contains("output plug-lock \(level)"))
            board.stop()
            #expect(lines.level("plug-lock") == (level == 1))
        }
    }

    @Test("the fan follows the outputs and stands still after the stop")
    func ventilation() throws {
        let board = try GPIOBoard(profile: full(), lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: false, ventilation: true))
        #expect(eventually { lines.level("ventilation") == true })
        board.stop()
        #expect(lines.level("ventilation") == false)
    }

    @Test("the pilot follows through the kernel's PWM: x1, PWM, state F")
    func pilot() throws {
        let board = try started()
        let duty = "class/pwm/pwmchip0/pwm0/duty_cycle"
        #expect(try sysfs.read("class/pwm/pwmchip0/pwm0/period") == "1000000")
        #expect(try sysfs.read("class/pwm/pwmchip0/pwm0/polarity") == "normal")
        #expect(try sysfs.read("class/pwm/pwmchip0/pwm0/enable") == "1")
        #expect(try sysfs.read(duty).hasPrefix("1000000"), "x1 from the start")
        for (output, text) in [
            (PilotOutput.pwm(highTime: Nanoseconds(266_666)), "266666"), (.off, "0"), (.x1, "1000000"),
        ] {
            try sysfs.write(duty, "")
            board.apply(BoardOutputs(pilot: output, contactorEnable: false, lock: false))
            #expect(try eventually { try sysfs.read(duty) == text })
        }
        board.stop()
        #expect(try sysfs.read(duty) == "1000000")
    }

    @Test("peaks, temperature and contacts come out in volts, degrees, open and closed")
    func sensing() throws {
        let board = try started()
        try sysfs.setPilot(high: 6_000, low: -12_000)
        lines.set("CONTACTOR_AUX", true)
        #expect(
            eventually {
                let sample = board.sample()
                return sample.pilotValid && abs(sample.pilotHigh.rawValue - 6_000) <= 4
                    && abs(sample.pilotLow.rawValue + 12_000) <= 4 && sample.mirror == .closed
            })
        let sample = board.sample()
        #expect(sample.inputsValid)
        #expect(sample.pilotAt >= sample.at, "the pilot, which alone has a limit of age, is read last")
        #expect(sample.loadL1 == .dead)
        #expect(sample.boardTemperature == DeciCelsius(419))
        #expect(!sample.emergencyStop && !sample.residualDC)
        #expect(sample.gate == .unknown && sample.lock == .unknown && sample.proximity == nil)
        #expect(eventually { board.sample().number > sample.number + 3 }, "samples keep coming")
        #expect(board.sample().at > sample.at)
        board.stop()
    }

    @Test("what cannot be read is unknown, and opens")
    func failures() throws {
        let board = try started()
        #expect(eventually { board.sample().pilotValid })
        try sysfs.write("bus/iio/devices/iio:device0/in_voltage0_raw", "broken\n")
        #expect(eventually { !board.sample().pilotValid })
        try sysfs.write("bus/iio/devices/iio:device0/in_voltage0_raw", "999999\n")
        #expect(eventually { board.report().lastError?.contains("outside") == true }, "beyond the supply is no pilot")
        #expect(!board.sample().pilotValid)
        lines.fail("EMERGENCY_STOP", EIO)
        #expect(eventually { board.sample().emergencyStop && !board.sample().inputsValid })
        lines.fail("CONTACTOR_AUX", EIO)
        #expect(eventually { board.sample().mirror == .unknown })
        lines.fail("EMERGENCY_STOP", nil)
        #expect(eventually { !board.sample().emergencyStop && board.sample().inputsValid })
        board.stop()
    }

    @Test("a write that fails is seen in the next samples")
    func outputFault() throws {
        let board = try started()
        #expect(eventually { board.sample().number > 0 && !board.sample().outputFault })
        lines.fail("CONTACTOR", EIO)
        board.apply(.safe)
        #expect(eventually { board.sample().outputFault })
        lines.fail("CONTACTOR", nil)
        board.apply(.safe)
        #expect(eventually { !board.sample().outputFault })
        #expect(board.report().writeFailures >= 1)
        board.apply(BoardOutputs(pilot: .pwm(highTime: Nanoseconds(0)), contactorEnable: false, lock: false))
        #expect(eventually { board.sample().outputFault }, "a pilot that cannot be made")
        let faulty = board.sample().number
        #expect(eventually { board.sample().number > faulty + 5 })
        #expect(board.sample().outputFault, "and stays so until it can: each round tries again")
        board.stop()
    }

    @Test("a start that fails gives every line back and says what is missing")
    func failedStart() throws {
        lines.state.withLock { _ = $0.missing.insert("LOAD_VOLTAGE") }
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        #expect(throws: BoardError.lineMissing(name: "LOAD_VOLTAGE", chip: "/dev/gpiochip0")) { try board.start() }
        #expect(lines.released == 1)
        let other = try GPIOBoard(profile: profile, lines: FakeLines(), sysfsRoot: "/nowhere")
        do throws(BoardError) {
            try other.start()
            Issue.record("started without a single file")
        } catch {
            #expect("\(error)".hasPrefix("/nowhere/class/"))
        }
    }

    @Test("libgpiod's refusal of a chip that is not there is one clear line")
    func missingChip() throws {
        let lines = CharacterDeviceLines()
        let line = GPIOLine(chip: "/dev/gpiochip-none", name: "CONTACTOR")
        #expect(throws: BoardError.chip(path: "/dev/gpiochip-none", errno: ENOENT)) {
            try lines.requestOutput(line, initially: false)
        }
        let notAChip = GPIOLine(chip: "/dev/null", name: "CONTACTOR")
        do throws(BoardError) {
            _ = try lines.requestInput(notAChip)
            Issue.record("/dev/null is no GPIO chip")
        } catch {
            #expect("\(error)".hasPrefix("GPIO chip /dev/null: cannot be opened: "))
        }
        #expect(lines.read(LineHandle(index: 0)) == -EBADF)
    }

    @Test("a driver refuses what it cannot drive")
    func notDrivable() throws {
        let simulated = try BoardProfile.load(path: profiles.appending(path: "simulated.toml").path)
        #expect(throws: BoardError.wrongKind(expected: .gpio, found: .simulated)) { try GPIOBoard(profile: simulated) }
        #expect(throws: BoardError.wrongKind(expected: .simulated, found: .gpio)) {
            try SimulatedBoard(profile: self.profile, socketPath: "/x")
        }
    }
}
