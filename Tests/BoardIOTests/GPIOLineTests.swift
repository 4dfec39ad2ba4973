import Foundation
import Glibc
import Quantities
import Synchronization
import Testing

@testable import BoardIO

@Suite("GPIO lines")
struct GPIOLineTests {
    private let lines = FakeLines()

    /// The bench board with one more line.
    private func profile(_ line: String) throws -> String { try text("gpio-bench.toml") + "\n[[line]]\n" + line }

    private func board(_ sysfs: FakeSysfs, _ line: String) throws -> GPIOBoard {
        let profile = try BoardProfile(bytes: Array(try profile(line).utf8), file: "p")
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        return board
    }

    @Test("a line by its offset, with its drive, its debouncing, or its edges")
    func keys() throws {
        func line(_ role: LineRole, _ more: String) throws -> GPIOLine? {
            let text = try profile("role = \"\(role.rawValue)\"\nchip = \"/dev/gpiochip1\"\n" + more)
            return try BoardProfile(bytes: Array(text.utf8), file: "p").wiring?.lines[role]
        }
        #expect(
            try line(.pilotRelay, "offset = 17\ndrive = \"open-drain\"")
                == GPIOLine(chip: "/dev/gpiochip1", place: .offset(17), drive: .openDrain))
        #expect(
            try line(.enclosure, "name = \"DOOR\"\ndebounce_ms = 20")
                == GPIOLine(chip: "/dev/gpiochip1", place: .name("DOOR"), debounce: .milliseconds(20)))
        #expect(
            try line(.residualDC, "name = \"RCD\"\nedges = true")
                == GPIOLine(chip: "/dev/gpiochip1", place: .name("RCD"), keepsEdges: true))
    }

    @Test(
        "a key that does not suit its line is a mistake where it stands",
        arguments: [
            ("role = \"enclosure\"\nname = \"A\"\noffset = 3", "offset"),
            ("role = \"enclosure\"", "name"),
            ("role = \"enclosure\"\noffset = -1", "offset"),
            ("role = \"enclosure\"\nname = \"A\"\ndrive = \"open-drain\"", "drive"),
            ("role = \"enclosure\"\nname = \"A\"\nedges = true", "edges"),
            ("role = \"enclosure\"\nname = \"A\"\ndebounce_ms = 21", "debounce_ms"),
            ("role = \"lamp-fault\"\nname = \"A\"\nedges = true", "edges"),
            ("role = \"pilot-relay\"\nname = \"A\"\ndebounce_ms = 1", "debounce_ms"),
            ("role = \"residual-dc\"\nname = \"A\"\ndebounce_ms = 1", "debounce_ms"),
            ("role = \"residual-ac\"\nname = \"A\"\ndebounce_ms = 1", "debounce_ms"),
            ("role = \"pilot-above-7.5v\"\nname = \"A\"\ndebounce_ms = 1", "debounce_ms"),
            ("role = \"pilot-reaches-minus-10.0v\"\nname = \"A\"\ndebounce_ms = 1", "debounce_ms"),
            ("role = \"grid-limit\"\nname = \"A\"", "line"),
            ("role = \"enclosure\"\nchip = \"/dev/gpiochip0\"\nname = \"CONTACTOR\"", "name"),
        ])
    func mistaken(_ line: String, _ key: String) throws {
        let chip = line.contains("chip") ? "" : "chip = \"/dev/gpiochip1\"\n"
        #expect(mistakes(try profile(chip + line)).map { $0.split { $0 == " " || $0 == "." }.last } == [key[...]])
    }

    @Test("the same offset twice is a mistake")
    func offsetTwice() throws {
        let line = "chip = \"/dev/gpiochip1\"\noffset = 4\n"
        let text = try profile("role = \"enclosure\"\n\(line)[[line]]\nrole = \"earth\"\n\(line)")
        #expect(mistakes(text).map { $0.split { $0 == " " || $0 == "." }.last } == ["offset"])
    }

    @Test("a trip shorter than the time between two looks is held for two of the core's, one that chatters goes on")
    func edges() throws {
        let sysfs = try FakeSysfs()
        let board = try board(
            sysfs, "role = \"residual-dc\"\nchip = \"/dev/gpiochip0\"\nname = \"RCD\"\nedges = true")
        defer { board.stop() }
        #expect(eventually { board.sample().number > 3 })
        #expect(!board.sample().residualDC && board.sample().inputsValid)
        let pulse = [true, false].map { LineEdge(at: MonotonicInstant(nanoseconds: 1), isActive: $0) }
        // More than are taken in one look: two looks see it at least.
        lines.state.withLock { $0.edges["RCD"] = Array(repeating: pulse, count: 2_000).flatMap { $0 } }
        #expect(eventually { board.sample().residualDC })
        #expect(eventually { lines.state.withLock { $0.edges["RCD"]?.isEmpty == true } })
        #expect(eventually { !board.sample().residualDC }, "and ends")
        // One that the kernel read as inactive when it came to its edges, too.
        for edges in [pulse, [pulse[1]]] {
            lines.state.withLock { $0.edges["RCD"] = edges }
            #expect(eventually { board.sample().residualDC })
            let first = board.sample()
            #expect(eventually { !board.sample().residualDC })
            // Two periods of the control loop, whatever the moment at which the first begins.
            #expect(board.sample().at - first.at >= .milliseconds(10))
        }
        lines.fail("RCD", EIO)
        #expect(eventually { !board.sample().inputsValid && board.sample().residualDC }, "unreadable is tripped")
    }

    @Test("a level counts once it stood, the first at once")
    func debounce() {
        var debounce = LineDebounce(period: .milliseconds(10))
        func look(_ level: Bool, _ milliseconds: Int64) -> Bool {
            debounce.level(found: level, at: MonotonicInstant(nanoseconds: milliseconds * 1_000_000))
        }
        #expect(look(true, 0), "before the first look nothing is known")
        #expect(look(false, 2) && look(false, 11), "9 ms")
        #expect(!look(false, 12))
        #expect(!look(true, 14) && !look(false, 20) && !look(true, 25) && !look(true, 34), "each change begins anew")
        #expect(look(true, 35))
        var none = LineDebounce(period: .zero)
        let first = none.level(found: false, at: MonotonicInstant(nanoseconds: 0))
        #expect(!first)
    }

    @Test("the build's libgpiod says its version")
    func version() {
        let number = CharacterDeviceLines.version.split(separator: ".").first.flatMap { Int($0) }
        #expect(number == 1 || number == 2, "\(CharacterDeviceLines.version)")
    }
}
