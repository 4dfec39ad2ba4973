import SignedRecords

/// Cuts a CBOR sequence into messages while it is read, a bounded piece at a time.
struct MessageReader: Sendable {
    /// A message, not taken apart yet, and where it starts in the file.
    struct Frame: Sendable {
        let offset: Int
        let message: [UInt8]
    }

    /// A batch of frames, and what ended it.
    struct Batch: Sendable {
        var frames: [Frame] = []
        /// The bytes behind the last frame are no message; nothing can be read further.
        var fault: RecordError?
        /// Nothing follows.
        var isLast = false
    }

    /// A message beyond this is not read to its end: it is refused anyway.
    static let maximumBuffer = 16 << 20

    private let read: @Sendable () throws -> [UInt8]
    private var buffer: [UInt8] = []
    private var start = 0
    private var offset = 0
    private var hasEnded = false

    init(_ source: ExportSource) throws { read = try source.open() }

    /// The next frames, at most `count`.
    mutating func next(_ count: Int) throws -> Batch {
        var batch = Batch()
        while batch.frames.count < count {
            // The longest record, so that a message is seldom looked at twice.
            if buffer.count - start < Record.maximumMessageBytes { try fill() }
            if start == buffer.count {
                batch.isLast = true
                return batch
            }
            do throws(COSEError) {
                let end = try COSESign1.endOfMessage(buffer, at: start)
                batch.frames.append(Frame(offset: offset, message: Array(buffer[start..<end])))
                offset += end - start
                start = end
            } catch {
                if !hasEnded, buffer.count - start < Self.maximumBuffer {
                    try fill()
                    continue
                }
                batch.fault = .export(offset: offset, problem: .envelope(error.moved(by: offset - start)))
                batch.isLast = true
                return batch
            }
        }
        return batch
    }

    private mutating func fill() throws {
        guard !hasEnded else { return }
        buffer.removeFirst(start)
        start = 0
        let piece = try read()
        if piece.isEmpty { hasEnded = true }
        buffer += piece
    }
}
