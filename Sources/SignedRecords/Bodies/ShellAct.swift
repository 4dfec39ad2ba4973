/// What the technician's shell knows of an action: who in which role, how far it came, and when it was.
public struct ShellAct: Hashable, Sendable {
    /// How far an action came.
    public enum Outcome: UInt8, CaseIterable, Hashable, Sendable {
        /// It is going to be done; another record says how it ended, unless the power went.
        case begun = 1
        case done = 2
        case refused = 3
        /// It was begun and ended before its time; the subject says by what.
        case cutShort = 4
    }

    /// The roles of a certificate.
    public enum Role: UInt8, CaseIterable, Hashable, Sendable {
        case viewer = 1
        case service = 2
        case commission = 3
        case vendor = 4
    }

    public var role: Role
    /// The name in the certificate, up to 24 bytes; `unproven` where the login was refused.
    public var name: String
    /// SHA-256 of the whole subject, of which field 3 may hold the beginning alone.
    public var arguments: ContentHash
    public var outcome: Outcome
    /// When it was, milliseconds since that boot began: the record may be made later, when its chain may be written again.
    public var boot: BootID
    public var sinceBoot: UInt64

    public init(
        role: Role, name: String, arguments: ContentHash, outcome: Outcome, boot: BootID, sinceBoot: UInt64
    ) {
        self.role = role
        self.name = name
        self.arguments = arguments
        self.outcome = outcome
        self.boot = boot
        self.sinceBoot = sinceBoot
    }
}

extension ShellAct: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "role", .code(role)),
            RecordField(2, "name", .text(name)),
            RecordField(3, "arguments", .bytes(arguments.bytes)),
            RecordField(4, "outcome", .code(outcome)),
            RecordField(5, "boot", .bytes(boot.bytes)),
            RecordField(6, "since_boot_ms", .unsigned(sinceBoot)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        role = try fields.code(1, "role", Role.self)
        name = try fields.text(2, "name", maximum: 24)
        arguments = try fields.identifier(3, "arguments", ContentHash.self)
        outcome = try fields.code(4, "outcome", Outcome.self)
        boot = try fields.identifier(5, "boot", BootID.self)
        sinceBoot = try fields.unsigned(6, "since_boot_ms")
    }
}
