public import ConfigurationText
public import Quantities

/// A meter's register map, as a file of schema `meter/1` states it. Such a file is data: see `Board/meters`.
///
/// Invariants, checked when the file is read:
/// - each block has a pair of function code and register count that no other block has, so that a late reply to another
///   block fails the length check; guards and identity never share the pair of a billing block;
/// - the billing register stands in two blocks of different shapes, each of at most 8 registers: the second confirms the
///   first, and both fit into a record as evidence;
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
    public let trust: ProfileTrust
    public let link: LinkDefaults
    /// Whether someone on the bus can set the energy back.
    public let isResettableOverBus: Bool

    /// The serial number; `nil` where the file states that the meter cannot tell it.
    let serial: IdentityRegister?
    let modelCode: IdentityRegister?
    let guards: [GuardRegister]
    let blocks: [RegisterBlock]
    let energyBlock: RegisterBlock
    let energyField: RegisterField
    let confirmationBlock: RegisterBlock
    let confirmationField: RegisterField

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
    public var resolution: MilliwattHours { energyField.resolution }

    /// Where the billing register wraps to zero, if that is known.
    public var rollover: MilliwattHours? { energyField.rollover }

    /// The blocks in the order in which a reading asks for them: energy, its confirmation, then the rest.
    var readingOrder: [RegisterBlock] {
        [energyBlock, confirmationBlock]
            + blocks.filter { $0.name != energyBlock.name && $0.name != confirmationBlock.name }
    }

    init(
        fileBytes: [UInt8], id: String, vendor: String, model: String, phases: Int, sources: [String],
        trust: ProfileTrust, link: LinkDefaults, isResettableOverBus: Bool, serial: IdentityRegister?,
        modelCode: IdentityRegister?, guards: [GuardRegister], blocks: [RegisterBlock],
        billing: (energy: BillingRegister, confirmation: BillingRegister)
    ) {
        self.fileBytes = fileBytes
        self.id = id
        self.vendor = vendor
        self.model = model
        self.phases = phases
        self.sources = sources
        self.trust = trust
        self.link = link
        self.isResettableOverBus = isResettableOverBus
        self.serial = serial
        self.modelCode = modelCode
        self.guards = guards
        self.blocks = blocks
        energyBlock = billing.energy.block
        energyField = billing.energy.field
        confirmationBlock = billing.confirmation.block
        confirmationField = billing.confirmation.field
    }

    /// A field that is billed from, in its block.
    struct BillingRegister {
        let block: RegisterBlock
        let field: RegisterField
    }
}
