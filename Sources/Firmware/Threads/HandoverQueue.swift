import Quantities
import Synchronization

/// A bounded queue between exactly one producing and one consuming thread. Neither side waits, locks or allocates.
///
/// Invariants: `written - read` lies in `0...capacity`; a slot is written by the producer before `written` passes it
/// (release) and read by the consumer before `read` passes it (release), so no slot is touched by both at once. Which
/// thread is which is the caller's promise; that is why the class is marked unchecked.
final class HandoverQueue<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Element>
    private let mask: Int
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)

    /// A queue that holds at most `capacity` elements; the capacity is a power of two.
    init(capacity: Int) {
        invariant(capacity > 0 && capacity & (capacity - 1) == 0, "a handover queue's capacity is a power of two")
        slots = .allocate(capacity: capacity)
        mask = capacity - 1
    }

    deinit { slots.deallocate() }

    /// Hands one element over; answers false, and keeps nothing, when the queue is full.
    func offer(_ element: Element) -> Bool {
        let next = written.load(ordering: .relaxed)
        guard next - read.load(ordering: .acquiring) <= mask else { return false }
        (slots + (next & mask)).initialize(to: element)
        written.store(next + 1, ordering: .releasing)
        return true
    }

    /// Takes the oldest element, or nil where there is none.
    func take() -> Element? {
        let next = read.load(ordering: .relaxed)
        guard next < written.load(ordering: .acquiring) else { return nil }
        let element = (slots + (next & mask)).pointee
        read.store(next + 1, ordering: .releasing)
        return element
    }

    /// How many elements could be offered now; exact on the producer's side, a lower bound elsewhere.
    var room: Int { mask + 1 - (written.load(ordering: .relaxed) - read.load(ordering: .acquiring)) }
}
