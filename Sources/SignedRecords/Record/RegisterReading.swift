public import Quantities

/// The raw words of one Modbus reply: what the meter said, before anyone interpreted it.
public struct RegisterEvidence: Hashable, Sendable {
    /// 3 (holding registers) or 4 (input registers).
    public var functionCode: UInt8
    /// The address of the first register, as on the wire.
    public var address: UInt16
    /// 1 to 12 registers in the order of the reply.
    public var words: [UInt16]

    public init(functionCode: UInt8, address: UInt16, words: [UInt16]) {
        self.functionCode = functionCode
        self.address = address
        self.words = words
    }
}

extension RegisterEvidence: RecordPart {
    var fields: [RecordField] {
        // The words are a byte string, two bytes each, high byte first: as in the reply (Modbus section 6.3).
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * words.count)
        for word in words {
            bytes.append(UInt8(truncatingIfNeeded: word >> 8))
            bytes.append(UInt8(truncatingIfNeeded: word))
        }
        return [
            RecordField(1, "function_code", .unsigned(UInt64(functionCode))),
            RecordField(2, "address", .unsigned(UInt64(address))),
            RecordField(3, "words", .bytes(bytes)),
        ]
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        functionCode = try fields.integer(1, "function_code", as: UInt8.self)
        address = try fields.integer(2, "address", as: UInt16.self)
        let bytes = try fields.bytes(3, "words", count: 2...24)
        guard bytes.count.isMultiple(of: 2) else {
            let problem = FieldFault.outOfRange(expected: "whole 16-bit words", found: "\(bytes.count) bytes")
            throw .field(path: "\(fields.path).words", problem: problem)
        }
        words = stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    }
}

/// The meter's import register at one moment, with the raw words that it was decoded from.
public struct RegisterReading: Hashable, Sendable {
    /// The cumulative import register, not negative.
    public var `import`: MilliwattHours
    public var evidence: RegisterEvidence
    /// A second read of the same register or of a redundant one, where the profile asks for it.
    public var confirmation: RegisterEvidence?
    /// From the request sent to the reply received: bounds the age of the value.
    public var elapsedMicroseconds: UInt32

    public init(
        import register: MilliwattHours, evidence: RegisterEvidence, confirmation: RegisterEvidence? = nil,
        elapsedMicroseconds: UInt32
    ) {
        self.import = register
        self.evidence = evidence
        self.confirmation = confirmation
        self.elapsedMicroseconds = elapsedMicroseconds
    }
}

extension RegisterReading: RecordPart {
    var fields: [RecordField] {
        var fields = [
            RecordField(1, "import_mwh", .energy(`import`)),
            RecordField(2, "elapsed_us", .unsigned(UInt64(elapsedMicroseconds))),
            RecordField(3, "evidence", .part(evidence)),
        ]
        if let confirmation { fields.append(RecordField(4, "confirmation", .part(confirmation))) }
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        `import` = try fields.energy(1, "import_mwh")
        elapsedMicroseconds = try fields.integer(2, "elapsed_us", as: UInt32.self)
        evidence = try fields.part(3, "evidence", RegisterEvidence.self)
        confirmation = try fields.optionalPart(4, "confirmation", RegisterEvidence.self)
    }
}
