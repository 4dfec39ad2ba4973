public import Quantities

/// Why no reading was accepted for a while.
public enum GapReason: UInt8, Hashable, Sendable {
    case meterSilent = 1
    /// Answers came and were refused.
    case meterRefused = 2
    case restart = 3
    /// The record queue or the journal could not keep up.
    case records = 4
}

/// In a session, a time without accepted readings longer than the profile allows. Energy that passed is in the register, and
/// the next tick is marked recovered.
public struct Gap: Hashable, Sendable {
    public var session: SessionID
    public var reason: GapReason
    /// How long.
    public var milliseconds: UInt64
    /// The last accepted register before.
    public var lastImport: MilliwattHours
    /// The first accepted reading after.
    public var reading: RegisterReading

    public init(
        session: SessionID, reason: GapReason, milliseconds: UInt64, lastImport: MilliwattHours,
        reading: RegisterReading
    ) {
        self.session = session
        self.reason = reason
        self.milliseconds = milliseconds
        self.lastImport = lastImport
        self.reading = reading
    }
}

extension Gap: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "reason", .code(reason)),
            RecordField(3, "milliseconds", .unsigned(milliseconds)),
            RecordField(4, "last_import_mwh", .energy(lastImport)),
            RecordField(5, "reading", .part(reading)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        reason = try fields.code(2, "reason", GapReason.self)
        milliseconds = try fields.unsigned(3, "milliseconds")
        lastImport = try fields.energy(4, "last_import_mwh")
        reading = try fields.part(5, "reading", RegisterReading.self)
        guard reading.import >= lastImport else {
            let expected = "a reading from \(lastImport.rawValue) mWh"
            let problem = FieldFault.outOfRange(expected: expected, found: "\(reading.import.rawValue)")
            throw .field(path: "\(fields.path).reading", problem: problem)
        }
    }
}
