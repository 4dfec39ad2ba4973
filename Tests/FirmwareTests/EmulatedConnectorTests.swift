import ChargeControl
import Foundation
import SignedRecords
import Testing

@testable import Firmware

@Suite("A connector on an emulated board")
struct EmulatedConnectorTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The connector of a configuration that names this board profile.
    private func parts(_ board: String, energyFactor: UInt32 = 1) throws -> ConnectorParts {
        let lines = ConfigurationTests.complete
            .replacingOccurrences(of: "/boards/simulated.toml", with: "\(root)/Board/profiles/\(board).toml")
            .replacingOccurrences(of: "meter.toml", with: "\(root)/Board/meters/eastron-sdm630.toml")
            .split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.hasPrefix("plant_socket") }.joined(separator: "\n")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try ConnectorParts(
            try FirmwareConfiguration(path: file.path).connectors[0], number: 1,
            device: DeviceID(exactly: [UInt8](repeating: 1, count: 32)), energyFactor: energyFactor, benchAllowed: true)
    }

    @Test("a stalled loop closes again without limit, as on the simulated board and on no other")
    func retries() throws {
        #expect(try parts("emulated").control.simulatedBoard)
        #expect(!(try parts("gpio-bench").control.simulatedBoard))
    }

    @Test("its meter counts no faster than life")
    func energyFactor() throws {
        do {
            _ = try parts("emulated", energyFactor: 2)
            Issue.record("an energy factor on a board that is not simulated")
        } catch {
            #expect("\(error)".contains("simulation.energy_factor: expected 1 on a board that is not simulated, got 2"))
        }
    }
}
