/// Another configuration, board profile or meter profile is in force.
public struct ConfigurationChange: Hashable, Sendable {
    /// What changed, up to 64 bytes: `configuration`, `limits`, `connector 1 board` … (docs/format.md, "Configuration subjects").
    public var subject: String
    /// Its digest before; all zero where there was none.
    public var before: ContentHash
    /// Its digest now; all zero where it is gone.
    public var after: ContentHash

    public init(subject: String, before: ContentHash, after: ContentHash) {
        self.subject = subject
        self.before = before
        self.after = after
    }
}

extension ConfigurationChange: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "subject", .text(subject)),
            RecordField(2, "before", .bytes(before.bytes)),
            RecordField(3, "after", .bytes(after.bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        subject = try fields.text(1, "subject", maximum: 64)
        before = try fields.identifier(2, "before", ContentHash.self)
        after = try fields.identifier(3, "after", ContentHash.self)
    }
}
