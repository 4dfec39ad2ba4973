public import Quantities

/// The import register passed its modulus and started again near zero; the session goes on.
public struct Rollover: Hashable, Sendable {
    public var session: SessionID
    /// The last accepted register before.
    public var lastImport: MilliwattHours
    /// The first accepted reading after.
    public var reading: RegisterReading
    /// The register's modulus: it counts from 0 to this minus one.
    public var modulus: MilliwattHours

    public init(
        session: SessionID, lastImport: MilliwattHours, reading: RegisterReading, modulus: MilliwattHours
    ) {
        self.session = session
        self.lastImport = lastImport
        self.reading = reading
        self.modulus = modulus
    }
}

extension Rollover: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "last_import_mwh", .energy(lastImport)),
            RecordField(3, "reading", .part(reading)),
            RecordField(4, "modulus_mwh", .energy(modulus)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        lastImport = try fields.energy(2, "last_import_mwh")
        reading = try fields.part(3, "reading", RegisterReading.self)
        modulus = try fields.energy(4, "modulus_mwh")
        guard reading.import < lastImport, lastImport < modulus else {
            let problem = FieldFault.outOfRange(
                expected: "reading < last < modulus",
                found: "\(reading.import.rawValue), \(lastImport.rawValue), \(modulus.rawValue)")
            throw .field(path: "\(fields.path).modulus_mwh", problem: problem)
        }
    }
}
