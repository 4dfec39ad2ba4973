import Quantities

/// The field types of records, on top of the plain ones.
extension CBORFields {
    mutating func identifier<T: FixedBytes>(_ key: UInt64, _ name: String, _ type: T.Type) throws(CBORError) -> T {
        T(exactly: try bytes(key, name, count: T.byteCount))
    }

    mutating func optionalIdentifier<T: FixedBytes>(
        _ key: UInt64, _ name: String, _ type: T.Type
    ) throws(CBORError) -> T? {
        guard let item = optional(key, name) else { return nil }
        return T(exactly: try CBORFields.bytes(item, "\(path).\(name)", count: T.byteCount...T.byteCount))
    }

    /// Energy: not negative.
    mutating func energy(_ key: UInt64, _ name: String) throws(CBORError) -> MilliwattHours {
        MilliwattHours(Int64(try unsigned(key, name, maximum: UInt64(Int64.max))))
    }

    mutating func optionalEnergy(_ key: UInt64, _ name: String) throws(CBORError) -> MilliwattHours? {
        guard let item = optional(key, name) else { return nil }
        return MilliwattHours(Int64(try CBORFields.unsigned(item, "\(path).\(name)", maximum: UInt64(Int64.max))))
    }

    /// Wall time: 1970 to 9999.
    mutating func utc(_ key: UInt64, _ name: String) throws(CBORError) -> UTCMilliseconds {
        let latest = UInt64(UTCMilliseconds.latest.rawValue)
        return UTCMilliseconds(Int64(try unsigned(key, name, maximum: latest)))
    }

    mutating func optionalUTC(_ key: UInt64, _ name: String) throws(CBORError) -> UTCMilliseconds? {
        guard let item = optional(key, name) else { return nil }
        let latest = UInt64(UTCMilliseconds.latest.rawValue)
        return UTCMilliseconds(Int64(try CBORFields.unsigned(item, "\(path).\(name)", maximum: latest)))
    }

    /// A code that must be known.
    mutating func code<T: RawRepresentable>(
        _ key: UInt64, _ name: String, _ type: T.Type
    ) throws(CBORError) -> T where T.RawValue == UInt8 {
        let raw = try integer(key, name, as: UInt8.self)
        guard let value = T(rawValue: raw) else {
            throw .field(path: "\(path).\(name)", problem: .outOfRange(expected: "a known code", found: "\(raw)"))
        }
        return value
    }

    mutating func ledgerChainID(_ key: UInt64, _ name: String) throws(CBORError) -> LedgerChainID {
        let text = try text(key, name, maximum: 50)
        do { return try LedgerChainID(text) } catch {
            let expected = "a ledger chain id of 1 to 50 printable bytes"
            throw .field(path: "\(path).\(name)", problem: .outOfRange(expected: expected, found: "\"\(text)\""))
        }
    }

    mutating func part<T: RecordPart>(_ key: UInt64, _ name: String, _ type: T.Type) throws(CBORError) -> T {
        try T.read(try fields(key, name))
    }

    mutating func optionalPart<T: RecordPart>(
        _ key: UInt64, _ name: String, _ type: T.Type
    ) throws(CBORError) -> T? {
        guard let item = optional(key, name) else { return nil }
        return try T.read(item, path: "\(path).\(name)")
    }
}

extension RecordFieldValue {
    static func energy(_ value: MilliwattHours) -> RecordFieldValue { .signed(value.rawValue) }
    static func utc(_ value: UTCMilliseconds) -> RecordFieldValue { .signed(value.rawValue) }
    static func part(_ part: some RecordPart) -> RecordFieldValue { .fields(part.fields) }
    static func code<T: RawRepresentable & Sendable>(_ value: T) -> RecordFieldValue where T.RawValue == UInt8 {
        .code(UInt64(value.rawValue), name: RecordCodeName(value))
    }
}
