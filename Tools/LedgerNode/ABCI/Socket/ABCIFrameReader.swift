internal import LightClient
internal import NIOCore

/// Cuts a byte stream into frames: a varint of the length, then so many bytes. However the stream comes in pieces, the frames
/// are the same.
struct ABCIFrameReader {
    /// A block has at most 100 MiB of transactions; around them stand the votes of the last commit.
    static let maximumLength = 128 << 20

    private let limit: Int
    private var buffer = ByteBuffer()

    init(limit: Int = Self.maximumLength) { self.limit = limit }

    /// Bytes that are no whole frame yet.
    var pending: Int { buffer.readableBytes }

    mutating func append(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            // What was read goes now and then, not at every frame.
            if buffer.readerIndex > buffer.readableBytes { buffer.discardReadBytes() }
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole frame, or nil until more has come. A frame over the limit is refused by its length alone; room is made
    /// only for what has arrived.
    mutating func next() throws(ABCIFrameError) -> [UInt8]? {
        var length: UInt64 = 0
        var width = 0
        while true {
            guard let byte = buffer.getInteger(at: buffer.readerIndex + width, as: UInt8.self) else { return nil }
            guard width < 9 || byte <= 1 else { throw .malformedLength }
            length |= UInt64(byte & 0x7F) << UInt64(7 * width)
            width += 1
            if byte & 0x80 == 0 {
                guard byte != 0 || width == 1 else { throw .malformedLength }
                break
            }
        }
        guard length <= UInt64(limit) else { throw .tooLong(length: length, limit: limit) }
        guard length > 0 else { throw .empty }
        guard buffer.readableBytes - width >= Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: width)
        return buffer.readBytes(length: Int(length))
    }

    /// A message behind its length.
    static func frame(_ message: some ProtobufMessage) -> [UInt8] {
        let body = message.protobuf
        var writer = ProtobufWriter()
        writer.varint(UInt64(body.count))
        return writer.bytes + body
    }
}
