// The few protobuf encodings that CometBFT hashes and signs, written by hand and canonical by construction:
// fields in ascending order (the caller's duty), shortest varints, zero scalars and empty byte strings left out,
// embedded messages written exactly when asked for, even when they are empty.

/// Appends canonical protobuf fields to a byte string.
public struct ProtobufWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty message.
    public init() {}

    /// An empty message with room for so many bytes.
    init(reserving count: Int) { bytes.reserveCapacity(count) }

    /// Fields that were written before.
    mutating func raw(_ fields: [UInt8]) { bytes.append(contentsOf: fields) }

    /// A bare unsigned varint, without a tag.
    public mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// uint64, uint32, bool or enum: left out when 0.
    public mutating func unsigned(_ field: UInt32, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, .varint)
        varint(value)
    }

    /// int64 or int32: left out when 0; ten bytes below zero (two's complement, no zigzag).
    public mutating func signed(_ field: UInt32, _ value: Int64) {
        unsigned(field, UInt64(bitPattern: value))
    }

    /// sfixed64: eight bytes little endian, left out when 0.
    public mutating func fixed64(_ field: UInt32, _ value: Int64) {
        guard value != 0 else { return }
        tag(field, .fixed64)
        let pattern = UInt64(bitPattern: value)
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: pattern >> shift))
        }
    }

    /// bytes: left out when empty.
    public mutating func bytes(_ field: UInt32, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        message(field, value)
    }

    /// string: left out when empty.
    public mutating func string(_ field: UInt32, _ value: String) {
        bytes(field, Array(value.utf8))
    }

    /// An embedded message or a repeated element: written even when it is empty.
    public mutating func message(_ field: UInt32, _ body: [UInt8]) {
        tag(field, .lengthDelimited)
        varint(UInt64(body.count))
        bytes.append(contentsOf: body)
    }

    /// An embedded message: written even when it is empty.
    public mutating func message(_ field: UInt32, _ body: some ProtobufMessage) {
        message(field, body.protobuf)
    }

    private mutating func tag(_ field: UInt32, _ type: ProtobufWireType) {
        varint(UInt64(field) << 3 | UInt64(type.rawValue))
    }
}

/// The wire types that CometBFT uses, and the one that it does not.
enum ProtobufWireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}
