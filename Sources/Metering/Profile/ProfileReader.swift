internal import ConfigurationText
internal import Quantities

/// Reads the schema `meter/1` by hand, so that one run finds every mistake.
enum ProfileReader {
    /// The schema's name and version.
    static let schema = "meter/1"

    static func read(_ document: TomlDocument) throws(ConfigurationError) -> MeterProfile {
        let profile = readProfile(document)
        try document.finish()
        guard let profile else { invariantBroken("a meter profile without a mistake is complete") }
        return profile
    }

    private static func readProfile(_ document: TomlDocument) -> MeterProfile? {
        let root = document.root
        if let found = root.string("schema"), found != schema {
            root.report("schema", expected: "the string \"\(schema)\"", found: root.words("schema"))
        }
        let id = root.string("id", length: 1...32)
        let vendor = root.string("vendor", length: 1...32)
        let model = root.string("model", length: 1...32)
        let phases = root.integer("phases", oneOf: [1, 3]).map { Int($0) }
        let sources = root.strings("source", count: 1...16)
        let trust = root.choice("trust", of: ProfileTrust.self)
        let link = root.table("link").flatMap { readLink($0) }
        let limits = Limits(phases: phases, maximumRegisters: link?.maximumRegisters ?? 125)
        let identity = root.table("identity").map { readIdentity($0, limits) }
        let guards = (root.tables("guard", count: 0...16, required: false) ?? []).map { guardRegister($0, limits) }
        let blocks = root.tables("block", count: 2...16)
        let read = (blocks ?? []).map { BlockReader.block($0, limits) }
        if let blocks { BlockReader.checkShapes(blocks, read) }
        let quirks = root.table("quirks")
        let billing = quirks.flatMap { quirks in
            BillingReader.read(quirks, blocks: zip(blocks ?? [], read).map { ($0, $1) })
        }
        let isResettable = quirks?.boolean("resettable_over_bus")
        checkShapesAgainstBilling(root, identity: identity, guards: guards, billing: billing)

        guard !document.hasMistakes, let id, let vendor, let model, let phases, let sources, let trust, let link,
            let identity, let billing, let isResettable
        else { return nil }
        return MeterProfile(
            fileBytes: document.bytes, id: id, vendor: vendor, model: model, phases: phases, sources: sources,
            trust: trust, link: link, isResettableOverBus: isResettable, serial: identity.serial,
            modelCode: identity.model, guards: guards.compactMap { $0 }, blocks: read.compactMap { $0 },
            billing: billing)
    }

    /// What the rest of the file is measured by.
    struct Limits {
        /// `nil` where the file does not say it rightly; then any number of phases is let through.
        let phases: Int?
        let maximumRegisters: Int
    }

    // MARK: link

    private static func readLink(_ table: TomlTable) -> LinkDefaults? {
        let baud = table.integer("baud", oneOf: SerialLine.rates.map { Int64($0) })
        let format = table.string("format")
        let unit = table.integer("unit", in: 1...247)
        let registers = table.integer("max_regs", in: 1...125)
        let turnaround = table.integer("turnaround_ms", in: 1...5_000)
        let gap = table.integer("gap_ms", in: 0...1_000)
        let refresh = table.integer("refresh_ms", in: 1...60_000, required: false)
        var line: SerialLine?
        if let format {
            line = try? SerialLine(baud: baud.map { Int($0) } ?? 9_600, format: format)
            if line == nil {
                let expected = "one of " + SerialLine.formats.map { "\"\($0)\"" }.joined(separator: ", ")
                table.report("format", expected: expected, found: table.words("format"))
            }
        }
        guard let line, let unit, let registers, let turnaround, let gap else { return nil }
        return LinkDefaults(
            line: line, unit: UInt8(unit), maximumRegisters: Int(registers), turnaround: .milliseconds(turnaround),
            gap: .milliseconds(gap), refresh: .milliseconds(refresh ?? 0))
    }

    // MARK: identity and guards

    private struct Identity {
        let serial: IdentityRegister?
        let model: IdentityRegister?
    }

    private static func readIdentity(_ table: TomlTable, _ limits: Limits) -> Identity {
        var serial: IdentityRegister?
        // A meter that cannot tell its serial number says so: `serial = "none"`.
        if table.holdsString("serial") {
            if let word = table.string("serial"), word != "none" {
                table.report("serial", expected: "a table or \"none\"", found: table.words("serial"))
            }
        } else {
            serial = table.table("serial").flatMap { identityRegister($0, limits, takesExpected: false) }
        }
        let model = table.table("model", required: false).flatMap {
            identityRegister($0, limits, takesExpected: true)
        }
        return Identity(serial: serial, model: model)
    }

    private static func identityRegister(
        _ table: TomlTable, _ limits: Limits, takesExpected: Bool
    ) -> IdentityRegister? {
        let type = table.choice("type", of: RegisterType.self)
        let order = table.choice("order", of: WordOrder.self, required: false) ?? .bigEndian
        let rendering = table.choice("render", of: IdentityRegister.Rendering.self, required: false)
        let length =
            type == .text
            ? table.integer("n", in: 1...32) : table.integer("n", in: 1...1, required: false) ?? 1
        let request = readRequest(table, count: type?.width ?? length.map { Int($0) }, limits)
        if let type, type.isFloat {
            table.report("type", expected: "an integer type or \"text\"", found: table.words("type"))
        }
        if let type, let rendering, (type == .text) != (rendering == .text) {
            table.report("render", expected: "\"text\" for a text and for nothing else", found: table.words("render"))
        }
        var expected: [String] = []
        if takesExpected {
            if type == .text {
                expected = table.strings("expect", count: 1...16) ?? []
            } else {
                let integers = table.integers("expect", in: 0...Int64(UInt32.max), count: 1...16) ?? []
                expected = integers.map(String.init)
            }
            if let rendering, rendering == .hex {
                table.report("render", expected: "\"decimal\" where a code is compared", found: table.words("render"))
            }
        }
        guard let type, let request else { return nil }
        return IdentityRegister(
            request: request, type: type, order: order,
            rendering: rendering ?? (type == .text ? .text : .decimal), expected: expected)
    }

    private static func guardRegister(_ table: TomlTable, _ limits: Limits) -> GuardRegister? {
        let name = table.string("name", length: 1...32)
        let expectation = readExpectation(table)
        guard let read = table.table("read") else { return nil }
        let type = read.choice("type", of: RegisterType.self)
        if type == .text {
            read.report("type", expected: "a type of numbers", found: read.words("type"))
        }
        let order = read.choice("order", of: WordOrder.self, required: false) ?? .bigEndian
        let scale = BlockReader.readScale(read)
        let request = readRequest(read, count: type.flatMap(\.width), limits)
        guard let name, let expectation, let type, let request, let scale else { return nil }
        return GuardRegister(
            name: name, request: request, type: type, order: order, scale: scale, expectation: expectation)
    }

    private static func readExpectation(_ table: TomlTable) -> GuardRegister.Expectation? {
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

    // MARK: requests

    /// Function code, address and count of one request, within what Modbus and the meter allow.
    static func readRequest(_ table: TomlTable, count: Int?, _ limits: Limits) -> RegisterRequest? {
        let functionCode = table.integer("fc", oneOf: [3, 4])
        let address = table.integer("addr", in: 0...65_535)
        guard let functionCode, let address, let count else { return nil }
        guard count <= limits.maximumRegisters else {
            table.report(
                table.has("count") ? "count" : "type",
                expected: "at most link.max_regs = \(limits.maximumRegisters) registers in one request",
                found: "\(count)")
            return nil
        }
        guard address + Int64(count) <= 65_536 else {
            table.report("addr", expected: "\(count) registers below 65536", found: "\(address)")
            return nil
        }
        return RegisterRequest(functionCode: UInt8(functionCode), address: UInt16(address), count: count)
    }

    /// A guard's or the identity's late reply must not pass for energy.
    private static func checkShapesAgainstBilling(
        _ root: TomlTable, identity: Identity?, guards: [GuardRegister?],
        billing: (energy: MeterProfile.BillingRegister, confirmation: MeterProfile.BillingRegister)?
    ) {
        guard let billing else { return }
        let shapes = [billing.energy.block.request.shape, billing.confirmation.block.request.shape]
        let expected = "a function code and count that no billing block has"
        func check(_ request: RegisterRequest?, _ path: TomlPath) {
            guard let request, shapes.contains(request.shape) else { return }
            root.document.report(
                at: path, expected: expected,
                found: "function code \(request.functionCode) with \(request.count) registers")
        }
        let at = root.path.appending("identity")
        check(identity?.serial?.request, at.appending("serial"))
        check(identity?.model?.request, at.appending("model"))
        for (index, register) in guards.enumerated() {
            check(register?.request, root.path.appending("guard").appending(index: index).appending("read"))
        }
    }
}
