/// Reads one protobuf message field by field; every fault names the byte where it was found.
///
/// Strict: shortest varints only, no groups, no field 0, no 32-bit fixed fields (CometBFT has none) but where messages of a
/// newer sender are expected to have fields that are unknown.
public struct ProtobufReader: Sendable {
    /// One field as it stands on the wire.
    public struct Field: Sendable {
        /// The field number.
        public let number: UInt32
        /// Where the field's tag begins.
        public let offset: Int
        let message: String
        let value: Value
        let expectsUnknown: Bool
        enum Value: Sendable {
            case varint(UInt64)
            case fixed64(UInt64)
            case fixed32
            case bytes([UInt8], start: Int)
        }
    }

    /// The message's name, for errors.
    public let message: String
    private let bytes: [UInt8]
    private let base: Int
    private let expectsUnknown: Bool
    private var position = 0

    /// Reads `bytes`; `base` is where they stand in the outermost message. `expectsUnknown` takes fields of every wire type,
    /// here and in embedded messages; what becomes of them is still the message's word.
    public init(_ bytes: [UInt8], message: String, base: Int = 0, expectsUnknown: Bool = false) {
        self.bytes = bytes
        self.expectsUnknown = expectsUnknown
        self.message = message
        self.base = base
    }

    /// Where the next byte stands in the outermost message.
    public var offset: Int { base + position }

    /// The next field, or nil at the end.
    public mutating func next() throws(LightClientError) -> Field? {
        guard position < bytes.count else { return nil }
        let start = offset
        let tag = try varint()
        guard let number = UInt32(exactly: tag >> 3), number > 0, number < 1 << 29 else {
            throw fault(start, "field number out of range")
        }
        guard let type = ProtobufWireType(rawValue: UInt8(truncatingIfNeeded: tag & 7)) else {
            throw fault(start, "unsupported wire type \(tag & 7)")
        }
        let value: Field.Value
        switch type {
        case .varint:
            value = .varint(try varint())
        case .fixed64:
            guard bytes.count - position >= 8 else { throw fault(start, "cut short in a 64-bit field") }
            var pattern: UInt64 = 0
            for index in 0..<8 { pattern |= UInt64(bytes[position + index]) << UInt64(8 * index) }
            position += 8
            value = .fixed64(pattern)
        case .fixed32:
            guard expectsUnknown else { throw fault(start, "unsupported wire type \(tag & 7)") }
            guard bytes.count - position >= 4 else { throw fault(start, "cut short in a 32-bit field") }
            position += 4
            value = .fixed32
        case .lengthDelimited:
            let length = try varint()
            guard length <= UInt64(bytes.count - position) else {
                throw fault(start, "length \(length) runs past the end")
            }
            let end = position + Int(length)
            value = .bytes(Array(bytes[position..<end]), start: offset)
            position = end
        }
        return Field(
            number: number, offset: start, message: message, value: value, expectsUnknown: expectsUnknown)
    }

    /// The next number of a packed field, or nil at the end.
    public mutating func nextPacked() throws(LightClientError) -> UInt64? {
        position < bytes.count ? try varint() : nil
    }

    /// The error for a field that the message does not have.
    public func unknown(_ field: Field) -> LightClientError {
        fault(field.offset, "unknown field \(field.number)")
    }

    private mutating func varint() throws(LightClientError) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < bytes.count else { throw fault(start, "cut short in a varint") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw fault(start, "varint above 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else { throw fault(start, "varint is not the shortest") }
                return value
            }
            shift += 7
        }
    }

    private func fault(_ offset: Int, _ reason: String) -> LightClientError {
        .malformedProtobuf(message: message, offset: offset, reason: reason)
    }
}

extension ProtobufReader.Field {
    /// The value of a uint64 field.
    public func unsigned() throws(LightClientError) -> UInt64 {
        guard case .varint(let value) = value else { throw wrongType("a varint") }
        return value
    }

    /// The value of an int64 field.
    public func signed() throws(LightClientError) -> Int64 {
        Int64(bitPattern: try unsigned())
    }

    /// The value of an int32 field.
    public func signed32() throws(LightClientError) -> Int32 {
        guard let value = Int32(exactly: try signed()) else { throw fault("outside 32 bits") }
        return value
    }

    /// The value of a uint32 field.
    public func unsigned32() throws(LightClientError) -> UInt32 {
        guard let value = UInt32(exactly: try unsigned()) else { throw fault("outside 32 bits") }
        return value
    }

    /// The value of an sfixed64 field.
    public func fixed64() throws(LightClientError) -> Int64 {
        guard case .fixed64(let value) = value else { throw wrongType("a 64-bit field") }
        return Int64(bitPattern: value)
    }

    /// The value of a bytes field.
    public func bytes() throws(LightClientError) -> [UInt8] {
        guard case .bytes(let value, _) = value else { throw wrongType("a byte string") }
        return value
    }

    /// The value of a string field; must be UTF-8.
    public func string() throws(LightClientError) -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else { throw fault("is not UTF-8") }
        return text
    }

    /// The value of a hash field: empty or 32 bytes.
    public func hash() throws(LightClientError) -> Hash? {
        let value = try bytes()
        guard !value.isEmpty else { return nil }
        guard let hash = Hash(bytes: value) else { throw fault("expected 0 or 32 bytes, got \(value.count)") }
        return hash
    }

    /// The value of an address field: empty or 20 bytes.
    public func address() throws(LightClientError) -> Address? {
        let value = try bytes()
        guard !value.isEmpty else { return nil }
        guard let address = Address(bytes: value) else { throw fault("expected 0 or 20 bytes, got \(value.count)") }
        return address
    }

    /// An embedded message.
    public func message<Message: ProtobufMessage>(_ type: Message.Type) throws(LightClientError) -> Message {
        guard case .bytes(let value, let start) = value else { throw wrongType("a message") }
        var reader = ProtobufReader(
            value, message: Message.protobufName, base: start, expectsUnknown: expectsUnknown)
        return try Message(from: &reader)
    }

    /// The error that this field's value is refused.
    public func fault(_ reason: String) -> LightClientError {
        .malformedProtobuf(message: message, offset: offset, reason: "field \(number) \(reason)")
    }

    private func wrongType(_ expected: String) -> LightClientError {
        fault("is not \(expected)")
    }
}
