public import Quantities

/// The state bits of a tick, field 7.
public struct TickStatus: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The meter answered every poll since the last record.
    public static let meterHealthy = TickStatus(rawValue: 1)
    public static let contactorClosed = TickStatus(rawValue: 2)
    /// The first tick after a gap: energy that passed unread is in it.
    public static let recovered = TickStatus(rawValue: 4)

    /// Every bit that has a meaning; others are refused.
    public static let all: TickStatus = [.meterHealthy, .contactorClosed, .recovered]
}

/// A kWh boundary of the session was crossed: the first accepted reading at or above it, never an interpolated one.
public struct Tick: Hashable, Sendable {
    public var session: SessionID
    /// n: this reading is the first at or above n kWh since begin; the highest boundary where several were crossed.
    public var index: UInt32
    /// How many boundaries this tick crosses, normally 1.
    public var count: UInt32
    public var reading: RegisterReading
    /// Since begin: import minus begin's import, and what rollovers carried.
    public var energy: MilliwattHours
    /// Meter answers refused since the last record.
    public var readErrors: UInt32
    public var status: TickStatus

    public init(
        session: SessionID, index: UInt32, count: UInt32, reading: RegisterReading, energy: MilliwattHours,
        readErrors: UInt32, status: TickStatus
    ) {
        self.session = session
        self.index = index
        self.count = count
        self.reading = reading
        self.energy = energy
        self.readErrors = readErrors
        self.status = status
    }

    /// The distance between two boundaries.
    public static let boundary = MilliwattHours(1_000_000)

    /// The longest message of a tick: its frame fits one 512-byte slot of the journal.
    public static let maximumMessageBytes = 430
}

/// The direction of energy in field 8 of a tick. Only import is sold.
enum EnergyDirection: UInt8 {
    case `import` = 0
}

extension Tick: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "session", .bytes(session.bytes)),
            RecordField(2, "index", .unsigned(UInt64(index))),
            RecordField(3, "count", .unsigned(UInt64(count))),
            RecordField(4, "reading", .part(reading)),
            RecordField(5, "energy_mwh", .energy(energy)),
            RecordField(6, "read_errors", .unsigned(UInt64(readErrors))),
            RecordField(7, "status", .unsigned(UInt64(status.rawValue))),
            RecordField(8, "direction", .code(EnergyDirection.import)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        session = try fields.identifier(1, "session", SessionID.self)
        index = try fields.integer(2, "index", as: UInt32.self)
        count = try fields.integer(3, "count", as: UInt32.self)
        reading = try fields.part(4, "reading", RegisterReading.self)
        energy = try fields.energy(5, "energy_mwh")
        readErrors = try fields.integer(6, "read_errors", as: UInt32.self)
        status = TickStatus(rawValue: try fields.integer(7, "status", as: UInt8.self))
        guard status.isSubset(of: .all) else {
            let problem = FieldFault.outOfRange(expected: "known bits", found: "\(status.rawValue)")
            throw .field(path: "\(fields.path).status", problem: problem)
        }
        _ = try fields.code(8, "direction", EnergyDirection.self)
    }
}
