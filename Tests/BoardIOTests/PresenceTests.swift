import BoardIO
import Foundation
import Testing

/// What a board's profile names and this machine does not have, on a folder as the kernel would show it.
@Suite("Parts that are missing")
struct PresenceTests {
    private let sysfs: FakeSysfs
    private let device = "bus/iio/devices/iio:device0"

    init() throws { sysfs = try FakeSysfs() }

    private func missing(_ text: String) throws -> [String] {
        let lines = FakeLines()
        let profile = try BoardProfile(bytes: Array(text.utf8), file: "p")
        let board = try GPIOBoard(
            profile: profile, lines: lines, sysfsRoot: sysfs.root, deviceRoot: "\(sysfs.root)/dev")
        let missing = board.missingParts()
        #expect(lines.log.isEmpty)
        return missing
    }

    @Test("a channel that the PWM chip does not have is told")
    func channelOfPWM() throws {
        let text = try text("gpio-bench.toml")
        #expect(try missing(text).isEmpty)
        let beyond = text.replacingOccurrences(of: "\"pwmchip0\"\nchannel = 0", with: "\"pwmchip0\"\nchannel = 1")
        #expect(try missing(beyond) == ["pilot.pwm: PWM chip pwmchip0: channel: 1 is outside 0 to 0"])
        try sysfs.write("class/pwm/pwmchip0/npwm", "2\n")
        #expect(try missing(beyond).isEmpty)
    }

    @Test("the parts of a triggered pilot: scan elements, buffer, device and trigger")
    func triggered() throws {
        let tables = zip(["high", "low"], [0, 1]).map { table, channel in
            "[pilot.\(table)]\ndevice = \"iio:device0\"\nchannel = \(channel)\nmicrovolts_per_count = 1\noffset_mv = 0\n"
        }
        // As long as the kernel may name one, and longer than a number.
        let name = "a-trigger-that-runs-in-phase-with-the-pulse-width-modulation"
        let text = try profile(
            sensing: "hardware-triggered", tables: "[pilot.trigger]\nname = \"\(name)\"\n" + tables.joined())
        func parts() throws -> [String] { try missing(text).map { String($0.prefix { $0 != ":" }) } }
        #expect(try parts() == ["pilot.high", "pilot.low", "pilot.high.device", "pilot.trigger"])
        for channel in 0...1 {
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_type", "le:u12/16>>0\n")
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_index", "\(channel)\n")
            try sysfs.write("\(device)/scan_elements/in_voltage\(channel)_en", "0\n")
        }
        #expect(try parts() == ["pilot.high.device", "pilot.trigger"])
        for file in ["buffer/enable", "buffer/length", "trigger/current_trigger"] {
            try sysfs.write("\(device)/\(file)", "\n")
        }
        #expect(try parts() == ["pilot.high.device", "pilot.trigger"], "its file under /dev")
        try sysfs.write("dev/iio:device0", "")
        try sysfs.write("bus/iio/devices/trigger0/name", "another\n")
        #expect(
            try missing(text) == ["pilot.trigger: trigger \"\(name)\": found 0 of that name among: another"])
        try sysfs.write("bus/iio/devices/trigger3/name", "\(name)\n")
        #expect(try parts().isEmpty)
        try sysfs.write("\(device)/scan_elements/in_voltage1_type", "le:f32/32>>0\n")
        #expect(try parts() == ["pilot.low"], "a format that the driver does not read")
    }
}
