internal import ConfigurationText
internal import Quantities

/// Reads by what a meter is recognised, and the settings that must hold.
enum IdentityReader {
    struct Identity {
        let serial: IdentityRegister?
        let model: IdentityRegister?
    }

    static func identity(_ table: TomlTable, _ limits: ProfileReader.Limits) -> Identity {
        var serial: IdentityRegister?
        // A meter that cannot tell its serial number says so: `serial = "none"`.
        if table.holdsString("serial") {
            if let word = table.string("serial"), word != "none" {
                table.report("serial", expected: "a table or \"none\"", found: table.words("serial"))
            }
        } else {
            serial = table.table("serial").flatMap { register($0, limits, takesExpected: false) }
        }
        let model = table.table("model", required: false).flatMap { register($0, limits, takesExpected: true) }
        return Identity(serial: serial, model: model)
    }

    private static func register(
        _ table: TomlTable, _ limits: ProfileReader.Limits, takesExpected: Bool
    ) -> IdentityRegister? {
        let type = table.choice("type", of: RegisterType.self)
        let order = table.choice("order", of: WordOrder.self, required: false) ?? .bigEndian
        let rendering = table.choice("render", of: IdentityRegister.Rendering.self, required: false)
        let length =
            type == .text
            ? table.integer("n", in: 1...32) : table.integer("n", in: 1...1, required: false) ?? 1
        let span = RequestReader.span(table, count: type?.width ?? length.map { Int($0) }, limits)
        if let type, type.isFloat {
            table.report("type", expected: "an integer type or \"text\"", found: table.words("type"))
        }
        if let type, let rendering, (type == .text) != (rendering == .text) {
            table.report("render", expected: "\"text\" for a text and for nothing else", found: table.words("render"))
        }
        let expected = takesExpected ? expectation(table, type, rendering) : []
        guard let type, let span else { return nil }
        return IdentityRegister(
            span: span, type: type, order: order, rendering: rendering ?? (type == .text ? .text : .decimal),
            expected: expected)
    }

    private static func expectation(
        _ table: TomlTable, _ type: RegisterType?, _ rendering: IdentityRegister.Rendering?
    ) -> [String] {
        if let rendering, rendering == .hex {
            table.report("render", expected: "\"decimal\" where a code is compared", found: table.words("render"))
        }
        if type == .text { return table.strings("expect", count: 1...16) ?? [] }
        return (table.integers("expect", in: 0...Int64(UInt32.max), count: 1...16) ?? []).map(String.init)
    }

    // MARK: guards

    static func guardRegister(_ table: TomlTable, _ limits: ProfileReader.Limits) -> GuardRegister? {
        let name = table.string("name", length: 1...32)
        let expectation = guardExpectation(table)
        guard let read = table.table("read") else { return nil }
        let type = read.choice("type", of: RegisterType.self)
        if type == .text {
            read.report("type", expected: "a type of numbers", found: read.words("type"))
        }
        let order = read.choice("order", of: WordOrder.self, required: false) ?? .bigEndian
        let scale = BlockReader.readScale(read)
        let span = RequestReader.span(read, count: type.flatMap(\.width), limits)
        guard let name, let expectation, let type, let span, let scale else { return nil }
        return GuardRegister(
            name: name, span: span, type: type, order: order, scale: scale, expectation: expectation)
    }

    private static func guardExpectation(_ table: TomlTable) -> GuardRegister.Expectation? {
        guard table.has("range") != table.has("expect") else {
            let found = table.has("range") ? "both" : "neither"
            table.report("range", expected: "either range or expect", found: found)
            return nil
        }
        if table.has("expect") {
            return table.integers("expect", in: Int64(Int32.min)...Int64(UInt32.max), count: 1...16).map { .oneOf($0) }
        }
        guard let bounds = table.numbers("range", count: 2...2) else { return nil }
        guard bounds[0] <= bounds[1], bounds.allSatisfy({ abs($0) <= 1e12 }) else {
            table.report("range", expected: "a lower and an upper bound", found: "\(bounds[0]) and \(bounds[1])")
            return nil
        }
        return .range(Int64((bounds[0] * 1_000).rounded())...Int64((bounds[1] * 1_000).rounded()))
    }
}
