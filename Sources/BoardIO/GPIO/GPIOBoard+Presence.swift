import Glibc
import Quantities

extension GPIOBoard {
    /// What of the profile's wiring this machine does not have, a sentence each. Nothing is requested or written; the board must not
    /// have been started.
    public func missingParts() -> [String] {
        var missing = MissingParts()
        for (role, line) in wiring.lines.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            missing.note("line \"\(role.rawValue)\"") { () throws(BoardError) in try lines.check(line) }
        }
        if case .kernelPWM(let name, let channel) = wiring.generator {
            missing.note("pilot.pwm") { () throws(BoardError) in try lookForPWM(name, channel) }
        }
        lookForPilot(&missing)
        if let channel = wiring.proximity?.channel {
            missing.note("proximity") { () throws(BoardError) in try lookForCounts(channel) }
        }
        for source in [wiring.boardTemperature, wiring.plugTemperature].compactMap({ $0 }) {
            missing.note("temperature") { () throws(BoardError) in
                switch source {
                case .file(let file): try Self.require("\(sysfsRoot)/\(file)")
                // Opens its files and reads how the kernel scales it.
                case .converter(let channel): _ = try ConverterTemperature(channel, sysfsRoot: sysfsRoot)
                }
            }
        }
        return missing.sentences
    }

    private func lookForPilot(_ missing: inout MissingParts) {
        switch wiring.pilot {
        case .peakDetectors(let high, let low, _):
            missing.note("pilot.high") { () throws(BoardError) in try lookForCounts(high) }
            missing.note("pilot.low") { () throws(BoardError) in try lookForCounts(low) }
        case .triggered(let high, let low, let trigger):
            missing.note("pilot.high") { () throws(BoardError) in try lookForScanElement(high) }
            missing.note("pilot.low") { () throws(BoardError) in try lookForScanElement(low) }
            // The same device for both.
            missing.note("pilot.high.device") { () throws(BoardError) in try lookForBuffer(high.device) }
            missing.note("pilot.trigger") { () throws(BoardError) in
                _ = try SysfsDevices.trigger(trigger, sysfsRoot: sysfsRoot)
            }
        case .companion(let device, _):
            missing.note("pilot.companion") { () throws(BoardError) in try Self.require(device) }
        case .comparators: break
        }
    }

    private func lookForPWM(_ name: String, _ channel: Int) throws(BoardError) {
        let chip = try SysfsDevices.pwmChip(name, sysfsRoot: sysfsRoot)
        let count = try DeviceFile(path: "\(sysfsRoot)/class/pwm/\(chip)/npwm").readNumber()
        guard channel < count else {
            throw .outOfRange(what: "PWM chip \(chip): channel", found: Int64(channel), low: 0, high: count - 1)
        }
    }

    private func lookForCounts(_ channel: GPIOWiring.ConverterChannel) throws(BoardError) {
        try Self.require("\(try folder(of: channel.device))/in_voltage\(channel.channel)_raw")
    }

    private func lookForScanElement(_ channel: GPIOWiring.ConverterChannel) throws(BoardError) {
        let folder = try folder(of: channel.device)
        // Reads how it lies in a scan.
        _ = try TriggeredSampler.element(folder, channel.channel)
        try Self.require("\(folder)/scan_elements/in_voltage\(channel.channel)_en")
    }

    private func lookForBuffer(_ name: String) throws(BoardError) {
        let device = try SysfsDevices.converter(name, sysfsRoot: sysfsRoot)
        for file in ["buffer/enable", "buffer/length", "trigger/current_trigger"] {
            try Self.require("\(sysfsRoot)/bus/iio/devices/\(device)/\(file)")
        }
        try Self.require("\(deviceRoot)/\(device)")
    }

    private func folder(of device: String) throws(BoardError) -> String {
        "\(sysfsRoot)/bus/iio/devices/\(try SysfsDevices.converter(device, sysfsRoot: sysfsRoot))"
    }

    private static func require(_ path: String) throws(BoardError) {
        guard access(path, F_OK) == 0 else { throw .device(call: "look", path: path, errno: errno) }
    }
}

/// What was looked for and not found, a sentence each.
private struct MissingParts {
    private(set) var sentences: [String] = []

    /// Looks for a part of the wiring, which the profile calls so.
    mutating func note(_ part: String, _ look: () throws(BoardError) -> Void) {
        do throws(BoardError) { try look() } catch { sentences.append("\(part): \(error)") }
    }
}
