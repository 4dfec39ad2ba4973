import Glibc
import Quantities

/// Bytes that leave at their moments, in order: a line's pace, or a reply that is held back.
struct ReplyQueue {
    private struct Piece {
        var due: MonotonicInstant
        var bytes: [UInt8]
    }

    private var pieces: [Piece] = []
    /// More than this waiting means that nobody reads.
    private static let limit = 4_096

    var isEmpty: Bool { pieces.isEmpty }

    /// When the last byte that waits will have left.
    var end: MonotonicInstant? { pieces.last?.due }

    /// All at once.
    mutating func add(_ bytes: [UInt8], due: MonotonicInstant) {
        guard pieces.count < Self.limit else { return }
        pieces.append(Piece(due: max(due, pieces.last?.due ?? due), bytes: bytes))
    }

    /// Byte by byte, each `pace` after the one before, the first one `pace` after `start`.
    mutating func add(_ bytes: [UInt8], start: MonotonicInstant, pace: Nanoseconds) {
        var due = start
        for byte in bytes {
            due = due + pace
            add([byte], due: due)
        }
    }

    /// The bytes that are due.
    mutating func take(now: MonotonicInstant) -> [UInt8] {
        let count = pieces.prefix { $0.due <= now }.count
        defer { pieces.removeFirst(count) }
        return pieces[..<count].flatMap(\.bytes)
    }
}
