/// An export that can be read more than once, piece by piece.
public struct ExportSource: Sendable {
    /// What people call it: a path.
    public let name: String
    /// Starts reading from the first byte. What it returns gives the next piece, empty at the end.
    public let open: @Sendable () throws -> @Sendable () throws -> [UInt8]

    public init(name: String, open: @escaping @Sendable () throws -> @Sendable () throws -> [UInt8]) {
        self.name = name
        self.open = open
    }

    /// Bytes in memory, in pieces of at most so many.
    public init(name: String, bytes: [UInt8], piece: Int = 1 << 20) {
        self.init(name: name) {
            let cursor = Cursor(bytes: bytes, piece: piece)
            return { cursor.next() }
        }
    }

    /// Read by one reader at a time: the pieces follow one another.
    private final class Cursor: @unchecked Sendable {
        private let bytes: [UInt8]
        private let piece: Int
        private var offset = 0

        init(bytes: [UInt8], piece: Int) {
            self.bytes = bytes
            self.piece = piece
        }

        func next() -> [UInt8] {
            let end = min(bytes.count, offset + piece)
            defer { offset = end }
            return Array(bytes[offset..<end])
        }
    }
}
