/// The residual-current monitor was tested.
public struct ResidualSelfTest: Hashable, Sendable {
    /// Which part: 1 alternating, 2 direct, 3 both at once.
    public enum Part: UInt8, Hashable, Sendable {
        case alternating = 1
        case direct = 2
        case both = 3
    }

    public var part: Part
    public var passed: Bool
    /// From the test current on to the trip, or `nil` where it did not trip.
    public var tripMicroseconds: UInt32?

    public init(part: Part, passed: Bool, tripMicroseconds: UInt32?) {
        self.part = part
        self.passed = passed
        self.tripMicroseconds = tripMicroseconds
    }
}

extension ResidualSelfTest: RecordPart {
    var fields: [RecordField] {
        var fields = [RecordField(1, "part", .code(part)), RecordField(2, "passed", .bool(passed))]
        if let tripMicroseconds { fields.append(RecordField(3, "trip_us", .unsigned(UInt64(tripMicroseconds)))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        part = try fields.code(1, "part", Part.self)
        passed = try fields.bool(2, "passed")
        if let item = fields.optional(3, "trip_us") {
            let value = try CBORFields.unsigned(item, "\(fields.path).trip_us", maximum: UInt64(UInt32.max))
            tripMicroseconds = UInt32(truncatingIfNeeded: value)
        } else {
            tripMicroseconds = nil
        }
    }
}
