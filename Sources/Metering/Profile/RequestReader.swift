internal import ConfigurationText

/// Reads where registers stand and how they are asked for.
enum RequestReader {
    /// Function code, place and count of one request, within what Modbus and the meter allow.
    static func span(_ table: TomlTable, count: Int?, _ limits: ProfileReader.Limits) -> RegisterSpan? {
        let functionCode = table.integer("fc", oneOf: [3, 4])
        let alternative = table.integer("fc_alt", oneOf: [3, 4], required: false)
        if let alternative, alternative == functionCode {
            table.report("fc_alt", expected: "another function code than fc", found: "\(alternative)")
        }
        let place = place(table)
        guard let functionCode, let place, let count else { return nil }
        guard count <= limits.maximumRegisters else {
            table.report(
                table.has("count") ? "count" : "type",
                expected: "at most link.max_regs = \(limits.maximumRegisters) registers in one request",
                found: "\(count)")
            return nil
        }
        if case .address(let address) = place, Int(address) + count > 65_536 {
            table.report("addr", expected: "\(count) registers below 65536", found: "\(address)")
            return nil
        }
        return RegisterSpan(
            functionCode: UInt8(functionCode), alternative: alternative.map { UInt8($0) }, place: place, count: count)
    }

    /// `addr`, or `sunspec = { models = […], off = … }`.
    private static func place(_ table: TomlTable) -> RegisterPlace? {
        guard table.has("sunspec") else { return table.integer("addr", in: 0...65_535).map { .address(UInt16($0)) } }
        if table.has("addr") {
            table.report("addr", expected: "either addr or sunspec", found: "both")
            return nil
        }
        guard let sunspec = table.table("sunspec") else { return nil }
        let models = sunspec.integers("models", in: 1...65_534, count: 1...16)
        let offset = sunspec.integer("off", in: 0...65_533)
        guard let models, let offset else { return nil }
        return .sunspec(models: models.map { UInt16($0) }, offset: Int(offset))
    }
}
