import ConfigurationText

/// A part of the machine that a board takes, and where its profile names it.
struct WiredPart: Sendable {
    let path: TomlPath
    let part: MachinePart
    /// Several boards may have it together: the temperature of electronics that they share.
    var isShareable = false

    init(_ path: TomlPath, _ part: MachinePart, isShareable: Bool = false) {
        self.path = path
        self.part = part
        self.isShareable = isShareable
    }

    /// A part that these keys name, from the outermost table on.
    init(_ keys: [String], _ part: MachinePart, isShareable: Bool = false) {
        self.init(TomlPath(keys.map { .key($0) }), part, isShareable: isShareable)
    }
}

extension GPIOWiring {
    /// What the wiring takes beside its GPIO lines, in the order of `docs/boards.md`.
    var wiredParts: [WiredPart] {
        var parts: [WiredPart] = []
        if case .kernelPWM(let chip, let channel) = generator {
            parts.append(WiredPart(["pilot", "pwm", "channel"], .pwm(chip: chip, channel: channel)))
        }
        switch pilot {
        case .peakDetectors(let high, let low, _):
            parts += Self.parts(high, low)
        case .triggered(let high, let low, _):
            parts.append(WiredPart(["pilot", "high", "device"], .buffer(device: high.device)))
            parts += Self.parts(high, low)
        case .companion(let device, _):
            parts.append(WiredPart(["pilot", "companion", "device"], .serialLine(path: device)))
        case .comparators: break
        }
        if let channel = proximity?.channel {
            parts.append(
                WiredPart(["proximity", "channel"], .voltage(device: channel.device, channel: channel.channel)))
        }
        if let boardTemperature {
            parts.append(Self.part(boardTemperature, file: "file", converter: "converter", isShareable: true))
        }
        if let plugTemperature {
            parts.append(
                Self.part(plugTemperature, file: "plug_file", converter: "plug_converter", isShareable: false))
        }
        return parts
    }

    private static func parts(_ high: ConverterChannel, _ low: ConverterChannel) -> [WiredPart] {
        [("high", high), ("low", low)].map { table, channel in
            WiredPart(["pilot", table, "channel"], .voltage(device: channel.device, channel: channel.channel))
        }
    }

    private static func part(
        _ source: TemperatureSource, file: String, converter: String, isShareable: Bool
    ) -> WiredPart {
        switch source {
        case .file(let path):
            return WiredPart(["temperature", file], .file(path: path), isShareable: isShareable)
        case .converter(let channel):
            let part: MachinePart =
                channel.curve == nil
                ? .temperature(device: channel.device, channel: channel.channel)
                : .voltage(device: channel.device, channel: channel.channel)
            return WiredPart(["temperature", converter, "channel"], part, isShareable: isShareable)
        }
    }
}
