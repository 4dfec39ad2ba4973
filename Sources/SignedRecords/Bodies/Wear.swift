/// The contactor's health: counts since it was new, and its last switching times.
public struct Wear: Hashable, Sendable {
    public var operations: UInt32
    /// Openings with more than 1 A flowing.
    public var openingsUnderLoad: UInt32
    /// Coil on to contact closed, in microseconds.
    public var closingMicroseconds: UInt32
    /// Coil off to contact open, in microseconds.
    public var openingMicroseconds: UInt32
    /// Used life in basis points of the part's rating; above 10 000 it is overdue.
    public var usedLife: UInt32

    public init(
        operations: UInt32, openingsUnderLoad: UInt32, closingMicroseconds: UInt32, openingMicroseconds: UInt32,
        usedLife: UInt32
    ) {
        self.operations = operations
        self.openingsUnderLoad = openingsUnderLoad
        self.closingMicroseconds = closingMicroseconds
        self.openingMicroseconds = openingMicroseconds
        self.usedLife = usedLife
    }
}

extension Wear: RecordPart {
    var fields: [RecordField] {
        [
            RecordField(1, "operations", .unsigned(UInt64(operations))),
            RecordField(2, "openings_under_load", .unsigned(UInt64(openingsUnderLoad))),
            RecordField(3, "closing_us", .unsigned(UInt64(closingMicroseconds))),
            RecordField(4, "opening_us", .unsigned(UInt64(openingMicroseconds))),
            RecordField(5, "used_life_bp", .unsigned(UInt64(usedLife))),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        operations = try fields.integer(1, "operations", as: UInt32.self)
        openingsUnderLoad = try fields.integer(2, "openings_under_load", as: UInt32.self)
        closingMicroseconds = try fields.integer(3, "closing_us", as: UInt32.self)
        openingMicroseconds = try fields.integer(4, "opening_us", as: UInt32.self)
        usedLife = try fields.integer(5, "used_life_bp", as: UInt32.self)
    }
}
