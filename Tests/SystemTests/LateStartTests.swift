import Foundation
import Testing

@Suite("A start that fails late", .needsBinaries)
struct LateStartTests {
    /// The residual-current monitor's test is driven from the first periods on: what a program that merely ended would leave so.
    @Test("damaged settings end the daemon behind its control loop's start, and the plant's outputs are off")
    func damagedSettings() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let home = rig.folder.appendingPathComponent("device")
        try FileManager.default.createDirectory(
            at: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try "no settings\n".write(to: home.appendingPathComponent("settings"), atomically: true, encoding: .utf8)
        try rig.startDaemon()
        let daemon = try #require(rig.daemon)
        try await rig.wait("the daemon's end", seconds: 60) { daemon.hasEnded }
        #expect(daemon.process.terminationStatus != 0)
        #expect(rig.daemonLog.contains("settings: expected the file that this firmware writes"))
        #expect(rig.daemonLog.contains("stopped: outputs off, journal closed"))
        // A test input that was left driven would make the monitor answer by now.
        try await Task.sleep(for: .seconds(2))
        let plant = try rig.plantStatus()
        for output in ["enable", "coil", "gate", "residual.dc", "residual.ac", "fan"] {
            #expect(try !bool(output, in: plant), "\(output)")
        }
        #expect(try string("pilot.output", in: plant) == "x1")
        #expect(try string("phase_relay", in: plant) == "single")
    }
}
