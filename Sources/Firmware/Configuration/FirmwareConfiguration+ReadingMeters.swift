internal import ConfigurationText
internal import Metering
internal import Quantities

extension FirmwareConfiguration {
    /// A table that chooses a meter, with what was read from it.
    struct MeterEntry {
        /// `connector 1's meter`, `the mains meter`.
        var name: String
        var table: TomlTable
        var choice: MeterChoice
    }

    static func readMeter(_ table: TomlTable, folder: String) -> MeterChoice? {
        let profile = table.string("profile")
        let unit = table.integer("unit", in: 0...247, required: false)
        // The core takes a meter for lost after 10 s; an identification stretches the time between two readings.
        let poll = table.integer("poll_ms", in: 100...5_000, required: false) ?? 1_000
        let name = if case .key(let key) = table.path.steps.last { key } else { "meter" }
        let line: MeterChoice.Line?
        switch (table.table("tcp", required: false), table.table("rtu", required: false)) {
        case (let tcp?, nil):
            let host = tcp.string("host")
            let port = tcp.integer("port", in: 1...65_535, required: false) ?? 502
            line = host.map { .tcp(host: $0, port: UInt16(port)) }
        case (nil, let rtu?):
            let device = rtu.string("device")
            let baud = rtu.integer(
                "baud", oneOf: [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200], required: false)
            let format = rtu.string("format", length: 3...3, required: false)
            let rs485 = rtu.table("rs485", required: false).flatMap(readRS485)
            line = device.map {
                .rtu(device: resolve($0, in: folder), baud: baud.map(Int32.init), format: format, rs485: rs485)
            }
        case (nil, nil):
            table.report("tcp", expected: "a table [\(name).tcp] or [\(name).rtu]", found: "neither")
            line = nil
        case (.some, .some):
            table.report("rtu", expected: "one of [\(name).tcp] and [\(name).rtu]", found: "both")
            line = nil
        }
        guard let profile, let line else { return nil }
        return MeterChoice(
            profile: resolve(profile, in: folder), line: line, unit: unit.map(UInt8.init),
            pollPeriod: .milliseconds(poll))
    }

    private static func readRS485(_ table: TomlTable) -> RS485? {
        let level = table.boolean("rts_on_send")
        let before = table.integer("delay_before_send_ms", in: RS485.delays, required: false) ?? 0
        let after = table.integer("delay_after_send_ms", in: RS485.delays, required: false) ?? 0
        return level.map { RS485(rtsOnSend: $0, millisecondsBeforeSend: before, millisecondsAfterSend: after) }
    }

    /// The mains meter with the fuse that it guards.
    static func readMains(_ table: TomlTable, folder: String) -> Mains? {
        let meter = readMeter(table, folder: folder)
        let fuse = table.integer("fuse_ma", in: 6_000...1_000_000)
        let failSafe = table.integer("fail_safe_ma", in: 0...1_000_000)
        guard let fuse, let failSafe else { return nil }
        guard failSafe <= fuse else {
            table.report(
                "fail_safe_ma", expected: "at most fuse_ma, \(fuse)", found: "the integer \(failSafe)")
            return nil
        }
        guard let meter else { return nil }
        return Mains(meter: meter, fuse: Milliamps(Int32(fuse)), failSafe: Milliamps(Int32(failSafe)))
    }

    /// Meters that share a line have a unit number each, and the line one rate, one format and one way to be turned around.
    static func checkSharedLines(_ entries: [MeterEntry]) {
        for (index, entry) in entries.enumerated() {
            for other in entries[..<index] where other.choice.line.isSameWire(as: entry.choice.line) {
                checkUnits(entry, other)
                checkSettings(entry, other)
            }
        }
    }

    private static func checkUnits(_ entry: MeterEntry, _ other: MeterEntry) {
        // Of a unit that only the profile states nothing is known here, but that the same profile states the same.
        let isSame =
            entry.choice.unit == other.choice.unit
            && (entry.choice.unit != nil || entry.choice.profile == other.choice.profile)
        guard isSame else { return }
        entry.table.report(
            "unit", expected: "a unit number that \(other.name) on the same line does not have",
            found: entry.choice.unit.map { "the integer \($0)" } ?? "the same profile's")
    }

    private static func checkSettings(_ entry: MeterEntry, _ other: MeterEntry) {
        guard case .rtu(_, let baud, let format, let rs485) = entry.choice.line,
            case .rtu(_, let otherBaud, let otherFormat, let otherRS485) = other.choice.line
        else { return }
        let who = "as \(other.name) has it on the same line"
        if let baud, let otherBaud, baud != otherBaud {
            report("baud", of: entry, expected: "\(otherBaud), \(who)", "the integer \(baud)")
        }
        if let format, let otherFormat, format != otherFormat {
            report("format", of: entry, expected: "\"\(otherFormat)\", \(who)", "\"\(format)\"")
        }
        if let rs485, let otherRS485, rs485 != otherRS485 {
            report("rs485", of: entry, expected: "\(otherRS485), \(who)", "\(rs485)")
        }
    }

    private static func report(_ key: String, of entry: MeterEntry, expected: String, _ found: String) {
        entry.table.document.report(
            at: entry.table.path.appending("rtu").appending(key), expected: expected, found: found)
    }
}

extension FirmwareConfiguration.MeterChoice.Line {
    /// Whether both are the same wire, whatever is said of its rate and format.
    func isSameWire(as other: Self) -> Bool {
        switch (self, other) {
        case (.tcp, .tcp): self == other
        case (.rtu(let device, _, _, _), .rtu(let otherDevice, _, _, _)): device == otherDevice
        case (.tcp, .rtu), (.rtu, .tcp): false
        }
    }
}
