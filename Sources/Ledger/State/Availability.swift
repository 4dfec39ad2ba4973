public import SignedRecords

/// Whether a connector can be used, by its own signed records; chain 0's is the whole device's. Nothing here says that the
/// charger is still in reach: the time of its newest record does.
public struct Availability: StateValue {
    public static let noun = "availability"
    /// More faults than these are not told apart.
    public static let maximumFaults = 32

    /// A session is open.
    public var isOccupied: Bool
    /// Codes of the faults that stand, rising (docs/control-core.md).
    public var faults: [UInt16]
    /// The time of the block that brought the last change.
    public var since: UTCMilliseconds

    /// Free, without a fault.
    public init(since: UTCMilliseconds) {
        isOccupied = false
        faults = []
        self.since = since
    }

    /// Whether a fault keeps it from being used.
    public var isFaulted: Bool { !faults.isEmpty }

    /// Takes note of a fault that latched or was cleared.
    mutating func note(fault code: UInt16, stands: Bool) {
        faults.removeAll { $0 == code }
        guard stands, faults.count < Self.maximumFaults else { return }
        faults.insert(code, at: faults.firstIndex { $0 > code } ?? faults.endIndex)
    }

    public var items: [CBOR] {
        [.bool(isOccupied), .array(faults.map { .unsigned(UInt64($0)) }), .integer(since.rawValue)]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        isOccupied = try values.bool("occupied")
        faults = []
        for code in try values.numbers("faults", count: 0...Self.maximumFaults) {
            guard code <= UInt64(UInt16.max), UInt16(code) > faults.last ?? 0 || faults.isEmpty else {
                throw .malformed(what: Self.noun, reason: "fault \(code) behind \(faults.last ?? 0)")
            }
            faults.append(UInt16(code))
        }
        since = UTCMilliseconds(try values.number("since", as: Int64.self))
    }
}
