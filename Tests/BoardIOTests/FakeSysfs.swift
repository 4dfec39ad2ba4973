import Foundation

/// A folder with the files that the kernel would show for the bench board.
final class FakeSysfs {
    let root: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "wattseal-sysfs-\(UUID().uuidString)").path
        // As a channel shows itself that was never used.
        for name in ["duty_cycle", "period", "enable"] { try write("class/pwm/pwmchip0/pwm0/\(name)", "0") }
        try write("class/pwm/pwmchip0/pwm0/polarity", "normal")
        try write("class/pwm/pwmchip0/npwm", "1\n")
        try setPilot(high: 9_000, low: 9_000)
        // A plug's proximity contact, where a profile has one.
        try write("bus/iio/devices/iio:device0/in_voltage2_raw", "3276\n")
        try write("class/thermal/thermal_zone0/temp", "41900\n")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func write(_ path: String, _ text: String) throws {
        let file = URL(filePath: root).appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        if let handle = try? FileHandle(forWritingTo: file) {
            // In place, as sysfs: the driver keeps its files open.
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        } else {
            try Data(text.utf8).write(to: file)
        }
    }

    func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: root).appending(path: path)), as: UTF8.self)
    }

    /// The peaks in millivolts, as the counts of the bench board's calibration.
    func setPilot(high: Int, low: Int) throws {
        try write("bus/iio/devices/iio:device0/in_voltage0_raw", "\(counts(high))\n")
        try write("bus/iio/devices/iio:device0/in_voltage1_raw", "\(counts(low))\n")
    }

    private func counts(_ millivolts: Int) -> Int { ((millivolts + 15_000) * 1_000 + 3_663) / 7_326 }
}
