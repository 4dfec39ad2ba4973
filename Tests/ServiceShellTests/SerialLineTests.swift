import Foundation
import Glibc
import Quantities
import ServiceShell
import Synchronization
import Testing

/// The other end of the wire: a pseudo-terminal's master.
final class PseudoTerminal {
    private(set) var master: Int32
    let path: String

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        // posix_openpt(3) and its kin are not in Swift's Glibc; these are the calls below them (ioctl_tty(2)).
        let unlock: UInt = 0x4004_5431
        let getNumber: UInt = 0x8004_5430
        var locked: Int32 = 0
        var number: Int32 = 0
        try #require(ioctl(master, unlock, &locked) == 0 && ioctl(master, getNumber, &number) == 0)
        path = "/dev/pts/\(number)"
    }

    deinit { hangUp() }

    func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    func type(_ bytes: [UInt8]) { _ = Glibc.write(master, bytes, bytes.count) }

    /// Reads until the text appears. The limit only ends a test that has failed.
    func read(until text: String) throws -> String {
        var received: [UInt8] = []
        while !String(decoding: received, as: UTF8.self).contains(text) {
            var watched = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            try #require(poll(&watched, 1, 30_000) == 1, "no \(text) in \(String(decoding: received, as: UTF8.self))")
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(master, &buffer, buffer.count)
            try #require(count > 0)
            received += buffer.prefix(count)
        }
        return String(decoding: received, as: UTF8.self)
    }
}

@Suite("The shell on a terminal device", .serialized)
struct SerialLineTests {
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }

        /// Waits for a line; the limit only ends a test that has failed.
        func waits(for text: String) -> Bool {
            for _ in 0..<3_000 {
                if lines.withLock({ $0.contains { $0.contains(text) } }) { return true }
                usleep(10_000)
            }
            return false
        }

        func count(of text: String) -> Int { lines.withLock { $0.count(where: { $0.contains(text) }) } }
    }

    private static func line(_ path: String, log: @escaping @Sendable (String) -> Void) throws -> SerialLine {
        var state = TestGate.State()
        state.phoneKey = nil
        return try SerialLine(
            .init(path: path), desk: FixedDesk(), gate: TestGate(state),
            monotonic: {
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
            }, log: log)
    }

    @Test("greets, answers people and programs, and passes every byte")
    func conversation() throws {
        let terminal = try PseudoTerminal()
        let log = Log()
        let line = try Self.line(terminal.path) { log.add($0) }
        try line.start()
        defer { line.stop() }
        let greeting = try terminal.read(until: "wattseal> ")
        #expect(greeting.contains("Wallbox One, serial W1-000042, firmware 0.1.0, BENCH"))
        terminal.type(Array("ident\r".utf8))
        // Behind the first character the terminal is asked for its size; this one is dumb and says nothing.
        let answer = try terminal.read(until: "wattseal> ")
        #expect(answer.hasPrefix("i\u{1B}7\u{1B}[999;999H\u{1B}[6n\u{1B}8dent\r\n"))
        #expect(answer.contains("W1-000042"))
        terminal.type(Array("faults\r".utf8))
        #expect(try terminal.read(until: "wattseal> ").contains("error: faults needs the role viewer"))
        terminal.type(Array("{\"id\":9,\"cmd\":\"ident\"}\n".utf8))
        let reply = try terminal.read(until: "\n")
        #expect(reply.hasPrefix("{\"id\":9,\"ok\":true,"))
        // 0xFF is doubled by the terminal (PARMRK), Ctrl-C raises no signal, Ctrl-S stops nothing.
        terminal.type([0xFF, 0x0D])
        #expect(try terminal.read(until: "executed\r\nwattseal> ").contains("no text"))
        terminal.type([0x61, 0x03])
        #expect(try terminal.read(until: "wattseal> ").contains("^C"))
        terminal.type([0x13, 0x15] + Array("help\r".utf8))
        #expect(try terminal.read(until: "wattseal> ").contains("faults "))
    }

    @Test("hung up, it starts over when the device is back; stopped, it ends")
    func hangUp() throws {
        let folder = NSTemporaryDirectory() + "serial-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let link = folder + "/tty"
        let first = try PseudoTerminal()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first.path)
        let log = Log()
        let line = try Self.line(link) { log.add($0) }
        try line.start()
        defer { line.stop() }
        _ = try first.read(until: "wattseal> ")
        try FileManager.default.removeItem(atPath: link)
        first.hangUp()
        #expect(log.waits(for: "read failed"))
        #expect(log.waits(for: "open failed"))
        let second = try PseudoTerminal()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: second.path)
        _ = try second.read(until: "wattseal> ")
        second.type(Array("ident\r".utf8))
        #expect(try second.read(until: "wattseal> ").contains("W1-000042"))
        #expect(log.count(of: "service shell on") == 2)
    }

    @Test("a cable that nobody reads holds neither the line nor its end")
    func nobodyReads() throws {
        let terminal = try PseudoTerminal()
        let log = Log()
        let line = try Self.line(terminal.path) { log.add($0) }
        try line.start()
        #expect(log.waits(for: "service shell on"))
        // More than a terminal holds.
        for _ in 0..<400 { terminal.type(Array("ident\r".utf8)) }
        #expect(log.waits(for: "nobody reads, output dropped"))
        // Somebody reads again: the shell answers as if nothing had been.
        terminal.type(Array("\u{15}ident\r".utf8))
        #expect(try terminal.read(until: "W1-000042\r\n").contains("serial"))
        for _ in 0..<400 { terminal.type(Array("ident\r".utf8)) }
        line.stop()
        line.stop()
    }

    @Test("what is no terminal is refused by name, and stop still returns")
    func noTerminal() throws {
        let log = Log()
        let line = try Self.line("/dev/null") { log.add($0) }
        try line.start()
        #expect(throws: ServiceShellError.thread(errno: EALREADY)) { try line.start() }
        #expect(log.waits(for: "/dev/null: is no terminal device"))
        line.stop()
    }

    @Test("a device has one shell, and gets its settings back")
    func exclusive() throws {
        let terminal = try PseudoTerminal()
        let log = Log()
        var before = termios()
        tcgetattr(terminal.master, &before)
        let first = try Self.line(terminal.path) { _ in }
        try first.start()
        _ = try terminal.read(until: "wattseal> ")
        let second = try Self.line(terminal.path) { log.add($0) }
        try second.start()
        #expect(log.waits(for: "flock failed"))
        second.stop()
        var during = termios()
        tcgetattr(terminal.master, &during)
        #expect(during.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0)
        first.stop()
        var after = termios()
        tcgetattr(terminal.master, &after)
        #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag)
    }

    @Test("a speed that is asked for is set behind its answer, and taken back where nothing comes at it")
    func baud() throws {
        let terminal = try PseudoTerminal()
        let log = Log()
        let line = try Self.line(terminal.path) { log.add($0) }
        try line.start()
        defer { line.stop() }
        _ = try terminal.read(until: "wattseal> ")
        func speed() -> speed_t {
            var settings = termios()
            tcgetattr(terminal.master, &settings)
            return cfgetospeed(&settings)
        }
        #expect(speed() == speed_t(B115200))
        terminal.type(Array("baud 921600\r".utf8))
        #expect(try terminal.read(until: "wattseal> ").contains("921600"))
        #expect(log.waits(for: ": 921600 baud") && log.waits(for: ": 115200 baud"))
        #expect(speed() == speed_t(B115200))
        // A command at the new speed keeps it, until BREAK or another wish.
        terminal.type(Array("baud 57600\r".utf8))
        #expect(log.waits(for: ": 57600 baud"))
        terminal.type(Array("ident\r".utf8))
        #expect(try terminal.read(until: "W1-000042\r\n").contains("serial"))
        #expect(speed() == speed_t(B57600))
    }

    @Test("speeds")
    func speeds() throws {
        #expect(try SerialSpeed(baud: 921_600).baud == 921_600)
        #expect(SerialSpeed.usual.baud == 115_200)
        #expect(throws: ServiceShellError.unsupportedSpeed(12_345)) { try SerialSpeed(baud: 12_345) }
    }
}
