import Testing

@testable import ServiceShell

@Suite("What looks deeper")
struct DiagnosisTests {
    /// The values of a person's answer, by their names, blanks between two words made one.
    private func typed(_ line: String) -> [String] {
        var shell = TestShell()
        return shell.type(line + "\r").split(whereSeparator: \.isNewline).map {
            $0.split(separator: " ").joined(separator: " ")
        }
    }

    @Test("lines: place, direction and level, and what is not known is called so")
    func lines() {
        let shown = typed("gpio")
        for line in [
            "- role contactor-enable", "place gpiochip0:17", "direction output", "active no",
            "counted by the driver's looks", "- role emergency-stop", "place unknown", "active unknown",
            "counted by kernel edges",
        ] { #expect(shown.contains(line), "\(line): \(shown)") }
    }

    @Test("registers: what is left out is one holding register of connector 1")
    func registers() {
        let one = typed("meter raw 65535")
        for line in ["unit 1", "request 03", "reply 01", "latency 0.031 s", "- register 65535", "value 0"] {
            #expect(one.contains(line), "\(line): \(one)")
        }
        let more = typed("meter raw 72 3 input 2")
        for line in ["unit 2", "request 04", "reply 03", "- register 72", "- register 74", "value 2"] {
            #expect(more.contains(line), "\(line): \(more)")
        }
    }

    @Test("records: a range is handed on, the first bad one and the next are told")
    func records() {
        let verdict = typed("journal verify 2 3 8")
        for line in [
            "chain 2", "from 3", "through 8", "verified 4", "first bad 5", "reason a signature", "head hash ab",
            "go on from none",
        ] { #expect(verdict.contains(line), "\(line): \(verdict)") }
        let newest = typed("journal tail")
        for line in [
            "- record 1/10", "time unknown", "energy 3.000000 kWh", "added 1.000000 kWh", "signature bad",
            "acknowledged yes",
        ] { #expect(newest.contains(line), "\(line): \(newest)") }
        var shell = TestShell()
        #expect(
            shell.type("{\"id\":1,\"cmd\":\"journal.export\",\"args\":{\"chain\":0,\"from\":7}}\n")
                == "{\"id\":1,\"ok\":true,\"data\":{\"chain\":0,\"records\":[{\"sequence\":7,\"message\":\"d284\"}],"
                + "\"go_on_from\":8}}\n")
    }

    @Test("a proof is over the caller's nonce")
    func proof() {
        let nonce = String(repeating: "5a", count: 16)
        #expect(typed("key prove \(nonce)").contains("statement \(nonce)"))
    }

    @Test("links: addresses that the system keeps are unknown, not none")
    func links() {
        let shown = typed("net")
        for line in [
            "- link eth0", "carrier yes", "addresses 192.0.2.7 2001:db8::7", "rx errors 3", "tx errors unknown",
            "- link wlan0", "carrier unknown", "addresses unknown",
        ] { #expect(shown.contains(line), "\(line): \(shown)") }
    }

    @Test("a histogram counts each flush once, below the power of two that it stays under")
    func histogram() {
        let bench = StorageBench(path: "", bytes: 512, latencies: [128, 63, 64, 1_000, 127])
        #expect(bench.buckets.map(\.below) == [64, 128, 256, 1_024])
        #expect(bench.buckets.map(\.count) == [1, 2, 1, 1])
        #expect(bench.percentile(50) == 127 && bench.percentile(99) == 1_000 && bench.percentile(1) == 63)
        #expect(StorageBench(path: "", bytes: 512, latencies: []).percentile(50) == nil)
        let shown = typed("bench io 100")
        for line in ["flushes 100", "p50 us 500", "p99 us 990", "worst us 1000"] {
            #expect(shown.contains(line), "\(line): \(shown)")
        }
    }

    @Test("the clock and the end are changes: a person confirms them, and they reach the desk as they were understood")
    func changes() {
        let desk = FixedDesk()
        var shell = TestShell(desk)
        _ = shell.type("time set 2026-11-29T18:40:00Z\r")
        #expect(desk.diary.entries.isEmpty)
        _ = shell.type("confirm \(TestShell.token(1, for: "time set utc=2026-11-29T18:40:00.000Z"))\r")
        _ = shell.type("reboot the disk was   changed\r")
        _ = shell.type("confirm \(TestShell.token(2, for: "reboot reason=the disk was changed"))\r")
        #expect(desk.diary.changes == [.setTime(1_795_977_600_000), .restart(reason: "the disk was changed")])
        #expect(desk.diary.records.map(\.outcome) == [.begun, .done, .begun, .done])
    }
}
