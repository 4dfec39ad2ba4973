import Foundation
import Quantities
import Synchronization
import Testing

@testable import BoardIO

/// Devices by their own names, on a folder as the kernel would show it.
@Suite("Devices by name")
struct DeviceNameTests {
    private let sysfs: FakeSysfs
    private let profile: BoardProfile

    init() throws {
        sysfs = try FakeSysfs()
        profile = try BoardProfile.load(path: profiles.appending(path: "chargebyte-charge-control-c.toml").path)
        try sysfs.write("bus/iio/devices/iio:device0/name", "other\n")
        try sysfs.write("bus/iio/devices/iio:device3/name", "2198000.adc\n")
        for channel in [2, 3] { try sysfs.write("bus/iio/devices/iio:device3/in_voltage\(channel)_raw", "3628\n") }
        for name in ["duty_cycle", "period", "enable"] { try sysfs.write("class/pwm/pwmchip4/pwm0/\(name)", "0") }
        try sysfs.write("class/pwm/pwmchip4/pwm0/polarity", "normal")
        try sysfs.write("class/pwm/pwmchip4/npwm", "1\n")
        try link("pwmchip0", to: "../../../2084000.pwm")
        try link("pwmchip4", to: "../../../20fc000.pwm")
    }

    private func link(_ chip: String, to device: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(sysfs.root)/class/pwm/\(chip)/device", withDestinationPath: device)
    }

    private func sampler(_ lines: FakeLines) throws -> PeakDetectorSampler {
        let wiring = try #require(profile.wiring)
        guard case .peakDetectors(let high, let low, let reset?) = wiring.pilot else { throw BoardError.alreadyStarted }
        return try PeakDetectorSampler(
            high: high, low: low, resets: try PeakResets(reset, wiring, lines), sysfsRoot: sysfs.root)
    }

    @Test("are found whatever number they have")
    func found() throws {
        #expect(try SysfsDevices.converter("2198000.adc", sysfsRoot: sysfs.root) == "iio:device3")
        #expect(try SysfsDevices.converter("iio:device7", sysfsRoot: sysfs.root) == "iio:device7")
        #expect(try SysfsDevices.pwmChip("20fc000.pwm", sysfsRoot: sysfs.root) == "pwmchip4")
        #expect(try SysfsDevices.pwmChip("pwmchip9", sysfsRoot: sysfs.root) == "pwmchip9")
    }

    @Test("are missed with the names that are there, and not guessed where two have one")
    func missed() throws {
        #expect(
            throws: BoardError.deviceNotFound(
                kind: "PWM chip", name: "1.pwm", found: 0, names: ["2084000.pwm", "20fc000.pwm"])
        ) { try SysfsDevices.pwmChip("1.pwm", sysfsRoot: sysfs.root) }
        try sysfs.write("bus/iio/devices/iio:device4/name", "2198000.adc\n")
        #expect(
            throws: BoardError.deviceNotFound(
                kind: "converter", name: "2198000.adc", found: 2, names: ["other", "2198000.adc", "2198000.adc"])
        ) { try SysfsDevices.converter("2198000.adc", sysfsRoot: sysfs.root) }
    }

    @Test("both peak detectors are emptied together before each reading")
    func resets() throws {
        let lines = FakeLines()
        let sampler = try sampler(lines)
        // 3628 counts of 7.722 mV, less 16.013 V.
        #expect(try sampler.readPilot() == PilotReading(high: Millivolts(12_002), low: Millivolts(12_002)))
        #expect(
            lines.log == [
                "output CP_POSITIVE_PEAK_RST 0", "output CP_NEGATIVE_PEAK_RST 0", "CP_POSITIVE_PEAK_RST=1",
                "CP_NEGATIVE_PEAK_RST=1", "CP_POSITIVE_PEAK_RST=0", "CP_NEGATIVE_PEAK_RST=0",
            ])
    }

    @Test("a peak detector that cannot be emptied gives no reading")
    func stuckReset() throws {
        let lines = FakeLines()
        let sampler = try sampler(lines)
        lines.fail("CP_POSITIVE_PEAK_RST", EIO)
        #expect(throws: BoardError.resetUnwritable(role: "pilot-high-reset", errno: EIO)) { try sampler.readPilot() }
        lines.fail("CP_POSITIVE_PEAK_RST", nil)
        _ = try sampler.readPilot()
    }

    @Test("the whole board starts on them, with the invert line at rest")
    func board() throws {
        let lines = FakeLines()
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        try board.start()
        board.stop()
        #expect(lines.log.contains("output CP_INVERT 0"))
        #expect(!lines.log.contains("CP_INVERT=1"))
        #expect(try sysfs.read("class/pwm/pwmchip4/pwm0/period") == "1000000")
    }

    @Test("what the machine does not have is told, all of it, and nothing is touched")
    func missing() throws {
        let lines = FakeLines()
        let board = try GPIOBoard(profile: profile, lines: lines, sysfsRoot: sysfs.root)
        #expect(board.missingParts().isEmpty)
        lines.state.withLock { $0.missing = ["CP_INVERT", "RELAY_1_SENSE"] }
        try FileManager.default.removeItem(atPath: "\(sysfs.root)/class/pwm/pwmchip4/device")
        try FileManager.default.removeItem(atPath: "\(sysfs.root)/bus/iio/devices/iio:device3/in_voltage3_raw")
        let missing = board.missingParts()
        #expect(
            missing.map { $0.prefix { $0 != ":" } } == [
                "line \"contactor-auxiliary\"", "line \"pilot-invert\"", "pilot.pwm", "pilot.low",
            ])
        #expect(lines.log.isEmpty)
    }

    @Test("on a machine without its chips, every line is told")
    func realLines() throws {
        let lines = CharacterDeviceLines()
        #expect(throws: BoardError.self) { try lines.check(GPIOLine(name: "no such line of any chip")) }
        #expect(throws: BoardError.self) { try lines.check(GPIOLine(chip: "/dev/null", name: "X")) }
        // A number is looked for, too: the chip has to be there, and to have so many lines.
        #expect(throws: BoardError.self) { try lines.check(GPIOLine(chip: "/dev/null", place: .offset(3))) }
        #expect(throws: BoardError.self) { try lines.check(GPIOLine(chip: "/dev/gpiochip-none", place: .offset(0))) }
    }
}
