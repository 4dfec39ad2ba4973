import Foundation
import Glibc
import Quantities
import Testing

@testable import BoardIO

@Suite("A plug lock with a motor")
struct LockMotorTests {
    // MARK: The pulses

    /// A motor of 600 ms and 100 ms, looked at every 5 ms in time of its own.
    private struct Bench {
        var motor = LockMotor(pulse: .milliseconds(600), pause: .milliseconds(100))
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        /// What the lines said, once for each change, and for how long, in milliseconds.
        var turns: [(drive: LockMotor.Drive, time: Int64)] = []

        mutating func run(_ milliseconds: Int64, locked: Bool, _ feedback: LockState) {
            for _ in 0..<(milliseconds / 5) {
                let drive = motor.drive(locked: locked, feedback: feedback, at: now)
                if turns.last?.drive != drive { turns.append((drive, 0)) }
                turns[turns.count - 1].time += 5
                now = now + .milliseconds(5)
            }
        }

        var drives: [LockMotor.Drive] { turns.map(\.drive) }
    }

    @Test("a pulse ends at the feedback, and none comes while the lock is where it is wanted")
    func feedback() {
        var bench = Bench()
        bench.run(3_000, locked: false, .unlocked)
        #expect(bench.drives == [.off], "open already")
        bench.run(300, locked: true, .unlocked)
        bench.run(3_000, locked: true, .locked)
        #expect(bench.drives == [.off, .closing, .off] && bench.turns[1].time == 300)
        bench.run(300, locked: false, .locked)
        bench.run(3_000, locked: false, .unlocked)
        #expect(bench.drives == [.off, .closing, .off, .opening, .off])
        #expect(!bench.motor.isJammed)
    }

    @Test("a jam ends the pulse by its time, and no other comes before the next wish")
    func jam() {
        var bench = Bench()
        bench.run(20_000, locked: true, .unlocked)
        #expect(bench.drives == [.closing, .off] && bench.turns[0].time == 600 && bench.motor.isJammed)
        // As the core has it: back off, try again.
        bench.run(2_000, locked: false, .unlocked)
        #expect(!bench.motor.isJammed && bench.drives == [.closing, .off], "open: nothing to do")
        bench.run(20_000, locked: true, .unknown)
        #expect(bench.drives == [.closing, .off, .closing, .off] && bench.turns[2].time == 600)
    }

    @Test("the other wish stops it at once, it rests, and turns the other way")
    func reversal() {
        var bench = Bench()
        bench.run(200, locked: true, .unlocked)
        bench.run(50, locked: false, .unknown)
        #expect(bench.drives == [.closing, .off])
        bench.run(1_000, locked: false, .unknown)
        #expect(bench.drives == [.closing, .off, .opening, .off])
        #expect(bench.turns[1].time == 100, "the pause")
        #expect(bench.turns[2].time == 600)
    }

    @Test("a contact that trembles at the end makes one pulse a second at most")
    func trembling() {
        var bench = Bench()
        for round in 0..<4_000 {
            bench.run(5, locked: true, round % 3 == 0 ? .locked : .unlocked)
        }
        let closing = bench.turns.filter { $0.drive == .closing }
        #expect(closing.count > 5 && closing.count <= 20, "\(closing.count) in 20 s")
        #expect(closing.allSatisfy { $0.time <= 15 })
    }

    @Test("a lock that is forced open is driven again")
    func forced() {
        var bench = Bench()
        bench.run(100, locked: true, .unlocked)
        bench.run(5_000, locked: true, .locked)
        bench.run(2_000, locked: true, .unlocked)
        #expect(bench.drives == [.closing, .off, .closing, .off] && bench.motor.isJammed)
    }

    // MARK: The board

    let lines = FakeLines()

    /// The bench board with a socket and a lock that a motor moves.
    func text(_ change: (String, String) = ("", ""), lines more: [String] = ["close", "open", "feedback"])
        throws
        -> String
    {
        var text = try BoardIOTests.text("gpio-bench.toml").replacingOccurrences(
            of: "kind = \"tethered\"\nrated_current_ma = 16000", with: "kind = \"socket\""
        ).replacingOccurrences(of: "bench = true", with: "bench = true\nplug_lock = true")
        text += "\n[proximity]\ndevice = \"iio:device0\"\nchannel = 2\nmicrovolts_per_count = 1221\noffset_mv = 0\n"
        text += "pull_up_ohms = 1000\nsupply_mv = 5000\n"
        for name in more {
            let role = name == "feedback" ? "lock-feedback" : name == "plug" ? "plug-lock" : "lock-motor-\(name)"
            text += "\n[[line]]\nrole = \"\(role)\"\nchip = \"/dev/gpiochip0\"\nname = \"\(name)\"\n"
        }
        text += "\n[lock_motor]\npulse_ms = 50\npause_ms = 20\n"
        return change.0.isEmpty ? text : text.replacingOccurrences(of: change.0, with: change.1)
    }

    func started(pulse: Int64 = 50) throws -> (GPIOBoard, FakeSysfs) {
        let sysfs = try FakeSysfs()
        let text = try text(("pulse_ms = 50", "pulse_ms = \(pulse)"))
        let profile = try BoardProfile(bytes: Array(text.utf8), file: "p")
        #expect(
            profile.wiring?.lockMotor
                == GPIOWiring.LockMotorTimes(pulse: .milliseconds(pulse), pause: .milliseconds(20)))
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        return (board, sysfs)
    }

    func wish(_ board: GPIOBoard, locked: Bool) {
        board.apply(BoardOutputs(pilot: .x1, contactorEnable: false, lock: locked))
    }

    /// Whether both lines ever stood active together, in the order of the writes.
    func stoodTogether() -> Bool {
        var levels = ["close": false, "open": false]
        for entry in lines.log {
            for name in ["close", "open"] where entry.hasPrefix("\(name)=") { levels[name] = entry.hasSuffix("=1") }
            if levels["close"] == true, levels["open"] == true { return true }
        }
        return false
    }

    @Test("the board drives the two lines, reads the contact, tells a jam, and frees at its end what is to be free")
    func board() throws {
        let (board, _) = try started()
        #expect(lines.log.contains("output close 0") && lines.log.contains("output open 0"))
        #expect(eventually { board.sample().lock == .unlocked })
        #expect(!lines.log.contains("open=1"), "an open lock is not driven at the start")
        wish(board, locked: true)
        #expect(eventually { lines.log.contains("close=1") })
        lines.set("feedback", true)
        #expect(eventually { board.sample().lock == .locked })
        #expect(eventually { lines.level("close") == false })
        #expect(!board.sample().outputFault && board.report().lastError == nil)
        // Jammed: the contact stays.
        wish(board, locked: false)
        #expect(eventually { board.report().lastError == "the plug lock is not open after 50 ms of its motor" })
        #expect(lines.level("open") == false && board.sample().lock == .locked)
        #expect(!board.sample().outputFault, "a jam is the lock's state, not the board's")
        let before = lines.log.count { $0 == "open=1" }
        board.stop()
        #expect(lines.log.count { $0 == "open=1" } > before, "freed once more at the end")
        #expect(lines.level("open") == false && lines.level("close") == false)
        #expect(!stoodTogether())
    }

    @Test("a line that cannot be written leaves the other inactive, and is an output fault while it lasts")
    func unwritable() throws {
        let (board, _) = try started()
        #expect(eventually { board.sample().lock == .unlocked })
        lines.fail("open", EIO)
        wish(board, locked: true)
        #expect(eventually { board.sample().outputFault })
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 5 })
        #expect(!lines.log.contains("close=1"), "the other line's level is not known")
        lines.fail("open", nil)
        #expect(eventually { !board.sample().outputFault })
        board.stop()
    }

    @Test("a contact that cannot be read, or a look that hangs, is an unknown lock; the pilot's samples go on")
    func unreadable() throws {
        let (board, _) = try started()
        #expect(eventually { board.sample().lock == .unlocked })
        lines.fail("feedback", EIO)
        #expect(eventually { board.sample().lock == .unknown })
        lines.fail("feedback", nil)
        #expect(eventually { board.sample().lock == .unlocked })
        lines.hang(["feedback"])
        #expect(eventually { board.sample().lock == .unknown })
        let number = board.sample().number
        #expect(eventually { board.sample().number > number + 5 && board.sample().pilotValid })
        lines.hang([])
        #expect(eventually { board.sample().lock == .unlocked })
        board.stop()
    }

    @Test("what a motor must not be is refused where it is said")
    func refused() throws {
        func keys(_ text: String) -> [String] { mistakes(text).map { String($0.split(separator: " ")[1]) } }
        #expect(try mistakes(text()).isEmpty)
        #expect(try keys(text(lines: ["close", "feedback"])) == ["lock_motor"], "half a bridge")
        #expect(try keys(text(lines: ["close", "open"])) == ["line"], "no feedback")
        #expect(try keys(text(lines: ["close", "open", "feedback", "plug"])) == ["lock_motor"], "two drives")
        let table = "\n[lock_motor]\npulse_ms = 50\npause_ms = 20\n"
        #expect(
            try keys(text((table, ""))) == ["line", "line", "line"], "two lines without times, and no line plug-lock")
        #expect(try keys(text(("plug_lock = true", "plug_lock = false"))) == ["lock_motor"])
        #expect(try keys(text(("pulse_ms = 50", "pulse_ms = 901"))) == ["line", "lock_motor.pulse_ms"])
        #expect(try keys(text(("pause_ms = 20", "pause_ms = 19"))) == ["line", "lock_motor.pause_ms"])
    }
}
