/// Reads a map with integer keys strictly: every key must be asked for, and `finish` refuses the ones that nobody knows.
///
///     var fields = try CBORFields(item, path: "grant")
///     let amount = try fields.unsigned(1, "amount")
///     let note = try fields.optional(2, "note")
///     try fields.finish()
public struct CBORFields {
    /// Where the map stands, for messages.
    public let path: String
    private var remaining: ArraySlice<CBORMap.Entry>

    /// Takes the map; throws where the item is none.
    public init(_ item: CBOR, path: String) throws(CBORError) {
        guard case .map(let map) = item else {
            throw .field(path: path, problem: .wrongType(expected: "a map", found: item.kindName))
        }
        self.path = path
        remaining = map.entries[...]
    }

    /// The item under a key, or `nil` where it is absent.
    public mutating func optional(_ key: UInt64, _ name: String) -> CBOR? {
        // Fields are asked for by rising keys, as they stand: mostly the next one is meant.
        if let next = remaining.first, next.key.unsignedValue == key {
            remaining = remaining.dropFirst()
            return next.value
        }
        guard let index = remaining.firstIndex(where: { $0.key.unsignedValue == key }) else { return nil }
        return remaining.remove(at: index).value
    }

    /// The item under a key.
    public mutating func item(_ key: UInt64, _ name: String) throws(CBORError) -> CBOR {
        guard let value = optional(key, name) else {
            throw .field(path: "\(path).\(name)", problem: .missing(key: key))
        }
        return value
    }

    /// Refuses every key that was not read.
    public func finish() throws(CBORError) {
        guard let entry = remaining.first else { return }
        let key = entry.key.unsignedValue.map { String($0) } ?? "with a key that is \(entry.key.kindName)"
        throw .field(path: path, problem: .unknown(key: key))
    }

    /// An unsigned integer not above `maximum`.
    public mutating func unsigned(
        _ key: UInt64, _ name: String, maximum: UInt64 = .max
    ) throws(CBORError) -> UInt64 {
        try CBORFields.unsigned(try item(key, name), "\(path).\(name)", maximum: maximum)
    }

    /// An unsigned integer of a narrower width.
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _ key: UInt64, _ name: String, as type: T.Type
    ) throws(CBORError) -> T {
        T(truncatingIfNeeded: try unsigned(key, name, maximum: UInt64(T.max)))
    }

    /// An integer with a sign.
    public mutating func signed(_ key: UInt64, _ name: String) throws(CBORError) -> Int64 {
        let value = try item(key, name)
        guard let number = value.integerValue else {
            throw .field(
                path: "\(path).\(name)", problem: .wrongType(expected: "a 64-bit integer", found: value.kindName))
        }
        return number
    }

    /// A byte string with a length in `count`.
    public mutating func bytes(
        _ key: UInt64, _ name: String, count: ClosedRange<Int>
    ) throws(CBORError) -> [UInt8] {
        try CBORFields.bytes(try item(key, name), "\(path).\(name)", count: count)
    }

    /// A byte string of exactly `count`.
    public mutating func bytes(_ key: UInt64, _ name: String, count: Int) throws(CBORError) -> [UInt8] {
        try bytes(key, name, count: count...count)
    }

    /// Text of at most `maximum` UTF-8 bytes without control characters.
    public mutating func text(_ key: UInt64, _ name: String, maximum: Int) throws(CBORError) -> String {
        try CBORFields.text(try item(key, name), "\(path).\(name)", maximum: maximum)
    }

    /// A boolean.
    public mutating func bool(_ key: UInt64, _ name: String) throws(CBORError) -> Bool {
        let value = try item(key, name)
        guard case .bool(let flag) = value else {
            throw .field(path: "\(path).\(name)", problem: .wrongType(expected: "a boolean", found: value.kindName))
        }
        return flag
    }

    /// An array with a number of items in `count`.
    public mutating func array(_ key: UInt64, _ name: String, count: ClosedRange<Int>) throws(CBORError) -> [CBOR] {
        let value = try item(key, name)
        guard case .array(let items) = value else {
            throw .field(path: "\(path).\(name)", problem: .wrongType(expected: "an array", found: value.kindName))
        }
        guard count.contains(items.count) else {
            let expected = "\(count.lowerBound) to \(count.upperBound) items"
            throw .field(path: "\(path).\(name)", problem: .outOfRange(expected: expected, found: "\(items.count)"))
        }
        return items
    }

    /// A map inside this one.
    public mutating func fields(_ key: UInt64, _ name: String) throws(CBORError) -> CBORFields {
        try CBORFields(try item(key, name), path: "\(path).\(name)")
    }

    /// Checks one item that stands outside a map: an unsigned integer not above `maximum`.
    public static func unsigned(
        _ item: CBOR, _ path: @autoclosure () -> String, maximum: UInt64 = .max
    ) throws(CBORError) -> UInt64 {
        guard case .unsigned(let number) = item else {
            throw .field(path: path(), problem: .wrongType(expected: "an unsigned integer", found: item.kindName))
        }
        guard number <= maximum else {
            throw .field(path: path(), problem: .outOfRange(expected: "at most \(maximum)", found: "\(number)"))
        }
        return number
    }

    /// Checks one item that stands outside a map: a byte string.
    public static func bytes(
        _ item: CBOR, _ path: @autoclosure () -> String, count: ClosedRange<Int>
    ) throws(CBORError) -> [UInt8] {
        guard case .bytes(let bytes) = item else {
            throw .field(path: path(), problem: .wrongType(expected: "a byte string", found: item.kindName))
        }
        guard count.contains(bytes.count) else {
            let expected =
                count.lowerBound == count.upperBound
                ? "\(count.lowerBound) bytes" : "\(count.lowerBound) to \(count.upperBound) bytes"
            throw .field(path: path(), problem: .outOfRange(expected: expected, found: "\(bytes.count)"))
        }
        return bytes
    }

    /// Checks one item that stands outside a map: text without control characters.
    public static func text(_ item: CBOR, _ path: @autoclosure () -> String, maximum: Int) throws(CBORError) -> String {
        guard case .text(let text) = item else {
            throw .field(path: path(), problem: .wrongType(expected: "text", found: item.kindName))
        }
        guard text.utf8.count <= maximum else {
            let problem = FieldFault.outOfRange(expected: "at most \(maximum) bytes", found: "\(text.utf8.count)")
            throw .field(path: path(), problem: problem)
        }
        // Text ends up on terminals and in log lines: a control character is never part of a name.
        guard text.unicodeScalars.allSatisfy({ !($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) }) else {
            throw .field(path: path(), problem: .outOfRange(expected: "no control characters", found: "one"))
        }
        return text
    }
}
