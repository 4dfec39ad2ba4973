import Foundation
import Quantities
import Synchronization
import Testing

@testable import ServiceShell

@Suite("Service mode in the shell")
struct ServiceModeTests {
    private static let closed = "contactor test ms=500 connector=1"
    private static let lamps = "led test pattern=all seconds=60"

    private static func sound() -> ServiceTestAnswer {
        var answer = ServiceTestAnswer(.contactor)
        (answer.actuation, answer.release) = (.milliseconds(25), .milliseconds(20))
        answer.weld = .clear
        answer.slowest = .milliseconds(100)
        return answer
    }

    /// A person in service mode, with one change behind him.
    private func inService(_ desk: FixedDesk, role: AccessRole? = .service) -> TestShell {
        var shell = TestShell(desk, role: role)
        _ = shell.type("service enter 1\r")
        _ = shell.type("confirm \(TestShell.token(1, for: "service enter connector=1"))\r")
        return shell
    }

    @Test(
        "each wish reaches the desk as it was confirmed, on record",
        arguments: [
            ("service enter", "service enter", .enterService(connector: 0)),
            ("service leave 2", "service leave connector=2", .leaveService(connector: 2)),
            (
                "contactor test 500 1", Self.closed,
                .test(ServiceTestWish(.contactor, for: .milliseconds(500), connector: 1))
            ),
            ("lock test", "lock test", .test(ServiceTestWish(.lock, for: .seconds(5), connector: 0))),
            (
                "led test charging 30", "led test pattern=charging seconds=30",
                .test(ServiceTestWish(.lamps(.charging), for: .seconds(30), connector: 0))
            ),
        ] as [(String, String, ServiceChange)])
    func wishes(line: String, canonical: String, change: ServiceChange) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type(line + "\r")
        #expect(desk.diary.entries.isEmpty)
        _ = shell.type("confirm \(TestShell.token(1, for: canonical))\r")
        #expect(desk.diary.changes == [change])
        #expect(desk.diary.records.allSatisfy { $0.subject == canonical })
        #expect(desk.diary.records.first?.outcome == .begun)
    }

    @Test(
        "a time beyond its limit, or below the least, is refused at its byte",
        arguments: [
            "contactor test 2001", "contactor test 99", "contactor test", "led test all 61", "led test all 0",
            "led test rainbow 5", "led test all", "lock test 9",
        ])
    func limits(line: String) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        #expect(shell.type(line + "\r").contains("error: byte"))
        #expect(desk.diary.entries.isEmpty)
    }

    @Test("a test of a person: it runs, and its answer follows by itself, with its end on record")
    func peoplesTest() throws {
        let desk = FixedDesk()
        var shell = inService(desk)
        _ = shell.type("contactor test 500 1\r")
        let started = shell.type("confirm \(TestShell.token(2, for: Self.closed))\r")
        #expect(started.hasSuffix("it runs; any key ends it\r\n"))
        #expect(shell.pass(.milliseconds(200)) == "")
        desk.diary.testAnswer.withLock { $0 = Self.sound() }
        let answer = shell.pass(.milliseconds(200))
        for line in [
            "done                \(Self.closed)", "verdict             good", "closed after        0.025 s",
            "opened after        0.020 s", "weld                none: every pole is proven open",
            "cut short by        none", "end on record       yes",
        ] { #expect(answer.contains(line + "\r\n"), "\(line): \(answer)") }
        #expect(answer.hasSuffix("wattseal> "))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun, .done])
        #expect(shell.pass(.seconds(5)) == "")
        #expect(shell.type("whoami\r").contains("service"))
    }

    @Test("any key ends a person's test, and is part of no line; the end of the confirming line is no key")
    func aKeyEndsIt() {
        let desk = FixedDesk()
        var shell = inService(desk)
        _ = shell.type("contactor test 500 1\r")
        _ = shell.type("confirm \(TestShell.token(2, for: Self.closed))\r\n")
        #expect(desk.diary.calledOff.withLock { $0.isEmpty })
        #expect(shell.type("x") == "")
        #expect(desk.diary.calledOff.withLock { $0.count } == 1)
        desk.diary.testAnswer.withLock { answer in
            answer = Self.sound()
            answer?.cutShortBy = "it was left or called off"
        }
        let answer = shell.pass(.milliseconds(200))
        #expect(answer.contains("verdict             cut short\r\n"))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun, .cutShort])
        #expect(desk.diary.records.last?.subject == Self.closed + ": it was left or called off")
        #expect(shell.type("whoami\r").contains("tester"))
    }

    @Test("a test of a program: other requests are answered meanwhile, the same line again gets the one answer")
    func programsTest() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        #expect(
            shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"service.enter\",\"args\":{\"connector\":1}}"))
                .contains("\"ok\":true"))
        let line = TestShell.summed("{\"id\":2,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
        #expect(shell.type(line) == "")
        #expect(shell.type(line) == "")
        #expect(shell.type("{\"id\":3,\"cmd\":\"whoami\"}\n").contains("\"id\":3,\"ok\":true"))
        // A second test is none.
        let other = TestShell.summed("{\"id\":4,\"cmd\":\"contactor.test\",\"args\":{\"ms\":600,\"connector\":1}}")
        #expect(shell.type(other).contains("\"err\":\"E_INTERLOCK\""))
        // Nothing that a program says calls its test off.
        #expect(desk.diary.calledOff.withLock { $0.isEmpty })
        desk.diary.testAnswer.withLock { $0 = Self.sound() }
        let reply = shell.pass(.milliseconds(200))
        #expect(
            reply
                == "{\"id\":2,\"ok\":true,\"data\":{\"done\":\"\(Self.closed)\",\"verdict\":\"good\",\"closed_after_ms\":25,"
                + "\"opened_after_ms\":20,\"slowest_allowed_ms\":100,\"weld\":\"none: every pole is proven open\","
                + "\"cut_short_by\":null,\"fault\":null,\"end_on_record\":true}}\n")
        #expect(shell.type(line) == reply)
        #expect(desk.diary.changes.count == 2)
    }

    @Test("a core that does not answer within the test's time and two seconds leaves the end unknown")
    func noAnswer() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"service.enter\"}"))
        let line = TestShell.summed("{\"id\":2,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
        _ = shell.type(line)
        #expect(shell.pass(.milliseconds(2_499)) == "")
        #expect(shell.pass(.milliseconds(1)).contains("\"err\":\"E_UNFINISHED\""))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun])
        #expect(desk.diary.calledOff.withLock { $0.count } == 1)
    }

    @Test("what cannot be put on record is not begun; an end that finds no room is told")
    func records() {
        let desk = FixedDesk()
        var shell = inService(desk)
        desk.diary.recordFailure.withLock { $0 = .unrecorded("the disk is full") }
        let line = TestShell.summed("{\"id\":2,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
        #expect(shell.type(line).contains("\"err\":\"E_AUDIT\""))
        #expect(desk.diary.changes == [.enterService(connector: 1)])
        desk.diary.recordFailure.withLock { $0 = nil }
        let other = TestShell.summed("{\"id\":3,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
        #expect(shell.type(other) == "")
        desk.diary.recordFailure.withLock { $0 = .unrecorded("the disk is full") }
        desk.diary.testAnswer.withLock { $0 = Self.sound() }
        #expect(shell.pass(.milliseconds(200)).contains("\"verdict\":\"good\""))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun])
    }

    @Test("what the core refuses was not begun, and is on record as refused")
    func refused() {
        let desk = FixedDesk()
        var shell = inService(desk)
        desk.diary.changeFailure.withLock { $0 = .interlock("a car or a cable is there") }
        let line = TestShell.summed("{\"id\":2,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
        #expect(shell.type(line).contains("not now: a car or a cable is there"))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun, .refused])
        #expect(shell.pass(.seconds(5)) == "")
    }

    @Test(
        "whatever ends a login ends its service mode, and a test that runs; the next login holds nothing",
        arguments: [
            ("logout", "logout"), ("BREAK", "BREAK"), ("a dropped line", "the line was dropped"),
            ("idle", "idle for 10 min"), ("the line's end", "the line was closed"), ("another login", "another login"),
        ])
    func endings(_ how: String, _ reason: String) throws {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: nil)
        _ = try shell.logIn()
        let line = TestShell.summed("{\"id\":7,\"cmd\":\"service.enter\",\"args\":{\"connector\":1}}")
        #expect(shell.type(line).contains("\"ok\":true"))
        let holder = try #require(desk.diary.holders.withLock { $0.first })
        let test = TestShell.summed("{\"id\":8,\"cmd\":\"led.test\",\"args\":{\"pattern\":\"all\",\"seconds\":60}}")
        _ = shell.type(test)
        #expect(desk.diary.holders.withLock { $0 } == [holder, holder])
        #expect(desk.diary.ended.withLock { $0.isEmpty })
        switch how {
        case "logout": _ = shell.type("{\"id\":9,\"cmd\":\"logout\"}\n")
        case "BREAK": _ = shell.type([.lineBreak])
        case "a dropped line": _ = shell.type([.hangUp])
        case "idle":
            // The lamps' answer does not come; what is asked meanwhile keeps the login, and then nothing does.
            _ = shell.pass(.seconds(600))
        case "the line's end": shell.session.end()
        default: _ = try shell.answer(try shell.challenge(id: 10))
        }
        #expect(desk.diary.ended.withLock { $0 } == [holder])
        #expect(shell.session.testing == nil)
        let ends = desk.diary.records.filter { $0.action == "led test" }
        #expect(ends.map(\.outcome) == [.begun, .cutShort])
        #expect(ends.map(\.subject) == [Self.lamps, Self.lamps + ": \(reason)"])
        let renewals = desk.diary.renewals.withLock { $0 }
        _ = shell.pass(.seconds(1))
        #expect(desk.diary.renewals.withLock { $0 } == renewals)
        #expect(shell.session.holder != holder)
    }

    @Test("a test that was over when the login ended is on record as what it came to")
    func overBeforeTheEnd() {
        for reason in [nil, "a car"] {
            let desk = FixedDesk()
            var shell = inService(desk)
            let line = TestShell.summed("{\"id\":2,\"cmd\":\"contactor.test\",\"args\":{\"ms\":500,\"connector\":1}}")
            _ = shell.type(line)
            desk.diary.testAnswer.withLock { answer in
                answer = Self.sound()
                answer?.cutShortBy = reason
            }
            _ = shell.type([.lineBreak])
            let end = desk.diary.records.last { $0.action == "contactor test" }
            #expect(end?.outcome == (reason == nil ? .done : .cutShort))
            #expect(end?.subject == Self.closed + (reason.map { ": \($0)" } ?? ""))
        }
    }

    @Test("each look at the clock says that the login is alive, until service mode has ended; a person is told why")
    func renewal() {
        let desk = FixedDesk()
        var shell = inService(desk)
        for _ in 0..<5 { #expect(shell.pass(.milliseconds(200)) == "") }
        #expect(desk.diary.renewals.withLock { $0 } == 5)
        desk.diary.hold.withLock {
            $0 = ServiceHold(stands: false, endings: ["service mode on connector 1 has ended: x"])
        }
        #expect(shell.pass(.milliseconds(200)) == "\r\nservice mode on connector 1 has ended: x\r\nwattseal> ")
        #expect(shell.pass(.milliseconds(200)) == "")
        #expect(desk.diary.renewals.withLock { $0 } == 6)
    }

    @Test("a program is told by no text that service mode has ended")
    func programsRenewal() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"service.enter\"}"))
        desk.diary.hold.withLock { $0 = ServiceHold(stands: false, endings: ["service mode has ended: x"]) }
        #expect(shell.pass(.milliseconds(200)) == "")
        #expect(desk.diary.renewals.withLock { $0 } == 1)
    }

    @Test("nobody who has nothing in service mode says that he is alive")
    func noLease() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type("status\r")
        _ = shell.pass(.seconds(1))
        #expect(desk.diary.renewals.withLock { $0 } == 0)
    }

    @Test("status, watch and the events of a program show it")
    func shown() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type("{\"id\":1,\"cmd\":\"subscribe\"}\n")
        desk.diary.service.withLock { $0 = "contactor test" }
        #expect(shell.pass(ShellSession.eventPeriod).contains("\"service_mode\":\"contactor test\""))
        #expect(shell.type("status\r").contains("service mode    contactor test"))
        #expect(shell.type("watch 200\r").contains("1 faults, contactor test | 2:"))
    }

    @Test("verdicts: what is missing is never good")
    func verdicts() {
        var answer = Self.sound()
        #expect(answer.verdict == .good)
        answer.release = .milliseconds(101)
        #expect(answer.verdict == .slow)
        answer.weld = .unknown
        #expect(answer.verdict == .unknown)
        answer.cutShortBy = "a car"
        #expect(answer.verdict == .cutShort)
        answer.weld = .stuck
        #expect(answer.verdict == .bad)
        answer = Self.sound()
        answer.actuation = nil
        #expect(answer.verdict == .bad)
        var lock = ServiceTestAnswer(.lock)
        lock.actuation = .milliseconds(200)
        #expect(lock.verdict == .bad)
        lock.release = .milliseconds(300)
        #expect(lock.verdict == .good)
    }
}
