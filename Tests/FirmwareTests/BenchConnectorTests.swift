import BoardIO
import ChargeControl
import Foundation
import SignedRecords
import Testing

@testable import Firmware

/// A board that is marked for the bench starts with `--bench` alone. Were it to start all the same, the core's own bar stands behind
/// (`CycleTests`, `LastWordTests`).
@Suite("A connector on a bench board")
struct BenchConnectorTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private func parts(_ board: String, benchAllowed: Bool) throws -> ConnectorParts {
        let lines = ConfigurationTests.complete
            .replacingOccurrences(of: "/boards/simulated.toml", with: board)
            .replacingOccurrences(of: "meter.toml", with: "\(root)/Board/meters/eastron-sdm630.toml")
            .split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.hasPrefix("plant_socket") }.joined(separator: "\n")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try ConnectorParts(
            try FirmwareConfiguration(path: file.path).connectors[0], number: 1,
            device: DeviceID(exactly: [UInt8](repeating: 1, count: 32)), energyFactor: 1, benchAllowed: benchAllowed)
    }

    /// Every profile of the repository that is marked so.
    private static var benchProfiles: [String] {
        let root =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/Board/profiles"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return files.map { "\(root)/\($0)" }.filter { (try? BoardProfile.load(path: $0))?.bench == true }.sorted()
    }

    @Test("there are such profiles")
    func some() { #expect(Self.benchProfiles.count >= 4) }

    @Test("does not start without --bench, and with it the core knows what it is", arguments: benchProfiles)
    func bench(profile: String) throws {
        do {
            _ = try parts(profile, benchAllowed: false)
            Issue.record("started")
        } catch {
            let name = URL(fileURLWithPath: profile).deletingPathExtension().lastPathComponent
            #expect(
                "\(error)".contains("board.profile: \(name) is marked bench = true; start wattseald with --bench"),
                "\(error)")
        }
        let control = try parts(profile, benchAllowed: true).control
        #expect(control.benchBoard && control.benchAllowed)
    }
}
