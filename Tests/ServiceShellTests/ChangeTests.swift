import Foundation
import Quantities
import Synchronization
import Testing

@testable import ServiceShell

@Suite("Changes by a technician")
struct ChangeTests {
    @Test("a person confirms what the device understood; it is on record before and after")
    func people() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let asked = shell.type("limit set 9.5 1\r")
        let token = TestShell.token(for: "limit set current=9.500A connector=1")
        #expect(asked.contains("limit set current=9.500A connector=1\r\nto do this: confirm \(token), within 20 s"))
        #expect(desk.diary.entries.isEmpty)
        #expect(
            shell.type("confirm \(token)\r").contains("done                limit set current=9.500A connector=1"))
        let entries = desk.diary.entries
        try #require(entries.count == 3)
        #expect(entries[1] == .change(.limit(Milliamps(9_500), connector: 1)))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done])
        #expect(desk.diary.records.allSatisfy { $0.subject == "limit set current=9.500A connector=1" })
        #expect(shell.type("confirm \(token)\r").contains("error: nothing was confirmed"), "a token is good once")
    }

    @Test(
        "every change reaches the desk as it was given",
        arguments: [
            ("faults clear 301 2", ServiceChange.clearFault(code: 301, connector: 2)), ("stop", .stop(connector: 0)),
            ("start 1", .start(connector: 1)), ("limit set 16", .limit(Milliamps(16_000), connector: 0)),
            ("limit free 3", .limit(nil, connector: 3)), ("rcd test 1", .testResidual(connector: 1)),
        ])
    func changes(line: String, change: ServiceChange) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let asked = shell.type(line + "\r")
        let canonical = asked.split(whereSeparator: \.isNewline)[1]
        _ = shell.type("confirm \(TestShell.token(for: String(canonical)).lowercased())\r")
        #expect(desk.diary.changes == [change])
    }

    @Test("a residual-current test tells its verdict, time and limit, and why where it is not good")
    func residualTest() {
        var shell = TestShell()
        let shown = shell.type("rcd test\rconfirm \(TestShell.token(for: "rcd test"))\r")
        for line in [
            "done                rcd test", "verdict         good", "tripped after   0.031 s",
            "limit           1.000 s",
            "why             it did not trip in time", "why             it did not clear behind the test",
            "verdict         not known", "why             it has no test input", "contactor       open throughout",
            "contactor       unknown", "end on record       yes",
        ] {
            #expect(shown.contains(line), "\(line) in \(shown)")
        }
        let reply = shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"rcd.test\",\"args\":{\"connector\":1}}"))
        let row =
            "{\"connector\":1,\"verdict\":\"good\",\"tripped_after_ms\":31,\"limit_ms\":1000,\"why\":null,"
            + "\"contactor\":\"open throughout\"}"
        #expect(reply.contains("\"tests\":[\(row)],\"end_on_record\":true"), "\(reply)")
    }

    @Test("a wrong token, a late one, or anything between takes a change back")
    func unconfirmed() {
        let token = TestShell.token(for: "stop")
        for (between, wait) in [
            ("confirm 0000\r", Nanoseconds.zero), ("help\r", .zero), ("\u{3}", .zero), ("x\u{1}\r", .zero),
            ("{\"cmd\":\"ident\"}\n", .zero), ("", ShellSession.confirmationLife),
        ] {
            let desk = FixedDesk()
            var shell = TestShell(desk)
            _ = shell.type("stop\r" + between)
            _ = shell.pass(wait)
            #expect(shell.type("confirm \(token)\r").contains("error: nothing was confirmed"), "\(between)")
            #expect(desk.diary.entries.isEmpty)
        }
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type("stop\r")
        _ = shell.pass(ShellSession.confirmationLife - .milliseconds(1))
        _ = shell.type("confirm \(token)\r")
        #expect(desk.diary.changes == [.stop(connector: 0)])
    }

    @Test("a login that ended between a change and its confirmation ends the change")
    func loggedOutBetween() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk, role: nil)
        _ = try shell.logIn()
        let asked = shell.type("stop\r")
        let token = try #require(asked.components(separatedBy: "confirm ").last?.prefix(4))
        _ = shell.type([.lineBreak])
        _ = try shell.answer(try shell.challenge(id: 9))
        #expect(shell.type("confirm \(token)\r").contains("nothing was confirmed"))
        #expect(desk.diary.changes.isEmpty)
    }

    @Test("what cannot be put on record is not done; what the device refuses is on record as refused")
    func failures() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        desk.diary.recordFailure.withLock { $0 = .unrecorded("no disk") }
        #expect(
            shell.type("stop\rconfirm \(TestShell.token(for: "stop"))\r").contains(
                "not done, because it could not be put on record"))
        #expect(desk.diary.entries.isEmpty)
        desk.diary.recordFailure.withLock { $0 = nil }
        desk.diary.changeFailure.withLock { $0 = .interlock("the cause of fault 301 is still there") }
        let token = TestShell.token(2, for: "faults clear code=301")
        #expect(shell.type("faults clear 301\rconfirm \(token)\r").contains("not now: the cause of fault 301"))
        #expect(desk.diary.records.map(\.outcome) == [.begun, .refused])
        #expect(desk.diary.changes.isEmpty)
    }

    @Test("what may still be done is not on record as refused")
    func unfinished() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        desk.diary.changeFailure.withLock { $0 = .unfinished("the disk holds up the record thread") }
        #expect(shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"stop\"}")).contains("\"err\":\"E_UNFINISHED\""))
        #expect(desk.diary.records.map(\.outcome) == [.begun])
    }

    @Test("no change of the last minute is forgotten for another one")
    func manyChanges() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let line = { (id: Int) in TestShell.summed("{\"id\":\(id),\"cmd\":\"stop\"}") }
        for id in 1...16 { #expect(shell.type(line(id)).contains("\"ok\":true")) }
        #expect(shell.type(line(17)).contains("\"err\":\"E_UNAVAILABLE\""))
        #expect(shell.type("{\"id\":18,\"cmd\":\"ident\"}\n").contains("\"ok\":true"))
        #expect(shell.type(line(1)).contains("\"ok\":true") && desk.diary.changes.count == 16)
        _ = shell.pass(.seconds(60))
        #expect(shell.type(line(17)).contains("\"ok\":true") && desk.diary.changes.count == 17)
    }

    @Test("an obstacle is told before anything is asked for, to people and to programs")
    func obstacles() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        desk.diary.obstacle.withLock { $0 = "a session is open" }
        #expect(shell.type("stop\r").contains("error: not now: a session is open"))
        let reply = shell.type(TestShell.summed("{\"id\":1,\"cmd\":\"stop\"}"))
        #expect(reply == "{\"id\":1,\"ok\":false,\"err\":\"E_INTERLOCK\",\"msg\":\"not now: a session is open\"}\n")
        #expect(desk.diary.entries.isEmpty)
    }

    @Test("a program's change carries its checksum")
    func sums() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let request = "{\"id\":1,\"cmd\":\"limit.set\",\"args\":{\"current_ma\":16000}}"
        #expect(shell.type(request + "\n").contains("\"err\":\"E_SUM\""))
        #expect(shell.type("{\"id\":2,\"cmd\":\"stop\",\"sum\":\"00000000\"}\n").contains("\"err\":\"E_SUM\""))
        #expect(shell.type("{\"id\":2,\"sum\":\"00000000\",\"cmd\":\"stop\"}\n").contains("\"err\":\"E_SUM\""))
        #expect(desk.diary.entries.isEmpty)
        #expect(shell.type(TestShell.summed(request)).contains("\"ok\":true"))
        #expect(desk.diary.changes == [.limit(Milliamps(16_000), connector: 0)])
        // One that reads may carry one, and then it must fit.
        #expect(shell.type(TestShell.summed("{\"id\":3,\"cmd\":\"ident\"}")).contains("\"ok\":true"))
        #expect(shell.type("{\"id\":4,\"cmd\":\"ident\",\"sum\":\"00000000\"}\n").contains("\"err\":\"E_SUM\""))
        // RFC 3720 appendix B.4's check value, over the digits 1 to 9.
        #expect(MachineRequest.sums(of: "123456789,\"sum\":\"e3069283\"}") == ("e3069283", "e3069283"))
    }

    @Test("the same line again within 60 s gets the same answer and changes nothing twice")
    func retries() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        let line = TestShell.summed("{\"id\":7,\"cmd\":\"stop\"}")
        let reply = shell.type(line)
        #expect(reply.contains("\"ok\":true"))
        _ = shell.pass(.milliseconds(59_999))
        #expect(shell.type(line) == reply)
        #expect(desk.diary.changes.count == 1)
        #expect(shell.type("{\"id\":7,\"cmd\":\"ident\"}\n").contains("\"err\":\"E_ID\""))
        #expect(shell.type(TestShell.summed("{\"id\":7,\"cmd\":\"start\"}")).contains("\"err\":\"E_ID\""))
        // Reads crowd out reads.
        for id in 100..<140 { _ = shell.type("{\"id\":\(id),\"cmd\":\"ident\"}\n") }
        #expect(shell.type(line) == reply && desk.diary.changes.count == 1)
        _ = shell.pass(.milliseconds(1))
        #expect(shell.type(line).contains("\"ok\":true"))
        #expect(desk.diary.changes.count == 2)
        // Without an id there is no retry.
        let nameless = TestShell.summed("{\"cmd\":\"stop\"}")
        _ = shell.type(nameless)
        _ = shell.type(nameless)
        #expect(desk.diary.changes.count == 4)
    }

    @Test("nobody gets the answers of whoever was there before")
    func forgotten() throws {
        var shell = TestShell(role: nil)
        _ = try shell.logIn()
        let line = "{\"id\":8,\"cmd\":\"status\"}\n"
        #expect(shell.type(line).contains("\"ok\":true"))
        _ = shell.type("logout\r")
        let refused = shell.type(line)
        #expect(refused.contains("\"err\":\"E_ROLE\"") && refused.contains("\"need\":[\"viewer\"]"))
    }

    @Test("a program that subscribed hears of changes of state, and of nothing else")
    func events() throws {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        #expect(
            shell.type("{\"id\":1,\"cmd\":\"subscribe\"}\n")
                == "{\"id\":1,\"ok\":true,\"data\":{\"subscribed\":true}}\n")
        #expect(shell.pass(ShellSession.eventPeriod) == "")
        desk.diary.pilot.withLock { $0 = .b }
        #expect(shell.pass(ShellSession.eventPeriod - .milliseconds(1)) == "")
        let event = shell.pass(.milliseconds(1))
        #expect(event.hasPrefix("{\"ev\":\"state\",\"seq\":1,\"data\":{\"connector\":1,\"pilot\":\"B\""))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(event.utf8)) }
        #expect(shell.pass(ShellSession.eventPeriod) == "")
        #expect(shell.type("{\"id\":2,\"cmd\":\"unsubscribe\"}\n").contains("\"subscribed\":false"))
        desk.diary.pilot.withLock { $0 = .a }
        #expect(shell.pass(ShellSession.eventPeriod) == "")
        #expect(shell.type("subscribe\r").contains("error: subscribe is not for this mode"))
        #expect(shell.type("{\"cmd\":\"watch\"}\n").contains("\"err\":\"E_MODE\""))
    }

    @Test("a person watches until a key")
    func watch() {
        var shell = TestShell()
        let line =
            "1: C closed 9.500 A 2.345678 kWh, 1 faults | 2: disconnected by us unknown 0.000 A 0.000000 kWh, 0 faults\r\n"
        #expect(shell.type("watch 500\r") == "watch 500\r\n" + line)
        #expect(shell.pass(.milliseconds(499)) == "")
        #expect(shell.pass(.milliseconds(1)) == line)
        #expect(shell.type("q") == "wattseal> ")
        #expect(shell.pass(.seconds(5)) == "")
        #expect(shell.type("whoami\r").contains("vendor"), "the key was part of no line")
    }
}
