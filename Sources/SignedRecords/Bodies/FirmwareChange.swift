/// How far a firmware change has come.
public enum FirmwareOutcome: UInt8, Hashable, Sendable {
    /// Started for its trial.
    case started = 1
    /// Confirmed by the gate.
    case confirmed = 2
    /// Went back to the previous image.
    case rolledBack = 3
}

/// Another firmware image runs.
public struct FirmwareChange: Hashable, Sendable {
    public var before: ContentHash
    public var after: ContentHash
    /// The version text of the image that runs now, up to 32 bytes.
    public var version: String
    public var outcome: FirmwareOutcome
    /// The anti-rollback counter in force.
    public var securityCounter: UInt32
    /// SHA-256 of the certificate of a technician who overrode the confirm gate, or `nil`.
    public var overriddenBy: ContentHash?

    public init(
        before: ContentHash, after: ContentHash, version: String, outcome: FirmwareOutcome, securityCounter: UInt32,
        overriddenBy: ContentHash? = nil
    ) {
        self.before = before
        self.after = after
        self.version = version
        self.outcome = outcome
        self.securityCounter = securityCounter
        self.overriddenBy = overriddenBy
    }
}

extension FirmwareChange: RecordPart {
    var fields: [RecordField] {
        var fields = [
            RecordField(1, "before", .bytes(before.bytes)),
            RecordField(2, "after", .bytes(after.bytes)),
            RecordField(3, "version", .text(version)),
            RecordField(4, "outcome", .code(outcome)),
            RecordField(5, "security_counter", .unsigned(UInt64(securityCounter))),
        ]
        if let overriddenBy { fields.append(RecordField(6, "overridden_by", .bytes(overriddenBy.bytes))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        before = try fields.identifier(1, "before", ContentHash.self)
        after = try fields.identifier(2, "after", ContentHash.self)
        version = try fields.text(3, "version", maximum: 32)
        outcome = try fields.code(4, "outcome", FirmwareOutcome.self)
        securityCounter = try fields.integer(5, "security_counter", as: UInt32.self)
        overriddenBy = try fields.optionalIdentifier(6, "overridden_by", ContentHash.self)
    }
}
