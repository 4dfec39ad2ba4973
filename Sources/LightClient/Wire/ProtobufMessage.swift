/// A message with one canonical encoding.
public protocol ProtobufMessage: Sendable {
    /// The message's name, for errors.
    static var protobufName: String { get }
    /// Reads the fields of one message until its end.
    init(from reader: inout ProtobufReader) throws(LightClientError)
    /// Writes the fields in ascending order.
    func write(to writer: inout ProtobufWriter)
}

extension ProtobufMessage {
    /// The canonical encoding.
    public var protobuf: [UInt8] {
        var writer = ProtobufWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Decodes `bytes` and refuses every other encoding of the same content (fields out of order or twice, zeroes
    /// written out), so that no byte of an accepted message is unread.
    public init(protobuf bytes: [UInt8]) throws(LightClientError) {
        var reader = ProtobufReader(bytes, message: Self.protobufName)
        try self.init(from: &reader)
        let canonical = protobuf
        guard canonical == bytes else {
            let offset = zip(canonical, bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            throw .malformedProtobuf(
                message: Self.protobufName, offset: offset ?? min(canonical.count, bytes.count),
                reason: "not the canonical encoding")
        }
    }
}
