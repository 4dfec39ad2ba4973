public import Quantities

/// Why a session ended.
public enum StopReason: UInt8, CaseIterable, Hashable, Sendable {
    /// The car asked to stop and did not ask again.
    case car = 1
    case unplugged = 2
    case grantSpent = 3
    case energyLimit = 4
    /// The driver or the owner, at the charger or through the ledger.
    case owner = 5
    /// The daemon started and found the session open.
    case restart = 6
    case shutdown = 7
    /// A fault; its code is in the record.
    case fault = 8
    case meterLoss = 9
    case journalFull = 10
    case grantExpired = 11
    case emergencyStop = 12
    /// The journal, the signer or the queue to them failed.
    case recordFailure = 13
    /// The register fell, jumped, or changed its meter.
    case meterDistrust = 14
    case technician = 15
    case scheduleEnd = 16
    /// The grant no longer stood.
    case grantWithdrawn = 17
}

/// A session closes.
public struct End: Hashable, Sendable {
    public var session: SessionID
    public var reason: StopReason
    public var reading: RegisterReading
    /// Since begin.
    public var energy: MilliwattHours
    /// The index of the last tick: the whole kWh that ticks have signed. 0 without a tick.
    public var ticks: UInt32
    /// The fault's number in the catalogue, where a fault ended the session.
    public var faultCode: UInt16?

    public init(
        session: SessionID, reason: StopReason, reading: RegisterReading, energy: MilliwattHours, ticks: UInt32,
        faultCode: UInt16? = nil
    ) {
        self.session = session
        self.reason = reason
        self.reading = reading
        self.energy = energy
        self.ticks = ticks
        self.faultCode = faultCode
    }
}

extension End: RecordPart {
    var fields: [RecordField] {
        var fields = [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "reason", .code(reason)),
            RecordField(3, "reading", .part(reading)),
            RecordField(4, "energy_mwh", .energy(energy)),
            RecordField(5, "ticks", .unsigned(UInt64(ticks))),
        ]
        if let faultCode { fields.append(RecordField(6, "fault_code", .unsigned(UInt64(faultCode)))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        reason = try fields.code(2, "reason", StopReason.self)
        reading = try fields.part(3, "reading", RegisterReading.self)
        energy = try fields.energy(4, "energy_mwh")
        ticks = try fields.integer(5, "ticks", as: UInt32.self)
        if let item = fields.optional(6, "fault_code") {
            let code = try CBORFields.unsigned(item, "\(fields.path).fault_code", maximum: UInt64(UInt16.max))
            faultCode = UInt16(truncatingIfNeeded: code)
        } else {
            faultCode = nil
        }
    }
}
