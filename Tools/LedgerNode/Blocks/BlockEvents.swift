internal import Synchronization

/// Who wants to hear of each new block.
final class BlockEvents: Sendable {
    typealias Listener = @Sendable (StoredBlock) -> Void

    private struct Books {
        var listeners: [UInt64: Listener] = [:]
        var next: UInt64 = 0
    }

    private let books = Mutex(Books())

    /// Has `listener` called after each block; the ticket ends it.
    func subscribe(_ listener: @escaping Listener) -> UInt64 {
        books.withLock { books in
            books.next += 1
            books.listeners[books.next] = listener
            return books.next
        }
    }

    func unsubscribe(_ ticket: UInt64) { books.withLock { books in books.listeners[ticket] = nil } }

    func publish(_ block: StoredBlock) {
        for listener in books.withLock({ Array($0.listeners.values) }) { listener(block) }
    }
}
