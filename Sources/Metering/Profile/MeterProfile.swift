public import ConfigurationText
public import Quantities

/// A meter's register map, as a file of schema `meter/1` states it. Such a file is data: see `Board/meters`.
///
/// Invariants, checked when the file is read:
/// - each block has a pair of function code and register count that no other block has, so that a late reply to another
///   block fails the length check; guards, identity and the walk along a SunSpec chain never share the pair of a billing
///   block;
/// - the billing register stands in a block of at most 12 registers, which fits into a record as evidence; where records
///   may be signed from it, it stands in a second one of another shape, too, which confirms the first;
/// - a field lies within its block, and a block within what the meter answers.
public struct MeterProfile: Equatable, Sendable {
    /// The file's bytes, for its hash in the begin record.
    public let fileBytes: [UInt8]
    /// Names the profile in records; at most 32 bytes, like vendor and model.
    public let id: String
    public let vendor: String
    public let model: String
    /// 1 or 3.
    public let phases: Int
    /// Where the register map comes from.
    public let sources: [String]
    public let link: LinkDefaults
    /// Whether someone on the bus can set the energy back.
    public let isResettableOverBus: Bool
    /// Whether records may be signed from this meter.
    public let maySign: Bool

    /// How far the file trusts its own map, before what `trust` takes off.
    let statedTrust: ProfileTrust
    /// The serial number; `nil` where the file states that the meter cannot tell it.
    let serial: IdentityRegister?
    let modelCode: IdentityRegister?
    let guards: [GuardRegister]
    let blocks: [RegisterBlock]
    let billing: Billing
    /// Fields whose last digits never stand still on a live mains; empty where there are none.
    let jitters: [BlockField]
}

extension MeterProfile {
    /// Reads a profile from its text.
    ///
    /// Errors: every mistake of the file, each with its place.
    public init(bytes: [UInt8], file: String) throws(ConfigurationError) {
        self = try ProfileReader.read(try TomlDocument(bytes: bytes, file: file))
    }

    /// Reads a profile from a file.
    ///
    /// Errors: every mistake of the file, each with its place.
    public static func load(path: String) throws(ConfigurationError) -> MeterProfile {
        try ProfileReader.read(try TomlDocument(path: path))
    }

    /// The stated step of the billing register.
    public var resolution: MilliwattHours { billing.energy.field.resolution }

    /// How far the map is to be trusted, as records say it: one step less than the file says where the meter cannot tell its
    /// serial number, and one where nothing in it tells a frozen meter.
    public var trust: ProfileTrust {
        var trust = statedTrust
        if serial == nil { trust = trust.lowered }
        if jitters.isEmpty { trust = trust.lowered }
        return trust
    }

    /// In a few words: how finely it counts, how far it is to be trusted, whether records may be signed from it.
    public var summary: String {
        "\(id) counts in steps of \(resolution.rawValue) mWh, trust \(trust.rawValue), \(maySign ? "may sign" : "may not sign")"
    }

    /// Of how many phases, from L1 on, it measures the current: 0, 1 or 3.
    public var currentPhases: Int { readingOrder.lazy.compactMap { $0.field(.current)?.count }.first ?? 0 }

    /// Whether its words tell that it is frozen.
    public var showsFreezing: Bool { !jitters.isEmpty }

    /// The serial line that the meter is reached by: as the installation states it, and for the rest as the meter leaves the
    /// factory.
    ///
    /// Errors: what neither states; a rate or a format that is none.
    public func serialLine(baud: Int?, format: String?, rs485: RS485? = nil) throws(MeteringError) -> SerialLine {
        guard let baud = baud ?? link.line?.baud, let format = format ?? link.line?.format else {
            throw .lineMissing(profile: id)
        }
        return try SerialLine(baud: baud, format: format, rs485: rs485)
    }

    /// The blocks in the order in which a reading asks for them: energy, its confirmation, then the rest. Without a
    /// confirmation of another shape, the energy is read twice.
    var readingOrder: [RegisterBlock] {
        let confirmation = billing.confirmation?.block ?? billing.energy.block
        return [billing.energy.block, confirmation]
            + blocks.filter { $0.name != billing.energy.block.name && $0.name != confirmation.name }
    }

    /// The field by which the second read is decoded.
    var confirmationField: RegisterField { billing.confirmation?.field ?? billing.energy.field }

    /// The export register as the block of the energy and the one that confirms it have it; `nil` where not both do.
    var confirmedExport: (first: RegisterField, second: RegisterField)? {
        guard let other = billing.confirmation?.block else { return nil }
        let block = billing.energy.block
        if let field = block.field(.exportEnergy) { return field.moved(from: block, to: other).map { (field, $0) } }
        guard let field = other.field(.exportEnergy) else { return nil }
        return field.moved(from: other, to: block).map { ($0, field) }
    }

    /// Whether some of its registers stand in a SunSpec chain.
    var isSunSpec: Bool {
        blocks.contains { $0.span.isSunSpec } || guards.contains { $0.span.isSunSpec }
            || serial?.span.isSunSpec == true || modelCode?.span.isSunSpec == true
    }

    /// What would have to be otherwise for records to be signed from this meter; `nil` where nothing has.
    var objectionToSigning: String? {
        if trust == .unverified { return "false, or more trust: here nothing is left of it" }
        if resolution > Self.coarsest {
            return "false, or a resolution of at most \(Self.coarsest.rawValue) mWh"
        }
        if billing.confirmation == nil { return "false, or a confirm_register" }
        return nil
    }

    /// The coarsest register that a kWh may be signed from: a hundredth of it.
    static let coarsest = MilliwattHours(10_000)

    /// The most that the register may move at once when it is read: a float's step grows with it, and a scale factor is
    /// whatever the meter says.
    static let coarsestStep = MilliwattHours(100_000)

    /// A field in its block.
    struct BlockField: Equatable, Sendable {
        let block: RegisterBlock
        let field: RegisterField

        /// Where its first register stands.
        var place: RegisterPlace? { block.span.place.advanced(by: field.offset) }
        var scaleFactorPlace: RegisterPlace? { field.scaleFactorOffset.flatMap { block.span.place.advanced(by: $0) } }
    }

    /// The billing register, and where it is read a second time.
    struct Billing: Equatable, Sendable {
        let energy: BlockField
        /// Within a block of another shape.
        let confirmation: BlockField?
    }
}
