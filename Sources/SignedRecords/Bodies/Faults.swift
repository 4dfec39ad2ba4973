/// A fault latched: the connector, or the device, does not sell until it is cleared.
public struct FaultLatched: Hashable, Sendable {
    /// The number in the fault catalogue.
    public var code: UInt16
    /// The measured value behind it in the unit of the catalogue's row; 0 where there is none.
    public var value: Int64

    public init(code: UInt16, value: Int64 = 0) {
        self.code = code
        self.value = value
    }
}

extension FaultLatched: RecordPart {
    var fields: [RecordField] {
        [RecordField(1, "code", .unsigned(UInt64(code))), RecordField(2, "value", .signed(value))]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        code = try fields.integer(1, "code", as: UInt16.self)
        value = try fields.signed(2, "value")
    }
}

/// What cleared a fault.
public enum FaultClearing: UInt8, Hashable, Sendable {
    /// The condition went away and its row says that is enough.
    case condition = 0
    case unplugged = 1
    case restart = 2
    case technician = 3
}

/// A latched fault was cleared.
public struct FaultCleared: Hashable, Sendable {
    public var code: UInt16
    public var by: FaultClearing
    /// SHA-256 of the technician's certificate, where one cleared it.
    public var technician: ContentHash?

    public init(code: UInt16, by: FaultClearing, technician: ContentHash? = nil) {
        self.code = code
        self.by = by
        self.technician = technician
    }
}

extension FaultCleared: RecordPart {
    var fields: [RecordField] {
        var fields = [RecordField(1, "code", .unsigned(UInt64(code))), RecordField(2, "by", .code(by))]
        if let technician { fields.append(RecordField(3, "technician", .bytes(technician.bytes))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        code = try fields.integer(1, "code", as: UInt16.self)
        by = try fields.code(2, "by", FaultClearing.self)
        technician = try fields.optionalIdentifier(3, "technician", ContentHash.self)
        guard (by == .technician) == (technician != nil) else {
            let problem = FieldFault.outOfRange(expected: "exactly when field 2 is 3", found: "otherwise")
            throw .field(path: "\(fields.path).technician", problem: problem)
        }
    }
}
