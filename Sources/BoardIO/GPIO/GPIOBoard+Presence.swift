import Glibc
import Quantities

extension GPIOBoard {
    /// What of the profile's wiring this machine does not have, a sentence each. Nothing is requested, written or read; the
    /// board must not have been started.
    public func missingParts() -> [String] {
        var missing: [String] = []
        func note(_ part: String, _ look: () throws(BoardError) -> Void) {
            do throws(BoardError) { try look() } catch { missing.append("\(part): \(error)") }
        }
        for (role, line) in wiring.lines.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            note("line \"\(role.rawValue)\"") { () throws(BoardError) in try lines.check(line) }
        }
        if case .kernelPWM(let name, _) = wiring.generator {
            note("pilot.pwm") { () throws(BoardError) in
                let chip = try SysfsDevices.pwmChip(name, sysfsRoot: sysfsRoot)
                try Self.require("\(sysfsRoot)/class/pwm/\(chip)")
            }
        }
        for (name, channel) in converterChannels {
            note(name) { () throws(BoardError) in
                let device = try SysfsDevices.converter(channel.device, sysfsRoot: sysfsRoot)
                try Self.require("\(sysfsRoot)/bus/iio/devices/\(device)/in_voltage\(channel.channel)_raw")
            }
        }
        if case .companion(let device, _) = wiring.pilot {
            note("pilot.companion") { () throws(BoardError) in try Self.require(device) }
        }
        for source in [wiring.boardTemperature, wiring.plugTemperature].compactMap({ $0 }) {
            note("temperature") { () throws(BoardError) in
                switch source {
                case .file(let file): try Self.require("\(sysfsRoot)/\(file)")
                // Opens its files and reads how the kernel scales it.
                case .converter(let channel): _ = try ConverterTemperature(channel, sysfsRoot: sysfsRoot)
                }
            }
        }
        return missing
    }

    private var converterChannels: [(String, GPIOWiring.ConverterChannel)] {
        var channels: [(String, GPIOWiring.ConverterChannel)] = []
        switch wiring.pilot {
        case .peakDetectors(let high, let low, _), .triggered(let high, let low, _):
            channels += [("pilot.high", high), ("pilot.low", low)]
        case .comparators, .companion: break
        }
        if let proximity = wiring.proximity { channels.append(("proximity", proximity.channel)) }
        return channels
    }

    private static func require(_ path: String) throws(BoardError) {
        guard access(path, F_OK) == 0 else { throw .device(call: "look", path: path, errno: errno) }
    }
}
