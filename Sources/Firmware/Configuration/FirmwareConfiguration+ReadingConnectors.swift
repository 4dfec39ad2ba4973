internal import ChargeControl
internal import ConfigurationText
internal import Quantities

// One connector is written as the tables [board], [meter] and [connector]; several as [[connector]] with [connector.board]
// and [connector.meter] in each. Limits of the device stand in [limits]; a connector's own replace them.
extension FirmwareConfiguration {
    static func readConnectors(_ root: TomlTable, folder: String, limits: Limits?) -> [Connector]? {
        guard root.holdsArray("connector") else {
            let board = root.table("board").flatMap { readBoard($0, folder: folder) }
            let meter = root.table("meter").flatMap { readMeter($0, folder: folder) }
            return root.table("connector").flatMap { readConnector($0, board, meter, limits) }.map { [$0] }
        }
        guard let tables = root.tables("connector", count: 1...mostConnectors) else { return nil }
        let connectors = tables.map { table in
            let board = table.table("board").flatMap { readBoard($0, folder: folder) }
            let meter = table.table("meter").flatMap { readMeter($0, folder: folder) }
            return readConnector(table, board, meter, limits)
        }
        let complete = connectors.compactMap { $0 }
        guard complete.count == connectors.count else { return nil }
        reportDisagreement(tables, complete)
        return complete
    }

    /// One serial device has one set of settings: with two, it would have two buses, and the second would be refused.
    private static func reportDisagreement(_ tables: [TomlTable], _ connectors: [Connector]) {
        for (index, connector) in connectors.enumerated() {
            guard case .rtu(let device, _, _, _) = connector.meter.line,
                let rtu = tables[index].table("meter")?.table("rtu")
            else { continue }
            let earlier = connectors[..<index].firstIndex { other in
                guard case .rtu(device, _, _, _) = other.meter.line else { return false }
                return other.meter.line != connector.meter.line
            }
            guard let earlier else { continue }
            rtu.report(
                "device", expected: "the baud, format and rs485 that connector \(earlier + 1) states for this device",
                found: "others")
        }
    }

    private static func readConnector(
        _ table: TomlTable, _ board: BoardChoice?, _ meter: MeterChoice?, _ common: Limits?
    ) -> Connector? {
        let current = table.integer("maximum_current_ma", in: 6_000...80_000)
        let own = table.table("limits", required: false)
        let limits = own.map(readLimits) ?? common
        let charging = table.table("charging", required: false).map(readCharging) ?? Charging()
        guard let current, let board, let meter, let limits, let charging else { return nil }
        return Connector(
            board: board, meter: meter, maximumCurrent: Milliamps(Int32(current)), limits: limits, charging: charging)
    }

    /// The owner's limit and schedule; nil where a mistake was noted.
    static func readLimits(_ table: TomlTable) -> Limits? {
        let owner = table.integer("owner_ma", in: 0...80_000, required: false)
        let schedule = table.table("schedule", required: false).map(readSchedule)
        if let schedule, schedule == nil { return nil }
        return Limits(owner: owner.map { Milliamps(Int32($0)) }, schedule: schedule ?? nil)
    }

    private static func readSchedule(_ table: TomlTable) -> DailySchedule? {
        let offset = table.integer("utc_offset_min", in: -840...840)
        let delay = table.integer("random_delay_s", in: 0...3_600, required: false) ?? 0
        let otherwise = table.integer("otherwise_ma", in: 0...80_000, required: false) ?? 0
        let tables = table.tables("window", count: 1...Schedule.capacity)
        let windows = tables?.map(readWindow)
        guard let offset, let windows else { return nil }
        let complete = windows.compactMap { $0 }
        guard complete.count == windows.count else { return nil }
        return DailySchedule(
            windows: complete, otherwise: Milliamps(Int32(otherwise)), utcOffset: Int32(offset),
            randomDelay: Int32(delay))
    }

    private static func readWindow(_ table: TomlTable) -> Schedule.Window? {
        let current = table.integer("current_ma", in: 0...80_000)
        guard let hours = table.string("hours") else { return nil }
        let parts = hours.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = secondOfDay(parts[0]), let end = secondOfDay(parts[1]), start != end else {
            table.report("hours", expected: "two different times, \"HH:MM-HH:MM\"", found: "\"\(hours)\"")
            return nil
        }
        guard let current else { return nil }
        return Schedule.Window(start: start, end: end, current: Milliamps(Int32(current)))
    }

    /// The second of the day of `HH:MM`.
    private static func secondOfDay(_ text: Substring) -> Int32? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":") else { return nil }
        guard let hours = Int32(text.prefix(2)), let minutes = Int32(text.suffix(2)), hours >= 0, minutes >= 0 else {
            return nil
        }
        return hours < 24 && minutes < 60 ? hours * 3_600 + minutes * 60 : nil
    }

    private static func readCharging(_ table: TomlTable) -> Charging? {
        var charging = Charging()
        if let plan = table.string("wake_up", required: false) {
            switch plan {
            case "never": charging.wakeUp = .never
            case "open": charging.wakeUp = .open
            case "open-then-f": charging.wakeUp = .openThenF
            default:
                table.report("wake_up", expected: "\"never\", \"open\" or \"open-then-f\"", found: "\"\(plan)\"")
            }
        }
        if let pulse = table.integer("state_f_ms", in: 0...1_000, required: false) {
            if pulse > 0, pulse < 300 {
                table.report("state_f_ms", expected: "0, or an integer from 300 to 1000", found: "the integer \(pulse)")
            }
            charging.stateFPulse = .milliseconds(pulse)
        }
        if let pause = table.integer("phase_switch_pause_s", in: 15...600, required: false) {
            charging.phaseSwitchPause = .seconds(pause)
        }
        if let most = table.integer("single_phase_maximum_ma", in: 6_000...80_000, required: false) {
            charging.singlePhaseMaximum = Milliamps(Int32(most))
        }
        if let delay = table.integer("restart_delay_s", in: 0...600, required: false) {
            charging.restartDelay = .seconds(delay)
        }
        return charging
    }
}
