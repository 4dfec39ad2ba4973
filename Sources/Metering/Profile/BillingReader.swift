internal import ConfigurationText

/// Reads which register is billed from and which block confirms it.
enum BillingReader {
    typealias Block = (table: TomlTable, block: RegisterBlock?)

    static func read(
        _ quirks: TomlTable, blocks: [Block]
    ) -> (energy: MeterProfile.BillingRegister, confirmation: MeterProfile.BillingRegister)? {
        let never = quirks.integers("never_use", in: 0...65_535, required: false) ?? []
        let energy = register("bill_register", quirks, blocks)
        let confirmation = register("confirm_register", quirks, blocks)
        guard let energy, let confirmation else { return nil }
        guard agree(energy, confirmation) else {
            quirks.report(
                "confirm_register",
                expected: "the registers of bill_register, read alike within a block of another shape",
                found: quirks.words("confirm_register"))
            return nil
        }
        let start = Int64(energy.block.request.address) + Int64(energy.field.offset)
        for address in never where (start..<(start + Int64(energy.field.width))).contains(address) {
            quirks.report("bill_register", expected: "no register of never_use", found: "register \(address)")
        }
        return (energy, confirmation)
    }

    /// `"block.field"`, the name of a block and the key of a field in it.
    private static func register(
        _ key: String, _ quirks: TomlTable, _ blocks: [Block]
    ) -> MeterProfile.BillingRegister? {
        guard let text = quirks.string(key) else { return nil }
        // A block that has a mistake of its own is not looked up: its mistake is reported already.
        if blocks.contains(where: { $0.block == nil }) { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let quantity = MeterQuantity(rawValue: String(parts[1])), quantity == .importEnergy,
            let block = blocks.first(where: { $0.block?.name == String(parts[0]) })?.block,
            let field = block.field(quantity)
        else {
            quirks.report(key, expected: "\"BLOCK.import\" with a block that has this field", found: quirks.words(key))
            return nil
        }
        guard block.request.count <= RegisterEvidence.capacity else {
            quirks.report(
                key,
                expected: "a block of at most \(RegisterEvidence.capacity) registers, which records keep as evidence",
                found: "\(block.request.count) registers")
            return nil
        }
        return MeterProfile.BillingRegister(block: block, field: field)
    }

    private static func agree(
        _ energy: MeterProfile.BillingRegister, _ confirmation: MeterProfile.BillingRegister
    ) -> Bool {
        energy.block.name != confirmation.block.name
            && energy.block.request.count != confirmation.block.request.count
            && Int(energy.block.request.address) + energy.field.offset
                == Int(confirmation.block.request.address) + confirmation.field.offset
            && energy.field.type == confirmation.field.type && energy.field.order == confirmation.field.order
            && energy.field.scale == confirmation.field.scale
    }
}
