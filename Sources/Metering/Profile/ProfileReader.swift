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

    /// What the rest of the file is measured by.
    struct Limits {
        /// `nil` where the file does not say it rightly; then any number of phases is let through.
        let phases: Int?
        let maximumRegisters: Int
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
        let link = root.table("link").flatMap { LinkReader.link($0) }
        let limits = Limits(phases: phases, maximumRegisters: link?.maximumRegisters ?? 125)
        let identity = root.table("identity").map { IdentityReader.identity($0, limits) }
        let guards = (root.tables("guard", count: 0...16, required: false) ?? []).map {
            IdentityReader.guardRegister($0, limits)
        }
        let tables = root.tables("block", count: 1...16)
        let read = (tables ?? []).map { BlockReader.block($0, limits) }
        if let tables { ShapeCheck.checkBlocks(tables, read) }
        let blocks = zip(tables ?? [], read).map { ($0, $1) }
        let quirks = root.table("quirks")
        let billing = quirks.flatMap { BillingReader.billing($0, blocks: blocks) }
        let jitters = quirks.flatMap { BillingReader.jitters($0, blocks: blocks) }
        let isResettable = quirks?.boolean("resettable_over_bus")
        let maySign = quirks?.boolean("may_sign")
        ShapeCheck.checkBilling(root, identity: identity, guards: guards, blocks: read, billing: billing)

        guard !document.hasMistakes, let id, let vendor, let model, let phases, let sources, let trust, let link,
            let identity, let billing, let jitters, let isResettable, let maySign
        else { return nil }
        let profile = MeterProfile(
            fileBytes: document.bytes, id: id, vendor: vendor, model: model, phases: phases, sources: sources,
            link: link, isResettableOverBus: isResettable, maySign: maySign, statedTrust: trust,
            serial: identity.serial, modelCode: identity.model, guards: guards.compactMap { $0 },
            blocks: read.compactMap { $0 }, billing: billing, jitters: jitters)
        if maySign, let quirks, let objection = profile.objectionToSigning {
            quirks.report("may_sign", expected: objection, found: "true")
        }
        return profile
    }
}
