internal import ConfigurationText
internal import Quantities

/// Reads how a meter leaves the factory.
enum LinkReader {
    static func link(_ table: TomlTable) -> LinkDefaults? {
        let line = line(table)
        let unit = table.integer("unit", in: 1...247, required: false)
        let registers = table.integer("max_regs", in: 1...125)
        let turnaround = table.integer("turnaround_ms", in: 1...5_000)
        let gap = table.integer("gap_ms", in: 0...1_000)
        let refresh = table.integer("refresh_ms", in: 1...60_000, required: false)
        guard let registers, let turnaround, let gap else { return nil }
        return LinkDefaults(
            line: line, unit: unit.map { UInt8($0) }, maximumRegisters: Int(registers),
            turnaround: .milliseconds(turnaround), gap: .milliseconds(gap), refresh: .milliseconds(refresh ?? 0))
    }

    /// Rate and format, or neither.
    private static func line(_ table: TomlTable) -> SerialLine? {
        guard table.has("baud") || table.has("format") else { return nil }
        let baud = table.integer("baud", oneOf: SerialLine.rates.map { Int64($0) })
        guard let format = table.string("format") else { return nil }
        // With a rate that is no rate, the format is looked at all the same.
        if let line = try? SerialLine(baud: baud.map { Int($0) } ?? 9_600, format: format) { return line }
        let expected = "one of " + SerialLine.formats.map { "\"\($0)\"" }.joined(separator: ", ")
        table.report("format", expected: expected, found: table.words("format"))
        return nil
    }
}
