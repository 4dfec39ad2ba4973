import ArgumentParser
import Crypto
import Glibc
import Quantities
import ServiceShell
import SignedRecords
import Testing

@testable import service_station

/// Two connected stream sockets: what one end writes, the other reads.
private struct Wire {
    let near: Int32
    let far: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        (near, far) = (ends[0], ends[1])
    }

    func write(_ text: String) { _ = Glibc.write(far, Array(text.utf8), text.utf8.count) }

    /// What has come so far, without waiting.
    func received() -> String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(far, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}

/// A pseudo-terminal: the master is the other end of the wire.
private struct PseudoTerminal {
    let master: Int32
    let path: String

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(master >= 0)
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2).
        var locked: Int32 = 0
        var number: Int32 = 0
        try #require(ioctl(master, 0x4004_5431 as UInt, &locked) == 0)
        try #require(ioctl(master, 0x8004_5430 as UInt, &number) == 0)
        path = "/dev/pts/\(number)"
    }
}

/// A desk that knows one thing.
private struct SmallDesk: SilentDesk {
    func journal() throws(ServiceShellError) -> JournalAnswer {
        JournalAnswer(chains: [], records: 4_711, bytes: 0, flushes: 0, freeRecords: 0)
    }
}

/// A gate that trusts one authority.
private struct OneAuthority: LoginGate, TechnicianTrust {
    let publicKey: [UInt8]
    let identity = LoginIdentity(
        device: DeviceID(hashing: [1]), boot: BootID(exactly: Array(repeating: 9, count: 16)), serial: "W1-7")

    var trust: any TechnicianTrust { self }
    var epoch: UInt32 { 3 }
    var phoneKey: [UInt8]? { nil }
    func provenTime() -> UInt32 { 1_800_000_000 }
    func failures() -> UInt8 { 0 }
    func setFailures(_ count: UInt8) throws(ServiceShellError) {}
    func isDenied(serial: UInt64) -> Bool { false }
    func authority(_ keyID: [UInt8]) -> [UInt8]? {
        keyID == TechnicianCertificate.keyID(of: publicKey) ? publicKey : nil
    }
    func randomBytes() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255) } }
}

private func monotonicNow() -> MonotonicInstant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}

@Suite("The console", .serialized)
struct ConsoleTests {
    private func console(_ keyboard: Wire, _ screen: Wire, line: Int32, end: Wire, leavesOnKey: Bool = true) -> Console
    {
        Console(
            input: keyboard.near, output: screen.near, line: line, end: end.near, linger: 50, leavesOnKey: leavesOnKey)
    }

    @Test("bytes go both ways untouched until Ctrl-]; what was typed before it still goes out")
    func leavingKey() throws {
        let (keyboard, screen, line, end) = (try Wire(), try Wire(), try Wire(), try Wire())
        line.write("hello\u{0}\u{1B}[A")
        keyboard.write("status\r\u{3}\u{1D}lost")
        #expect(console(keyboard, screen, line: line.near, end: end).run() == .leavingKey)
        #expect(line.received() == "status\r\u{3}")
        #expect(screen.received() == "hello\u{0}\u{1B}[A")
    }

    @Test("from a script Ctrl-] is a byte; the end of the input leaves once the line is silent")
    func script() throws {
        let (keyboard, screen, line, end) = (try Wire(), try Wire(), try Wire(), try Wire())
        keyboard.write("a\u{1D}b")
        shutdown(keyboard.far, Int32(SHUT_WR))
        line.write("answer")
        #expect(console(keyboard, screen, line: line.near, end: end, leavesOnKey: false).run() == .endOfInput)
        #expect(line.received() == "a\u{1D}b")
        #expect(screen.received() == "answer")
    }

    @Test("a signal, a lost line and a closed screen each end it")
    func endings() throws {
        do {
            let (keyboard, screen, line, end) = (try Wire(), try Wire(), try Wire(), try Wire())
            end.write("x")
            #expect(console(keyboard, screen, line: line.near, end: end).run() == .signal)
        }
        do {
            let (keyboard, screen, line, end) = (try Wire(), try Wire(), try Wire(), try Wire())
            line.write("last words")
            close(line.far)
            #expect(console(keyboard, screen, line: line.near, end: end).run() == .lineLost)
            #expect(screen.received() == "last words")
        }
    }

    @Test("the console talks to the shell over a terminal")
    func shell() throws {
        let terminal = try PseudoTerminal()
        defer { close(terminal.master) }
        let (technician, authority) = (Curve25519.Signing.PrivateKey(), Curve25519.Signing.PrivateKey())
        let gate = OneAuthority(publicKey: Array(authority.publicKey.rawRepresentation))
        let shell = try SerialLine(
            .init(path: terminal.path), desk: SmallDesk(), gate: gate, monotonic: { monotonicNow() }
        ) { _ in }
        try shell.start()
        defer { shell.stop() }
        let (keyboard, screen, end) = (try Wire(), try Wire(), try Wire())
        // The greeting has come, so the line is raw: nothing is echoed by the terminal itself.
        var watched = pollfd(fd: terminal.master, events: Int16(POLLIN), revents: 0)
        try #require(poll(&watched, 1, 30_000) == 1)
        let issue = try CertificateCommand.IssueCommand.parse([
            "--authority", "a.pem", "--public-key", Hexadecimal.encode(Array(technician.publicKey.rawRepresentation)),
            "--serial", "7", "--name", "Ada", "--role", "viewer", "--scope", "fleet:W1-*", "--epoch", "3", "--output",
            "out",
        ])
        let certificate = try issue.certificate(signedBy: authority, now: 1_800_000_000 - 86_400)
        let stranger = LoginSigner(key: technician, certificate: certificate, role: .service)
        let exchange = LoginExchange(line: terminal.master, device: terminal.path)
        #expect(
            throws: StationError.refused("login refused: the certificate does not grant the role service")
        ) { try exchange.logIn(stranger) }
        let known = LoginSigner(key: technician, certificate: certificate, role: .viewer)
        // A failed login makes the port wait for a second.
        #expect(throws: StationError.refused("login refused: failed logins: wait 1 s")) { try exchange.logIn(known) }
        usleep(1_100_000)
        #expect(try exchange.logIn(known) == "Ada")
        keyboard.write("{\"id\":1,\"cmd\":\"journal\"}\n")
        shutdown(keyboard.far, Int32(SHUT_WR))
        let console = Console(
            input: keyboard.near, output: screen.near, line: terminal.master, end: end.near, linger: 2_000,
            leavesOnKey: false)
        #expect(console.run() == .endOfInput)
        let shown = screen.received()
        #expect(shown.contains("{\"id\":1,\"ok\":true,\"data\":{\"records_written\":4711,"))
    }

    @Test("a device is raw and ours alone while it is open, and as before afterwards")
    func device() throws {
        let terminal = try PseudoTerminal()
        defer { close(terminal.master) }
        var before = termios()
        tcgetattr(terminal.master, &before)
        do {
            let device = try TerminalDevice(path: terminal.path, baud: 9_600)
            var during = termios()
            tcgetattr(terminal.master, &during)
            #expect(during.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0)
            #expect(throws: StationError.self) { try TerminalDevice(path: terminal.path, baud: 9_600) }
            #expect(device.descriptor >= 0)
        }
        var after = termios()
        tcgetattr(terminal.master, &after)
        #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag && after.c_cflag == before.c_cflag)
        #expect(throws: StationError.notATerminal(path: "/dev/null")) {
            try TerminalDevice(path: "/dev/null", baud: 9_600)
        }
        #expect(throws: StationError.unsupportedSpeed(1)) { try TerminalDevice(path: terminal.path, baud: 1) }
        #expect(throws: StationError.file(path: "/nonexistent", call: "open", errno: ENOENT)) {
            try TerminalDevice(path: "/nonexistent", baud: 9_600)
        }
    }
}
