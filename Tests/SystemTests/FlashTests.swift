import Foundation
import Testing

/// New firmware over a serial line: technician's tool, daemon, updater and launcher, each a process of its own.
@Suite("Flashing over the service shell", .serialized, .needsBinaries)
struct FlashTests {
    /// What a failed command said.
    private func words(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test("a release comes in over the line, is refused while a car is there, tried, confirmed, and runs")
    func flash() async throws {
        let workshop = try Workshop()
        try workshop.certify()
        let cable = try SerialCable()
        var options = Rig.Options()
        options.grant = 0
        options.releases = true
        options.tables = try workshop.tables(device: cable.ends.0)
        let rig = try await Rig(options)
        defer { rig.end() }
        _ = try workshop.launcher(["first-slot", workshop.bundle("1.0", counter: 2)])
        let updater = try workshop.updater(in: rig.folder)
        defer { updater.stop() }
        let first = try workshop.daemon(of: rig, name: "first")
        defer { first.killNow() }
        try await rig.registerAndGrant()
        try await rig.wait("records without a problem", seconds: 60) {
            try string("records.problem", in: rig.status()).isEmpty
        }

        // Refused before anything is switched: another key, an older counter, another board.
        let line = cable.ends.1
        let strange = try workshop.bundle("1.2", counter: 9, key: "stranger")
        #expect(words { try workshop.send(strange, to: line) }.contains("expected 1 signatures, found 0"))
        let old = try workshop.bundle("0.9", counter: 1)
        #expect(
            words { try workshop.send(old, to: line) }.contains("security counter 1 lies below the device's floor 2"))
        let foreign = try workshop.bundle("1.3", counter: 3, board: "other:1-3")
        #expect(words { try workshop.send(foreign, to: line) }.contains("not for this device: board"))
        #expect(try workshop.launcher(["show"]) == "slot a, 1.0")

        let good = try workshop.bundle("1.1", counter: 3)
        try rig.tell("plug")
        try await rig.wait("the car", seconds: 20) { try string("connector.state", in: rig.status()).hasPrefix("B") }
        let refusal = words { try workshop.send(good, to: line, ["--activate", "--override"]) }
        #expect(refusal.contains("a car is connected"), "\(refusal)")
        try rig.tell("unplug")
        try await rig.wait("no car", seconds: 20) { try string("connector.state", in: rig.status()).hasPrefix("A") }
        // Without the ledger's word nothing is activated but by a name; nor with its word against it.
        let absent = words { try workshop.send(good, to: line, ["--activate"]) }
        #expect(absent.contains("the ledger does not hold release"), "\(absent)")
        let recalled = try workshop.bundle("1.0.5", counter: 3)
        for bundle in [good, recalled] { try release(bundle, of: rig) }
        try release(recalled, of: rig, ["--withdraw"])
        let withdrawn = words { try workshop.send(recalled, to: line, ["--activate"]) }
        #expect(withdrawn.contains("is withdrawn on the ledger"), "\(withdrawn)")
        try workshop.send(good, to: line, ["--activate"])
        #expect(first.stop() == 0)

        let second = try workshop.daemon(of: rig, name: "second")
        defer { second.killNow() }
        try await rig.wait("the trial to be confirmed", seconds: 180) {
            try log("second", of: rig).contains("is confirmed")
        }
        #expect(try log("second", of: rig).contains("slot b is on trial"))
        #expect(try workshop.launcher(["show"]) == "slot b, 1.1")
        let actions = try rig.records(chain: 0).map { "\($0)" }.filter { $0.contains("fw activate") }
        #expect(!actions.isEmpty, "who activated it is on record")
        #expect(second.stop() == 0)
    }

    /// The owner lets devices install a bundle, or forbids it again.
    private func release(_ bundle: String, of rig: Rig, _ more: [String] = []) throws {
        let shown = try Rig.run("service-station", ["bundle", "show", bundle])
        let manifest = try #require(shown.firstMatch(of: /manifest\s+([0-9a-f]{64})/)?.1, "\(shown)")
        _ = try Rig.run(
            "platform-node",
            [
                "wallet", "release-firmware", "--product", "Wattseal test", "--version", "1.1", "--digest",
                String(manifest), "--security-counter", "3",
            ] + more + rig.signed("owner"))
    }

    private func log(_ name: String, of rig: Rig) throws -> String {
        try String(contentsOf: rig.folder.appendingPathComponent("\(name).log"), encoding: .utf8)
    }
}
