import Foundation
import SignedRecords

@testable import Firmware

extension ConnectorParts {
    /// The connector of a configuration that names this board profile and a meter of the repository.
    init(
        ofBoard profile: String, energyFactor: UInt32 = 1, benchAllowed: Bool = true,
        calibration: CalibrationKeeper = .empty
    ) throws {
        let lines = ConfigurationTests.complete
            .replacingOccurrences(of: "/boards/simulated.toml", with: profile)
            .replacingOccurrences(of: "meter.toml", with: "\(Self.shipped)/meters/eastron-sdm630.toml")
            .split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.hasPrefix("plant_socket") }.joined(separator: "\n")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try self.init(
            try FirmwareConfiguration(path: file.path).connectors[0], number: 1,
            device: DeviceID(exactly: [UInt8](repeating: 1, count: 32)), energyFactor: energyFactor,
            benchAllowed: benchAllowed, calibration: calibration)
    }

    /// The folder of the shipped profiles of boards and meters.
    static var shipped: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/Board"
    }
}

extension CalibrationKeeper {
    /// Nothing is calibrated, and nothing is kept.
    static var empty: CalibrationKeeper {
        CalibrationKeeper(
            Store(read: { () throws(FirmwareError) in nil }, replace: { (_) throws(FirmwareError) in }))
    }
}
