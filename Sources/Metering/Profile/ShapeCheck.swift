internal import ConfigurationText

/// A serial reply tells nothing about its request but function code and length: here it is seen to that this is enough.
enum ShapeCheck {
    /// Names and shapes are each used once, and a live quantity is read in one place only.
    static func checkBlocks(_ tables: [TomlTable], _ blocks: [RegisterBlock?]) {
        var names: [String: Int] = [:]
        var quantities: [MeterQuantity: String] = [:]
        for (index, (table, block)) in zip(tables, blocks).enumerated() {
            guard let block else { continue }
            if names.updateValue(index, forKey: block.name) != nil {
                table.report("name", expected: "a name that no other block has", found: table.words("name"))
            }
            for field in block.fields where !field.quantity.isEnergy && field.quantity != .frequency {
                if let other = quantities.updateValue(block.name, forKey: field.quantity) {
                    table.document.report(
                        at: table.path.appending("field").appending(field.quantity.rawValue),
                        expected: "\(field.quantity.rawValue) in one block only", found: "another one in block \(other)"
                    )
                }
            }
        }
        // With every alternative function code in use, or none, as a meter has it.
        if !reportTwins(tables, blocks, usingAlternatives: false) {
            _ = reportTwins(tables, blocks, usingAlternatives: true)
        }
    }

    private static func reportTwins(
        _ tables: [TomlTable], _ blocks: [RegisterBlock?], usingAlternatives: Bool
    ) -> Bool {
        var shapes: [RegisterRequest.Shape: String] = [:]
        var found = false
        for (table, block) in zip(tables, blocks) {
            guard let block else { continue }
            let shape = block.span.shape(usingAlternatives: usingAlternatives)
            guard let other = shapes[shape] else {
                shapes[shape] = block.name
                continue
            }
            found = true
            table.report(
                "count", expected: "a pair of fc and count that no other block has",
                found: "fc \(shape.functionCode) with count \(shape.count), as in block \(other)")
        }
        return found
    }

    /// A late reply to a guard, to the identity or to the walk along the SunSpec chain must not pass for energy.
    static func checkBilling(
        _ root: TomlTable, identity: IdentityReader.Identity?, guards: [GuardRegister?], blocks: [RegisterBlock?],
        billing: MeterProfile.Billing?
    ) {
        guard let billing else { return }
        let spans = [billing.energy.block.span, billing.confirmation?.block.span].compactMap { $0 }
        let expected = "a function code and count that no billing block has"
        func clashes(_ other: (Bool) -> RegisterRequest.Shape) -> RegisterRequest.Shape? {
            for usesAlternatives in [false, true] {
                let shape = other(usesAlternatives)
                if spans.contains(where: { $0.shape(usingAlternatives: usesAlternatives) == shape }) { return shape }
            }
            return nil
        }
        func check(_ span: RegisterSpan?, _ path: TomlPath) {
            guard let span, let shape = clashes({ span.shape(usingAlternatives: $0) }) else { return }
            root.document.report(
                at: path, expected: expected,
                found: "function code \(shape.functionCode) with \(shape.count) registers")
        }
        let at = root.path.appending("identity")
        check(identity?.serial?.span, at.appending("serial"))
        check(identity?.model?.span, at.appending("model"))
        for (index, register) in guards.enumerated() {
            check(register?.span, root.path.appending("guard").appending(index: index).appending("read"))
        }
        let others = guards.map { $0?.span } + [identity?.serial?.span, identity?.model?.span]
        let spansOfAll = blocks.compactMap { $0?.span } + others.compactMap { $0 }
        guard spansOfAll.contains(where: \.isSunSpec), clashes({ _ in SunSpecDiscovery.shape }) != nil else { return }
        root.document.report(
            at: root.path.appending("quirks").appending("bill_register"),
            expected: "other counts than 2 with function code 3, which the SunSpec chain is read by", found: "both")
    }
}
