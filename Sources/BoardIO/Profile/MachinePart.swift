import Glibc

/// Something of a machine that has one user. Where two name it, one drives what is the other's, or takes the other's measurement for
/// its own.
enum MachinePart: Equatable, Sendable {
    /// A channel of a PWM chip.
    case pwm(chip: String, channel: Int)
    /// A channel of an IIO converter that measures a voltage.
    case voltage(device: String, channel: Int)
    /// A channel of an IIO converter that measures a temperature.
    case temperature(device: String, channel: Int)
    /// The buffer of an IIO converter, of which each has one.
    case buffer(device: String)
    /// A serial line, by its path.
    case serialLine(path: String)
    /// A file, by its path below the sysfs root.
    case file(path: String)
    /// A GPIO line; without a chip, of the one chip that has a line of this name.
    case line(chip: String?, place: GPIOLine.Place)

    /// Whether both are one part.
    func isSame(as other: MachinePart) -> Bool {
        guard case .line(let chip, let place) = self, case .line(let otherChip, let otherPlace) = other else {
            return self == other
        }
        return place == otherPlace && (chip == nil || otherChip == nil || chip == otherChip)
    }

    /// The same part by the name that this machine's kernel has for it now, where it has it: a chip has a device's name and a number.
    func resolved(sysfsRoot: String) -> MachinePart {
        func converter(_ device: String) -> String {
            (try? SysfsDevices.converter(device, sysfsRoot: sysfsRoot)) ?? device
        }
        switch self {
        case .pwm(let chip, let channel):
            return .pwm(chip: (try? SysfsDevices.pwmChip(chip, sysfsRoot: sysfsRoot)) ?? chip, channel: channel)
        case .voltage(let device, let channel): return .voltage(device: converter(device), channel: channel)
        case .temperature(let device, let channel): return .temperature(device: converter(device), channel: channel)
        case .buffer(let device): return .buffer(device: converter(device))
        case .serialLine(let path): return .serialLine(path: Self.realPath(path) ?? path)
        case .file(let path): return .file(path: Self.realPath("\(sysfsRoot)/\(path)") ?? path)
        case .line(let chip, let place): return .line(chip: chip.map { Self.realPath($0) ?? $0 }, place: place)
        }
    }

    /// What kind of part it is, with its article.
    var kind: String {
        switch self {
        case .pwm, .voltage, .temperature: "a channel"
        case .buffer: "a converter"
        case .serialLine: "a serial line"
        case .file: "a file"
        case .line: "a line"
        }
    }

    /// Which part it is.
    var words: String {
        switch self {
        case .pwm(let chip, let channel): "channel \(channel) of \(chip)"
        case .voltage(let device, let channel): "voltage channel \(channel) of \(device)"
        case .temperature(let device, let channel): "temperature channel \(channel) of \(device)"
        case .buffer(let device): "the buffer of \(device)"
        case .serialLine(let path), .file(let path): path
        case .line(let chip, let place): GPIOLine(chip: chip, place: place).text + (chip.map { " of \($0)" } ?? "")
        }
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
