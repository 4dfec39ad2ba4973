public import Quantities
public import SignedRecords

/// A value of the state: a deterministic CBOR array with one meaning a place.
public protocol StateValue: Hashable, Sendable {
    /// What it is, for messages.
    static var noun: String { get }
    /// The places, in order.
    var items: [CBOR] { get }
    /// Reads the places in order.
    init(reading values: inout StateValueReader) throws(LedgerError)
}

extension StateValue {
    /// The value's one encoding.
    public func encoded() -> [UInt8] { CBOR.array(items).encode() }

    /// Reads exactly this value; throws `LedgerError.malformed`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        var reader = try StateValueReader(bytes, noun: Self.noun)
        try self.init(reading: &reader)
        try reader.finish()
    }
}

/// Reads an array place by place; every place must be read.
public struct StateValueReader {
    private let noun: String
    private let items: [CBOR]
    private var place = 0

    /// Decodes strictly (RFC 8949 section 4.2.1); throws `LedgerError.malformed` with the byte offset.
    public init(_ bytes: [UInt8], noun: String) throws(LedgerError) {
        do {
            guard case .array(let items) = try CBOR.decode(bytes) else {
                throw LedgerError.malformed(what: noun, reason: "not an array")
            }
            self.items = items
        } catch let error as CBORError {
            throw .malformed(what: noun, reason: error.description)
        } catch let error as LedgerError {
            throw error
        } catch {
            invariantBroken("the CBOR decoder throws its own errors")
        }
        self.noun = noun
    }

    private init(items: [CBOR], noun: String) {
        self.items = items
        self.noun = noun
    }

    private mutating func next(_ name: String) throws(LedgerError) -> CBOR {
        guard place < items.count else { throw .malformed(what: noun, reason: "\(name) is missing") }
        defer { place += 1 }
        return items[place]
    }

    /// An unsigned number not above `maximum`.
    public mutating func unsigned(_ name: String, maximum: UInt64 = .max) throws(LedgerError) -> UInt64 {
        let item = try next(name)
        do { return try CBORFields.unsigned(item, "\(noun).\(name)", maximum: maximum) } catch {
            throw .malformed(what: noun, reason: error.description)
        }
    }

    /// An unsigned number that fits a narrower type.
    public mutating func number<T: FixedWidthInteger>(_ name: String, as type: T.Type) throws(LedgerError) -> T {
        T(truncatingIfNeeded: try unsigned(name, maximum: UInt64(T.max)))
    }

    /// An array of unsigned numbers.
    public mutating func numbers(_ name: String, count: ClosedRange<Int>) throws(LedgerError) -> [UInt64] {
        guard case .array(let items) = try next(name), count.contains(items.count) else {
            throw .malformed(
                what: noun, reason: "\(name) is not an array of \(count.lowerBound) to \(count.upperBound)")
        }
        var numbers: [UInt64] = []
        for item in items {
            guard let number = item.unsignedValue else {
                throw .malformed(what: noun, reason: "\(name) holds \(item.kindName)")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// A number with a sign.
    public mutating func signed(_ name: String) throws(LedgerError) -> Int64 {
        let item = try next(name)
        guard let number = item.integerValue else {
            throw .malformed(what: noun, reason: "\(name) is not a 64-bit integer")
        }
        return number
    }

    /// An array of arrays, each to be read and finished.
    public mutating func arrays(_ name: String, count: ClosedRange<Int>) throws(LedgerError) -> [StateValueReader] {
        guard case .array(let items) = try next(name), count.contains(items.count) else {
            throw .malformed(
                what: noun, reason: "\(name) is not an array of \(count.lowerBound) to \(count.upperBound)")
        }
        var readers: [StateValueReader] = []
        for item in items {
            guard case .array(let places) = item else {
                throw .malformed(what: noun, reason: "\(name) holds \(item.kindName)")
            }
            readers.append(StateValueReader(items: places, noun: "\(noun).\(name)"))
        }
        return readers
    }

    /// Whether places are left: a value may have grown.
    public var hasMore: Bool { place < items.count }

    /// A quantity of 64 bits, not negative.
    public mutating func quantity<Q: Quantity>(_ name: String, as type: Q.Type) throws(LedgerError) -> Q
    where Q.RawValue == Int64 {
        Q(try number(name, as: Int64.self))
    }

    /// A byte string of exactly `count`.
    public mutating func bytes(_ name: String, count: ClosedRange<Int>) throws(LedgerError) -> [UInt8] {
        let item = try next(name)
        do { return try CBORFields.bytes(item, "\(noun).\(name)", count: count) } catch {
            throw .malformed(what: noun, reason: error.description)
        }
    }

    /// An identifier of fixed length.
    public mutating func identifier<T: FixedBytes>(_ name: String, as type: T.Type) throws(LedgerError) -> T {
        T(exactly: try bytes(name, count: T.byteCount...T.byteCount))
    }

    /// An identifier of fixed length, or an empty byte string for none.
    public mutating func optionalIdentifier<T: FixedBytes>(_ name: String, as type: T.Type) throws(LedgerError) -> T? {
        let bytes = try bytes(name, count: 0...T.byteCount)
        if bytes.isEmpty { return nil }
        guard bytes.count == T.byteCount else {
            throw .malformed(what: noun, reason: "\(name) has \(bytes.count) bytes, expected 0 or \(T.byteCount)")
        }
        return T(exactly: bytes)
    }

    /// An array, to be read and finished.
    public mutating func array(_ name: String) throws(LedgerError) -> StateValueReader {
        guard case .array(let places) = try next(name) else {
            throw .malformed(what: noun, reason: "\(name) is not an array")
        }
        return StateValueReader(items: places, noun: "\(noun).\(name)")
    }

    /// An array of accounts.
    public mutating func accounts(_ name: String, count: ClosedRange<Int>) throws(LedgerError) -> [AccountID] {
        var places = try array(name)
        var accounts: [AccountID] = []
        while places.hasMore { accounts.append(try places.identifier("\(accounts.count)", as: AccountID.self)) }
        guard count.contains(accounts.count) else {
            throw .malformed(
                what: noun, reason: "\(name) has \(accounts.count), expected \(count.lowerBound) to \(count.upperBound)"
            )
        }
        return accounts
    }

    /// Text of 1 to `maximum` bytes without control characters, or also an empty one.
    public mutating func text(
        _ name: String, maximum: Int, mayBeEmpty: Bool = false
    ) throws(LedgerError) -> String {
        let item = try next(name)
        let text: String
        do { text = try CBORFields.text(item, "\(noun).\(name)", maximum: maximum) } catch {
            throw .malformed(what: noun, reason: error.description)
        }
        guard mayBeEmpty || !text.isEmpty else { throw .malformed(what: noun, reason: "\(name) is empty") }
        return text
    }

    /// A boolean.
    public mutating func bool(_ name: String) throws(LedgerError) -> Bool {
        guard case .bool(let flag) = try next(name) else {
            throw .malformed(what: noun, reason: "\(name) is not a boolean")
        }
        return flag
    }

    /// An array without items.
    public mutating func emptyArray(_ name: String) throws(LedgerError) {
        guard case .array(let items) = try next(name) else {
            throw .malformed(what: noun, reason: "\(name) is not an array")
        }
        guard items.isEmpty else {
            throw .malformed(what: noun, reason: "\(name) has \(items.count) items; this version has none")
        }
    }

    /// Refuses places that were not read.
    public func finish() throws(LedgerError) {
        guard place == items.count else {
            throw .malformed(what: noun, reason: "expected \(place) places, found \(items.count)")
        }
    }
}
