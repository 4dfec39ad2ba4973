import ConfigurationText
import Quantities

/// Reads `[temperature]` of a profile of kind `gpio`: files of millidegrees, or channels of converters.
struct TemperatureSourceReader {
    let root: TomlTable

    private enum Quantity: String, CaseIterable { case temperature, voltage }

    /// The sensors of the electronics and of the plug's contacts.
    func read() -> (board: GPIOWiring.TemperatureSource?, plug: GPIOWiring.TemperatureSource?) {
        guard let table = root.table("temperature", required: false) else { return (nil, nil) }
        let keys = ["file", "converter", "plug_file", "plug_converter"]
        if !keys.map({ table.has($0) }).contains(true) {
            root.report(
                "temperature", expected: "file, converter, plug_file or plug_converter",
                found: "a table without a sensor")
        }
        return (source(table, "file", "converter"), source(table, "plug_file", "plug_converter"))
    }

    private func source(_ table: TomlTable, _ file: String, _ converter: String) -> GPIOWiring.TemperatureSource? {
        let path = table.relativePath(file, required: false)
        guard let channel = table.table(converter, required: false) else { return path.map { .file($0) } }
        if table.has(file) {
            table.report(converter, expected: "a file or a converter, not both", found: "both")
        }
        return readChannel(channel).map { .converter($0) }
    }

    private func readChannel(_ table: TomlTable) -> GPIOWiring.TemperatureChannel? {
        let device = table.deviceName("device")
        let channel = table.integer("channel", in: 0...63)
        guard let quantity = table.choice("quantity", of: Quantity.self) else {
            table.allowAnyKey()
            return nil
        }
        var curve: TemperatureCurve?
        if quantity == .voltage {
            curve = readCurve(table)
            if curve == nil { return nil }
        }
        guard let device, let channel else { return nil }
        return GPIOWiring.TemperatureChannel(device: device, channel: Int(channel), curve: curve)
    }

    private func readCurve(_ table: TomlTable) -> TemperatureCurve? {
        let volts = table.integers("millivolts", in: -30_000...30_000, count: 2...64)
        let degrees = table.integers("decidegrees", in: -600...2_000, count: 2...64)
        guard let volts, let degrees else { return nil }
        if let place = volts.indices.dropFirst().first(where: { volts[$0] <= volts[$0 - 1] }) {
            table.report("millivolts", at: place, expected: "more than \(volts[place - 1])", found: "\(volts[place])")
            return nil
        }
        guard degrees.count == volts.count else {
            table.report(
                "decidegrees", expected: "\(volts.count) integers, one for each of millivolts",
                found: "\(degrees.count)")
            return nil
        }
        let rises = degrees[1] > degrees[0]
        let turn = degrees.indices.dropFirst().first {
            degrees[$0] == degrees[$0 - 1] || (degrees[$0] > degrees[$0 - 1]) != rises
        }
        if let turn {
            table.report(
                "decidegrees", at: turn, expected: "\(rises ? "more" : "less") than \(degrees[turn - 1]), as before",
                found: "\(degrees[turn])")
            return nil
        }
        return TemperatureCurve(millivolts: volts, decidegrees: degrees)
    }
}
