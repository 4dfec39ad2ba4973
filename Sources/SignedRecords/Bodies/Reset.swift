public import Quantities

/// The import register fell without a plausible rollover. Energy between the two is unknown and not counted; the session ends.
public struct Reset: Hashable, Sendable {
    public var session: SessionID
    /// The last accepted register before.
    public var lastImport: MilliwattHours
    /// The reading that fell.
    public var reading: RegisterReading

    public init(session: SessionID, lastImport: MilliwattHours, reading: RegisterReading) {
        self.session = session
        self.lastImport = lastImport
        self.reading = reading
    }
}

extension Reset: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "last_import_mwh", .energy(lastImport)),
            RecordField(3, "reading", .part(reading)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        lastImport = try fields.energy(2, "last_import_mwh")
        reading = try fields.part(3, "reading", RegisterReading.self)
        guard reading.import < lastImport else {
            let expected = "a reading below \(lastImport.rawValue) mWh"
            let problem = FieldFault.outOfRange(expected: expected, found: "\(reading.import.rawValue)")
            throw .field(path: "\(fields.path).reading", problem: problem)
        }
    }
}
