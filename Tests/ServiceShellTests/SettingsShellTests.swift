import Quantities
import Testing

@testable import ServiceShell

@Suite("Settings in the shell")
struct SettingsShellTests {
    private func shown(_ line: String) -> [String] {
        var shell = TestShell()
        return shell.type(line + "\r").split(whereSeparator: \.isNewline).map {
            $0.split(separator: " ").joined(separator: " ")
        }
    }

    @Test("value, source, what is staged, what comes back, and for how long it is on trial")
    func values() {
        let lines = shown("config")
        for line in [
            "on trial for 41.500 s", "- setting limit", "value 16.000 A", "staged none", "comes back 20.000 A",
            "source technician", "- setting service", "value out", "staged in", "value in", "source default",
        ] { #expect(lines.contains(line), "\(line): \(lines)") }
        let difference = shown("config diff")
        #expect(difference.count { $0 == "- setting limit" } == 1)
        #expect(difference.count { $0 == "- setting service" } == 1)
    }

    @Test(
        "each wish reaches the desk as it was confirmed",
        arguments: [
            (
                "config set limit 9.5 1", "config set limit current=9.500A connector=1",
                .stageLimit(Milliamps(9_500), connector: 1)
            ),
            ("config unset limit", "config unset limit", .stageLimit(nil, connector: 0)),
            (
                "config set service out 2", "config set service state=out connector=2",
                .stageService(isOut: true, connector: 2)
            ),
            ("config set service in", "config set service state=in", .stageService(isOut: false, connector: 0)),
            ("config commit", "config commit", .commit),
            ("config commit confirmed 60", "config commit confirmed time=60", .tryFor(.seconds(60))),
            ("config confirm", "config confirm", .confirm), ("config rollback", "config rollback", .rollBack),
        ] as [(String, String, SettingsWish)])
    func wishes(line: String, canonical: String, wish: SettingsWish) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type(line + "\r")
        #expect(desk.diary.entries.isEmpty)
        _ = shell.type("confirm \(TestShell.token(1, for: canonical))\r")
        #expect(desk.diary.changes == [.settings(wish)])
        #expect(desk.diary.records.map(\.subject) == [canonical, canonical])
    }

    @Test(
        "a trial has a time from 10 s to an hour",
        arguments: ["config commit confirmed", "config commit confirmed 9", "config commit confirmed 3601"])
    func trialTime(line: String) {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        #expect(shell.type(line + "\r").contains("error: byte"))
        #expect(desk.diary.entries.isEmpty)
    }
}
