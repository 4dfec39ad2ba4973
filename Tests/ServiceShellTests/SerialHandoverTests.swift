import Glibc
import Quantities
import Synchronization
import Testing

@testable import ServiceShell

/// A transfer on a terminal device, with a receiver that a test plays.
@Suite("A file over a terminal device", .serialized)
struct SerialHandoverTests {
    private static let request = Array("rz\r**\u{18}B00000000000000\r".utf8) + [0x8A]

    private final class Bench {
        let terminal: PseudoTerminal
        let receiver = FakeReceiver()
        let desk = FixedDesk()
        let line: SerialLine

        init() throws {
            terminal = try PseudoTerminal()
            var state = TestGate.State()
            state.phoneKey = nil
            line = try SerialLine(
                .init(path: terminal.path), desk: desk, gate: TestGate(state), receiver: receiver,
                monotonic: {
                    var time = timespec()
                    clock_gettime(CLOCK_MONOTONIC, &time)
                    return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
                }, log: { _ in })
            try line.start()
            _ = try terminal.read(until: "wattseal> ")
        }

        deinit { line.stop() }

        /// Logs in as a program does, and gives the command.
        func give() throws {
            terminal.type(Array("{\"id\":1,\"cmd\":\"login\"}\n".utf8))
            let reply = try terminal.read(until: "}\n")
            let text = try #require(reply.firstMatch(of: /"challenge":"([^"]+)"/)?.1)
            let technician = TestTechnician()
            let bytes = try #require(TestBase64.decode(String(text)))
            let answer = try LoginAnswer(
                to: try LoginChallenge(decoding: bytes), role: .service, certificate: try technician.certificate(),
                key: technician.key)
            let words = TestBase64.encode(answer.encoded())
            terminal.type(Array("{\"id\":2,\"cmd\":\"login\",\"args\":{\"answer\":\"\(words)\"}}\n".utf8))
            _ = try terminal.read(until: "}\n")
            terminal.type(Array("term dumb\r".utf8))
            _ = try terminal.read(until: "erm dumb\r\n")
            terminal.type(Array("fw recv zmodem\r".utf8))
            let asked = try terminal.read(until: "within 20 s")
            let token = try #require(asked.firstMatch(of: /confirm ([0-9A-F]{4})/)?.1)
            terminal.type(Array("confirm \(token)\r".utf8))
            _ = try terminal.read(until: "start sending now")
        }

        func outcomes() -> [AuditEntry.Outcome] {
            desk.diary.records.filter { $0.action == "fw recv zmodem" }.map(\.outcome)
        }
    }

    @Test("every byte goes to the receiver as it is, what it says goes out, and the shell is back when it has ended")
    func whole() throws {
        let bench = try Bench()
        try bench.give()
        let all = (0...255).map { UInt8($0) }
        bench.terminal.type(Self.request + all)
        #expect(bench.receiver.read(2 + 256) == [0x0D, 0x8A] + all)
        bench.receiver.say(Array("here\r\n".utf8))
        _ = try bench.terminal.read(until: "here\r\n")
        // A command that stands in the file is none.
        bench.terminal.type(Array("\rident\r".utf8))
        #expect(bench.receiver.read(7) == Array("\rident\r".utf8))
        bench.receiver.state.withLock {
            $0.content = ReceivedContent(files: 1, others: 0, bytes: 5)
            $0.ending = .exited(code: 0)
        }
        let shown = try bench.terminal.read(until: "wattseal> ")
        #expect(shown.contains("fw recv zmodem") && !shown.contains("W1-000042"), "\(shown)")
        #expect(bench.desk.diary.changes == [.firmware(.takeIn)] && bench.outcomes() == [.begun, .done])
        bench.terminal.type(Array("ident\r".utf8))
        #expect(try bench.terminal.read(until: "wattseal> ").contains("W1-000042"))
        bench.line.stop()
        #expect(bench.receiver.state.withLock { $0.stops > 0 && $0.clears >= 1 && $0.starts == 1 })
    }

    @Test("what cannot begin leaves the line to the shell, and says why")
    func cannotStart() throws {
        let bench = try Bench()
        bench.receiver.state.withLock { $0.refusal = "install lrzsz" }
        try bench.give()
        let shown = try bench.terminal.read(until: "wattseal> ")
        #expect(shown.contains("error: not received: install lrzsz"), "\(shown)")
        #expect(bench.outcomes() == [.begun, .refused] && bench.desk.diary.changes.isEmpty)
    }

    @Test("Ctrl-C before a sender is there gives up; nothing was started")
    func givenUp() throws {
        let bench = try Bench()
        try bench.give()
        bench.terminal.type([0x03])
        #expect(try bench.terminal.read(until: "wattseal> ").contains("not received: given up"))
        #expect(bench.receiver.state.withLock { $0.starts == 0 && $0.clears >= 1 })
    }

    @Test("an ended sender's rest is let pass: no line of it is run")
    func rest() throws {
        let bench = try Bench()
        try bench.give()
        // Longer than one read of the line.
        bench.terminal.type([0x03] + [UInt8](repeating: 0x78, count: 700) + Array("\rident\r".utf8))
        let shown = try bench.terminal.read(until: "wattseal> ")
        #expect(shown.contains("not received: given up") && !shown.contains("W1-000042"), "\(shown)")
        bench.terminal.type(Array("whoami\r".utf8))
        #expect(try !bench.terminal.read(until: "wattseal> ").contains("W1-000042"))
    }

    @Test("the firmware's end ends the receiver, and so does a line that is hung up; both are on record")
    func ends() throws {
        let stopped = try Bench()
        try stopped.give()
        stopped.terminal.type(Self.request)
        #expect(stopped.receiver.read(2) == [0x0D, 0x8A])
        stopped.line.stop()
        #expect(stopped.receiver.state.withLock { $0.ends == nil && $0.clears >= 1 })
        #expect(stopped.outcomes() == [.begun, .refused])

        let hungUp = try Bench()
        try hungUp.give()
        hungUp.terminal.type(Self.request)
        #expect(hungUp.receiver.read(2) == [0x0D, 0x8A])
        hungUp.terminal.hangUp()
        for _ in 0..<3_000 where hungUp.receiver.state.withLock({ $0.clears == 0 }) { usleep(10_000) }
        #expect(hungUp.receiver.state.withLock { $0.ends == nil && $0.clears >= 1 })
        #expect(hungUp.outcomes() == [.begun, .refused])
        hungUp.line.stop()
    }
}
