import Foundation
import LoopDisk
import Testing

/// Somebody new, with nothing but what the shell itself tells: each cause is named within five commands, and what is shown is what
/// docs/transcripts has (WATTSEAL_RENEW=1 writes it anew).
@Suite("A technician's first visit", .serialized, .needsBinaries)
struct DiagnosisTranscriptTests {
    /// A house whose daemon has a shell.
    private func rig(_ change: (inout Rig.Options) -> Void = { _ in }) async throws -> Rig {
        var options = Rig.Options()
        options.grant = 0
        options.bus = "rtu"
        options.tables = "[shell]\nsocket = \"shell.sock\""
        change(&options)
        return try await Rig(options)
    }

    private func start(_ rig: Rig) async throws {
        try rig.startDaemon()
        try await rig.wait("the daemon's status", seconds: 60) { (try? rig.status()) != nil }
    }

    /// Waits until just these stand: a busy machine raises others for a moment, most of all at the start.
    private func await(_ faults: Set<Int>, _ rig: Rig) async throws {
        try await rig.wait("faults \(faults)", seconds: 120) {
            let connector = try rig.status()["connector"] as? [String: Any]
            return Set(connector?["fault_codes"] as? [Int] ?? []) == faults
        }
    }

    /// Types these, and no more than five.
    private func visit(_ rig: Rig, _ name: String, _ commands: [String]) async throws -> String {
        #expect((1...5).contains(commands.count))
        let typist = try await ShellTypist(socket: rig.folder.path + "/shell.sock")
        for command in commands { try await typist.type(command) }
        try compare(typist.dialogue, name)
        return typist.dialogue.map(\.shown).joined()
    }

    @Test("a welded contactor")
    func weld() async throws {
        let rig = try await rig()
        defer { rig.end() }
        try await start(rig)
        // A test that a weld keeps from being made would stand as due.
        try await rig.wait("the residual-current monitor's test", seconds: 60) {
            (try rig.status()["connectors"] as? [[String: Any]])?.first?["residual_test"] != nil
        }
        try rig.tell("weld-closed")
        try await self.await([301], rig)
        let shown = try await visit(rig, "welded-contactor", ["status", "faults", "contactor"])
        #expect(shown.contains("look at             faults"))
        #expect(shown.contains("told to open;") && shown.contains("behind L1 closed"))
        #expect(shown.contains("one is welded. Replace it"))
    }

    @Test("a dead meter")
    func deadMeter() async throws {
        let rig = try await rig()
        defer { rig.end() }
        try await start(rig)
        try rig.tell("meter drop 1000000")
        try await self.await([501, 502], rig)
        let shown = try await visit(rig, "dead-meter", ["status", "faults", "bus scan"])
        #expect(shown.contains("check           bus scan: "))
        #expect(shown.contains("found               nobody answers"))
    }

    @Test("a wrong unit number")
    func wrongUnit() async throws {
        let rig = try await rig()
        defer { rig.end() }
        let text = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        let profile = "profile = \"meter.toml\""
        let wrong = text.replacingOccurrences(of: profile, with: profile + "\nunit = 7")
        #expect(wrong != text)
        try wrong.write(toFile: rig.configurationPath, atomically: true, encoding: .utf8)
        try await start(rig)
        try await self.await([501, 502], rig)
        let shown = try await visit(rig, "wrong-unit", ["status", "faults", "bus scan"])
        #expect(shown.contains("found               unit 1 answers (the configuration says 7 for connector 1)"))
    }

    @Test("no protective earth")
    func earth() async throws {
        let rig = try await rig()
        defer { rig.end() }
        try await start(rig)
        try rig.tell("earth off")
        try await self.await([208], rig)
        let shown = try await visit(rig, "no-earth", ["status", "faults", "pe"])
        #expect(shown.contains("Protective earth is missing") && shown.contains("protective earth no"))
    }

    @Test("a full disk", .needsLoopDevices)
    func fullDisk() async throws {
        let folder = NSTemporaryDirectory() + "full-\(UInt32.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let disk = try LoopDisk(megabytes: 96, in: folder)
        defer {
            try? disk.detach()
            try? FileManager.default.removeItem(atPath: folder)
        }
        let rig = try await rig { $0.home = disk.path + "/device" }
        defer { rig.end() }
        try FileManager.default.createDirectory(atPath: disk.path + "/device", withIntermediateDirectories: true)
        try await start(rig)
        try await rig.wait("a reading, the ledger, and no fault", seconds: 60) {
            let status = try rig.status()
            let codes = (status["connector"] as? [String: Any])?["fault_codes"] as? [Int]
            return try codes == [] && bool("ledger.reachable", in: status) && integer("meter.accepted", in: status) > 0
        }
        _ = try? Rig.run("/bin/dd", ["if=/dev/zero", "of=\(disk.path)/other", "bs=64k"])
        let shown = try await visit(rig, "full-disk", ["status", "faults", "selftest", "journal"])
        #expect(shown.contains("why: the disk is full"))
        #expect(shown.contains("disk free bytes     0\n"))
        #expect(rig.daemon?.stop() == 0)
    }

    // MARK: the transcripts

    private func compare(_ dialogue: [(typed: String, shown: String)], _ name: String) throws {
        let text = Self.normal(
            dialogue.map { $0.typed.isEmpty ? $0.shown : "wattseal> \($0.typed)\n\($0.shown)" }.joined())
        let path = "\(Binaries.repository)/docs/transcripts/\(name).txt"
        if ProcessInfo.processInfo.environment["WATTSEAL_RENEW"] != nil {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            return try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOfFile: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let found = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (line, (one, other)) in zip(kept, found).enumerated() where one != other {
            Issue.record("\(name).txt, line \(line + 1): expected \(one), found \(other)")
            return
        }
        #expect(kept.count == found.count, "\(name).txt: expected \(kept.count) lines, found \(found.count)")
    }

    /// What was said without what differs from run to run and from machine to machine: numbers, moments, hashes, paths, and how
    /// late a loop was that shares a machine with tests.
    static func normal(_ text: String) -> String {
        var text = text
        // Faults of a loop, a pulse or a sample that came late stand beside the one that is looked for.
        text = text.replacing(#/  - code +(104|303|306|401|402|403)\n(    .*\n)*/#, with: "")
        text = text.replacing(#/\/[^ \n]*\/(\d+\.)?(tty|device|disk)[^ \n]*/#, with: "PATH")
        text = text.replacing(#/\n  (clock|network|control loop|ledger) +.*(\n {20,}.*)*/#) { "\n  \($0.output.1) …" }
        text = text.replacing(#/\n(bad|not known) {2,}(.*)/#) { match in
            let moving: Set = ["clock", "network", "control loop", "ledger", "faults 1"]
            let names = match.output.2.components(separatedBy: ", ").filter { !moving.contains($0) }
            return "\n\(match.output.1): \(names.joined(separator: ", "))"
        }
        text = text.replacing(#/(lateness|step) below us +.*/#) { "\($0.output.1) below us …" }
        text = text.replacing(#/worst lateness us \d+/#, with: "worst lateness us N")
        text = text.replacing(#/time quality +\w+/#, with: "time quality …")
        text = text.replacing(#/[0-9a-f]{16,}/#, with: "H").replacing(#/\d{4}-\d\d-\d\dT[0-9:.]+Z/#, with: "TIME")
        text = text.replacing(#/-?\d+\.\d+/#, with: "N.N").replacing(#/\b\d+ ms\b/#, with: "N ms")
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.normal(line:)).joined(
            separator: "\n")
    }

    /// Counts are made alike: in a row of the self-test, and where one stands alone behind its name.
    private static func normal(line: Substring) -> String {
        if line.contains(#/^  \S.* (ok|bad|not known)  /#) {
            return String(line).replacing(#/([a-z]) \d+(,|$)/#) { "\($0.output.1) N\($0.output.2)" }
        }
        let kept: Set = ["code", "connector", "unit", "chain", "asked", "closings", "disk free bytes"]
        guard let match = line.wholeMatch(of: #/( *(?:- )?)(\S.*?)( {2,})\d+/#), !kept.contains(String(match.output.2))
        else {
            return String(line)
        }
        return "\(match.output.1)\(match.output.2)\(match.output.3)N"
    }
}
