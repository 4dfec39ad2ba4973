internal import ConfigurationText
internal import Quantities

/// Reads the blocks of a meter profile and their fields.
enum BlockReader {
    static func block(_ table: TomlTable, _ limits: ProfileReader.Limits) -> RegisterBlock? {
        let name = table.string("name", length: 1...32)
        let count = table.integer("count", in: 1...125).map { Int($0) }
        let span = RequestReader.span(table, count: count, limits)
        var fields: [RegisterField?] = []
        if let fieldTable = table.table("field") {
            for quantity in MeterQuantity.allCases {
                guard let entry = fieldTable.table(quantity.rawValue, required: false) else { continue }
                fields.append(field(entry, quantity, blockLength: count, limits))
            }
            if fieldTable.keys.isEmpty {
                table.report("field", expected: "at least one field", found: "none")
            }
        }
        guard let name, let span, !fields.contains(where: { $0 == nil }) else { return nil }
        return RegisterBlock(name: name, span: span, fields: fields.compactMap { $0 })
    }

    private static func field(
        _ table: TomlTable, _ quantity: MeterQuantity, blockLength: Int?, _ limits: ProfileReader.Limits
    ) -> RegisterField? {
        let offset = table.integer("off", in: 0...124).map { Int($0) }
        let count = readCount(table, quantity, limits)
        let type = table.choice("type", of: RegisterType.self)
        if type == .text { table.report("type", expected: "a type of numbers", found: table.words("type")) }
        let order = table.choice("order", of: WordOrder.self, required: false) ?? .bigEndian
        let unit = readUnit(table, quantity)
        let scale = readScale(table)
        let factorOffset = readScaleFactorOffset(table, blockLength: blockLength)
        let notAvailable = readNotAvailable(table, width: type.flatMap(\.width))
        var resolution: Int64? = 0
        var rollover: Int64? = 0
        if quantity.isEnergy {
            let required = quantity == .importEnergy
            resolution = table.integer("resolution_mWh", in: 1...1_000_000_000, required: required)
            rollover = table.integer("rollover_mWh", in: 0...Int64.max, required: false) ?? 0
            if !required { resolution = resolution ?? 1 }
        }
        guard let offset, let count, let width = type.flatMap(\.width), let type, let unit, let scale,
            let notAvailable, let resolution, let rollover
        else { return nil }
        if let blockLength, offset + count * width > blockLength {
            table.report(
                "off", expected: "\(count * width) registers within the block's \(blockLength)",
                found: "registers \(offset) to \(offset + count * width - 1)")
            return nil
        }
        return RegisterField(
            quantity: quantity, offset: offset, count: count, type: type, order: order,
            scale: scale.shifted(by: unit), scaleFactorOffset: factorOffset, notAvailable: notAvailable,
            resolution: MilliwattHours(resolution),
            rollover: rollover == 0 ? nil : MilliwattHours(rollover))
    }

    /// `sf = 16`: a register of the same block, so that value and factor are of one moment.
    private static func readScaleFactorOffset(_ table: TomlTable, blockLength: Int?) -> Int? {
        guard table.has("sf"), let offset = table.integer("sf", in: 0...Int64((blockLength ?? 125) - 1)) else {
            return nil
        }
        if table.has("scale") {
            table.report("scale", expected: "either scale or sf", found: "both")
        }
        return Int(offset)
    }

    /// One value, or one for each phase.
    private static func readCount(
        _ table: TomlTable, _ quantity: MeterQuantity, _ limits: ProfileReader.Limits
    ) -> Int? {
        guard let phases = limits.phases else {
            return (table.integer("n", oneOf: [1, 3], required: false)).map { Int($0) }
        }
        let expected = quantity.isPerPhase ? Int64(phases) : 1
        return table.integer("n", oneOf: [expected], required: expected != 1).map { Int($0) }
            ?? (expected == 1 ? 1 : nil)
    }

    private static func readUnit(_ table: TomlTable, _ quantity: MeterQuantity) -> Int? {
        guard let name = table.string("unit") else { return nil }
        guard let unit = quantity.units.first(where: { $0.name == name }) else {
            let expected = "one of " + quantity.units.map { "\"\($0.name)\"" }.joined(separator: ", ")
            table.report("unit", expected: expected, found: table.words("unit"))
            return nil
        }
        return unit.exponent
    }

    /// `scale = { mul = 1, exp10 = -2 }`; one where it is missing.
    static func readScale(_ table: TomlTable) -> DecimalScale? {
        guard table.has("scale") else { return DecimalScale() }
        guard let scale = table.table("scale") else { return nil }
        let multiplier = scale.integer("mul", in: DecimalScale.multipliers, required: false)
        let exponent = scale.integer("exp10", in: DecimalScale.exponents, required: false)
        if !scale.has("mul"), !scale.has("exp10") {
            table.report("scale", expected: "mul, exp10 or both", found: "neither")
        }
        return DecimalScale(multiplier: UInt32(multiplier ?? 1), exponent: Int(exponent ?? 0))
    }

    /// `na = ["ffffffff"]`: whole bit patterns, four hex digits a register.
    private static func readNotAvailable(_ table: TomlTable, width: Int?) -> [UInt64]? {
        guard table.has("na") else { return [] }
        guard let texts = table.strings("na", count: 1...8), let width else { return nil }
        var patterns: [UInt64] = []
        for (index, text) in texts.enumerated() {
            let isHex = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
                default: false
                }
            }
            guard isHex, text.utf8.count == width * 4, let pattern = UInt64(text, radix: 16) else {
                table.document.report(
                    at: table.path.appending("na").appending(index: index),
                    expected: "\(width * 4) lower-case hex digits", found: "the string \"\(text)\"")
                continue
            }
            patterns.append(pattern)
        }
        return patterns.count == texts.count ? patterns : nil
    }
}
