/// The lines of a configuration that may leave the device. What is allowed is listed; whatever is not, a key that a later version
/// adds too, keeps its name and loses its value.
enum ConfigurationExcerpt {
    static let removed = "(removed)"

    /// Keys whose values say nothing secret; `[]` stands for any place in a list.
    private static let allowed: Set<String> = [
        "schema", "device.product", "device.serial", "ledger.chain_id", "ledger.trust_height", "ledger.trust_hash",
        "ledger.trusting_period_s", "ledger.clock_drift_s", "ledger.events", "ledger.clock", "ledger.moved_from",
        "keys.store", "keys.pcrs[]", "keys.seal_until_reboot", "keys.locking_pcr", "simulation.energy_factor",
        "journal.retention_days", "supply.maximum_current_ma", "page.listen", "offline.policy",
    ]

    /// Tables of numbers and names of parts, all of whose keys may be told.
    private static let allowedTables = ["limits.", "charging.", "meter.rtu.", "mains.rtu."]

    /// Keys that a connector, a meter and the mains meter share, wherever they stand.
    private static let allowedEnds: Set<String> = [
        "meter.unit", "meter.poll_ms", "meter.tcp.port", "connector.maximum_current_ma", "connector.mains_phases",
        "mains.unit", "mains.poll_ms", "mains.tcp.port", "mains.fuse_ma", "mains.fail_safe_ma", "reader.baud",
        "reader.connector",
    ]

    /// - Parameter content: A line `path = value` for each value (`FirmwareConfiguration.content`).
    static func lines(of content: [String]) -> [String] {
        content.map { line in
            guard let mark = line.firstRange(of: " = ") else { return removed }
            let path = String(line[..<mark.lowerBound])
            return isAllowed(path) ? line : "\(path) = \(removed)"
        }
    }

    static func isAllowed(_ path: String) -> Bool {
        let bare = withoutPlaces(path)
        if allowed.contains(bare) { return true }
        // `connector[0].meter.unit` and `meter.unit` are one key in two forms of the file.
        let end =
            bare.hasPrefix("connector[].") || bare.hasPrefix("connector.")
            ? String(bare.drop { $0 != "." }.dropFirst()) : bare
        let named = bare.hasPrefix("connector") || bare.hasPrefix("reader") ? bare.replacing("[]", with: "") : bare
        return allowedEnds.contains(end) || allowedEnds.contains(named)
            || allowedTables.contains { end.hasPrefix($0) }
    }

    private static func withoutPlaces(_ path: String) -> String {
        var output = ""
        var isInside = false
        for character in path {
            if character == "]" { isInside = false }
            if !isInside { output.append(character) }
            if character == "[" { isInside = true }
        }
        return output
    }
}
