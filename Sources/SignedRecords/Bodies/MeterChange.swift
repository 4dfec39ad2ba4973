public import Quantities

/// Another meter measures this connector. Stands outside sessions only.
public struct MeterChange: Hashable, Sendable {
    public var before: MeterIdentity
    /// The old meter's last accepted register; `nil` where none was ever read.
    public var lastImport: MilliwattHours?
    public var after: MeterIdentity
    /// The new meter's first accepted reading.
    public var reading: RegisterReading
    /// SHA-256 of the certificate of the technician who authorised it; `nil` where nobody did.
    public var technician: ContentHash?

    public init(
        before: MeterIdentity, lastImport: MilliwattHours?, after: MeterIdentity, reading: RegisterReading,
        technician: ContentHash?
    ) {
        self.before = before
        self.lastImport = lastImport
        self.after = after
        self.reading = reading
        self.technician = technician
    }
}

extension MeterChange: RecordPart {
    var fields: [RecordField] {
        var fields = [RecordField(1, "before", .part(before))]
        if let lastImport { fields.append(RecordField(2, "last_import_mwh", .energy(lastImport))) }
        fields.append(RecordField(3, "after", .part(after)))
        fields.append(RecordField(4, "reading", .part(reading)))
        if let technician { fields.append(RecordField(5, "technician", .bytes(technician.bytes))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        before = try fields.part(1, "before", MeterIdentity.self)
        lastImport = try fields.optionalEnergy(2, "last_import_mwh")
        after = try fields.part(3, "after", MeterIdentity.self)
        reading = try fields.part(4, "reading", RegisterReading.self)
        technician = try fields.optionalIdentifier(5, "technician", ContentHash.self)
    }
}
