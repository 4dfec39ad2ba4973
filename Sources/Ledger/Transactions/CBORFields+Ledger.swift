internal import Quantities
internal import SignedRecords

// The kinds of fields that transactions and vouchers have in common.
extension CBORFields {
    /// An account, a charger, a tariff.
    mutating func identifier<T: FixedBytes>(_ key: UInt64, _ name: String) throws(CBORError) -> T {
        T(exactly: try bytes(key, name, count: T.byteCount))
    }

    /// One that may be absent.
    mutating func optionalIdentifier<T: FixedBytes>(_ key: UInt64, _ name: String) throws(CBORError) -> T? {
        guard let item = optional(key, name) else { return nil }
        return T(exactly: try CBORFields.bytes(item, "\(path).\(name)", count: T.byteCount...T.byteCount))
    }

    /// An amount that moves: 1 and up.
    mutating func amount(_ key: UInt64, _ name: String) throws(CBORError) -> Microunits {
        let value = try unsigned(key, name, maximum: UInt64(Int64.max))
        guard value > 0 else {
            throw .field(path: "\(path).\(name)", problem: .outOfRange(expected: "at least 1", found: "0"))
        }
        return Microunits(Int64(value))
    }

    /// A record chain's number.
    mutating func chain(_ key: UInt64) throws(CBORError) -> ChainNumber {
        ChainNumber(rawValue: try integer(key, "chain", as: UInt32.self))
    }

    /// A moment, up to the latest that is taken.
    mutating func moment(_ key: UInt64, _ name: String) throws(CBORError) -> UTCMilliseconds {
        UTCMilliseconds(Int64(try unsigned(key, name, maximum: UInt64(UTCMilliseconds.latest.rawValue))))
    }

    /// An amount of energy, 1 and up, that may be absent.
    mutating func optionalEnergy(_ key: UInt64, _ name: String) throws(CBORError) -> MilliwattHours? {
        guard let item = optional(key, name) else { return nil }
        let value = try CBORFields.unsigned(item, "\(path).\(name)", maximum: UInt64(Int64.max))
        guard value > 0 else {
            throw .field(path: "\(path).\(name)", problem: .outOfRange(expected: "at least 1", found: "0"))
        }
        return MilliwattHours(Int64(value))
    }

    /// A state value, as the byte string of its encoding. Throws `CBORError` or `LedgerError`.
    mutating func value<Value: StateValue>(_ key: UInt64, _ name: String) throws -> Value {
        try Value(decoding: try bytes(key, name, count: 1...4_096))
    }

    /// One that may be absent.
    mutating func optionalValue<Value: StateValue>(_ key: UInt64, _ name: String) throws -> Value? {
        guard let item = optional(key, name) else { return nil }
        return try Value(decoding: try CBORFields.bytes(item, "\(path).\(name)", count: 1...4_096))
    }
}
