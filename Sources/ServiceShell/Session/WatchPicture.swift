import Quantities

/// What a person watches on a terminal: each connector's pilot, power, currents and energy, with a plot of the power, drawn over what
/// was drawn before. It knows neither the terminal nor a clock.
struct WatchPicture: Sendable {
    /// So many looks are in the plot, one a column.
    static let columns = 40
    /// Lines of a plot.
    static let rows = 3
    /// A cell's filling, from empty to full.
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One connector at one look.
    struct Frame: Equatable, Sendable {
        var connector: ConnectorStatus
        /// The pilot's two peaks; nil where no sample is valid.
        var high: Millivolts?
        var low: Millivolts?
        /// By the meter; nil where it does not say.
        var power: Milliwatts?
    }

    /// The newest powers of each connector, the newest last.
    private var powers: [UInt32: [Milliwatts?]] = [:]
    /// How many lines stand above the cursor.
    private var drawn = 0

    /// Something else was said: the next picture stands below it.
    mutating func lift() { drawn = 0 }

    /// The bytes that draw the next picture.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal; no line is broken by it.
    ///   - height: lines of the terminal, 0 where that is not known; where the plots do not fit, they are left out, and then
    ///     connectors.
    mutating func draw(_ frames: [Frame], width: Int, height: Int) -> [UInt8] {
        for frame in frames {
            let number = frame.connector.number
            powers[number] = Array(((powers[number] ?? []) + [frame.power]).suffix(Self.columns))
        }
        let most = max(1, (height > 0 ? height : 24) - 1)
        var lines = frames.flatMap { Self.values(of: $0) + plot(of: $0.connector.number) }
        if lines.count > most { lines = frames.flatMap(Self.values) }
        lines = Array(lines.prefix(most))
        // Up to the first line of the last picture; each line and what is below the last one is cleared.
        var text = drawn > 0 ? "\u{1B}[\(drawn)A\r" : ""
        for line in lines { text += String(line.prefix(max(1, width - 1))) + "\u{1B}[K\r\n" }
        drawn = lines.count
        return Array((text + "\u{1B}[J").utf8)
    }

    // MARK: Lines

    private static func values(of frame: Frame) -> [String] {
        let connector = frame.connector
        let currents = connector.currents.map { thousandths(Int64($0.rawValue)) }.joined(separator: " ")
        let service = connector.service.map { ", \($0)" } ?? ""
        let offered = thousandths(Int64((connector.offered ?? .zero).rawValue))
        let peaks = "\(volts(frame.high)) / \(volts(frame.low)) V"
        let energy = DecimalText.fixed((connector.energy ?? .zero).rawValue, digits: 6)
        let lines = [
            "connector \(connector.number)  pilot \(connector.pilot.rawValue), \(peaks)  offered \(offered) A",
            "  contactor \(connector.contactor.rawValue)  \(connector.activeFaults) faults\(service)",
            "  power \(watts(frame.power))  current \(currents.isEmpty ? "unknown" : currents + " A")  \(energy) kWh",
        ]
        return lines.map(PeopleRenderer.printable)
    }

    /// Its scale goes from zero to the greatest power that it shows; what is not known is left out, what flows back is none.
    private func plot(of number: UInt32) -> [String] {
        let values = powers[number] ?? []
        let most = max(1, values.compactMap { $0?.rawValue }.max() ?? 0)
        let levels = values.map { Self.level(of: $0, most: most) }
        let empty = String(repeating: " ", count: Self.columns - values.count)
        return (0..<Self.rows).map { row in
            let floor = (Self.rows - 1 - row) * (Self.blocks.count - 1)
            let cells = levels.map { Self.blocks[min(max($0 - floor, 0), Self.blocks.count - 1)] }
            let label = row == 0 ? " \(Self.watts(Milliwatts(most)))" : row == Self.rows - 1 ? " 0" : ""
            return "  |" + empty + String(cells) + "|" + label
        }
    }

    /// From 0 to all cells of a column; a power that is there at all shows.
    private static func level(of power: Milliwatts?, most: Int64) -> Int {
        guard let power, power.rawValue > 0 else { return 0 }
        let full = Int64(rows * (blocks.count - 1))
        return Int(min(full, max(1, power.rawValue / max(1, most / full))))
    }

    private static func thousandths(_ value: Int64) -> String { DecimalText.fixed(value, digits: 3) }

    private static func volts(_ value: Millivolts?) -> String {
        value.map { thousandths(Int64($0.rawValue)) } ?? "unknown"
    }

    private static func watts(_ value: Milliwatts?) -> String {
        value.map { thousandths($0.rawValue / 1_000) + " kW" } ?? "unknown"
    }
}
