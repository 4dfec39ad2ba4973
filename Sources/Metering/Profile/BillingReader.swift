internal import ConfigurationText
internal import Quantities

/// Reads which register is billed from, which block confirms it, and which words tell a live meter from a frozen one.
enum BillingReader {
    typealias Block = (table: TomlTable, block: RegisterBlock?)

    static func billing(_ quirks: TomlTable, blocks: [Block]) -> MeterProfile.Billing? {
        let never = quirks.integers("never_use", in: 0...65_535, required: false) ?? []
        let energy = register("bill_register", quirks, blocks)
        let confirms = quirks.has("confirm_register")
        let confirmation = confirms ? register("confirm_register", quirks, blocks) : nil
        guard let energy, !confirms || confirmation != nil else { return nil }
        if let confirmation, !agree(energy, confirmation) {
            quirks.report(
                "confirm_register",
                expected: "the registers of bill_register, read alike within a block of another shape",
                found: quirks.words("confirm_register"))
            return nil
        }
        if case .address(let address) = energy.block.span.place {
            let start = Int64(address) + Int64(energy.field.offset)
            for address in never where (start..<(start + Int64(energy.field.width))).contains(address) {
                quirks.report("bill_register", expected: "no register of never_use", found: "register \(address)")
            }
        }
        return MeterProfile.Billing(energy: energy, confirmation: confirmation)
    }

    /// The fields whose last digits never stand still, as block and field.
    static func jitters(_ quirks: TomlTable, blocks: [Block]) -> [MeterProfile.BlockField]? {
        guard let names = quirks.strings("jitters", count: 0...8) else { return nil }
        if blocks.contains(where: { $0.block == nil }) { return nil }
        var found: [MeterProfile.BlockField] = []
        for (index, name) in names.enumerated() {
            if let field = field(name, blocks), [.voltage, .frequency].contains(field.field.quantity),
                !found.contains(field)
            {
                found.append(field)
            } else {
                quirks.document.report(
                    at: quirks.path.appending("jitters").appending(index: index),
                    expected: "\"BLOCK.u\" or \"BLOCK.f\" with a block that has this field, once",
                    found: "the string \"\(name)\"")
            }
        }
        return found
    }

    /// The block and field that `"block.field"` names.
    private static func field(_ name: String, _ blocks: [Block]) -> MeterProfile.BlockField? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let quantity = MeterQuantity(rawValue: String(parts[1])),
            let block = blocks.first(where: { $0.block?.name == String(parts[0]) })?.block,
            let field = block.field(quantity)
        else { return nil }
        return MeterProfile.BlockField(block: block, field: field)
    }

    private static func register(
        _ key: String, _ quirks: TomlTable, _ blocks: [Block]
    ) -> MeterProfile.BlockField? {
        guard let text = quirks.string(key) else { return nil }
        // A block that has a mistake of its own is not looked up: its mistake is reported already.
        if blocks.contains(where: { $0.block == nil }) { return nil }
        guard let found = field(text, blocks), found.field.quantity == .importEnergy else {
            quirks.report(key, expected: "\"BLOCK.import\" with a block that has this field", found: quirks.words(key))
            return nil
        }
        guard found.block.span.count <= RegisterEvidence.capacity else {
            quirks.report(
                key,
                expected: "a block of at most \(RegisterEvidence.capacity) registers, which records keep as evidence",
                found: "\(found.block.span.count) registers")
            return nil
        }
        return found
    }

    private static func agree(_ energy: MeterProfile.BlockField, _ confirmation: MeterProfile.BlockField) -> Bool {
        energy.block.name != confirmation.block.name && energy.block.span.count != confirmation.block.span.count
            && energy.block.span.functionCode == confirmation.block.span.functionCode
            && energy.block.span.alternative == confirmation.block.span.alternative
            && energy.place == confirmation.place && energy.scaleFactorPlace == confirmation.scaleFactorPlace
            && energy.field.type == confirmation.field.type && energy.field.order == confirmation.field.order
            && energy.field.scale == confirmation.field.scale
    }
}
