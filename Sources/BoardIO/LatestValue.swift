import Quantities
import Synchronization

/// The newest value of one writer, for any number of readers that must not wait.
///
/// The writer goes round four slots and names the finished one last, so a writer that is preempted in the middle of a
/// value leaves the one before readable: a real-time reader on the same core never spins for it. Every word is atomic,
/// so a reader that was lapped three times during its copy sees torn words, notices by the slot's stamp and takes the
/// newest.
final class LatestValue<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private static var slotCount: Int { 4 }
    private static var wordCount: Int { (MemoryLayout<Value>.size + 7) / 8 }

    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let stamps: UnsafeMutablePointer<Atomic<UInt64>>
    private let published = Atomic<UInt64>(0)

    /// Starts with this value published.
    init(_ first: Value) {
        words = .allocate(capacity: Self.slotCount * Self.wordCount)
        stamps = .allocate(capacity: Self.slotCount)
        for index in 0..<(Self.slotCount * Self.wordCount) { (words + index).initialize(to: Atomic(0)) }
        for index in 0..<Self.slotCount { (stamps + index).initialize(to: Atomic(.max)) }
        publish(first)
    }

    deinit {
        words.deinitialize(count: Self.slotCount * Self.wordCount)
        words.deallocate()
        stamps.deinitialize(count: Self.slotCount)
        stamps.deallocate()
    }

    /// Makes this the newest value. One thread at a time.
    func publish(_ value: Value) {
        let stamp = published.load(ordering: .relaxed) &+ 1
        let slot = Int(stamp % UInt64(Self.slotCount))
        stamps[slot].store(.max, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        withUnsafeTemporaryAllocation(byteCount: Self.wordCount * 8, alignment: 16) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            buffer.storeBytes(of: value, as: Value.self)
            for index in 0..<Self.wordCount {
                words[slot * Self.wordCount + index].store(
                    buffer.load(fromByteOffset: index * 8, as: UInt64.self), ordering: .relaxed)
            }
        }
        stamps[slot].store(stamp, ordering: .releasing)
        published.store(stamp, ordering: .releasing)
    }

    /// The newest value. Never blocks, allocates or locks.
    func read() -> Value {
        withUnsafeTemporaryAllocation(byteCount: Self.wordCount * 8, alignment: 16) { buffer in
            while true {
                let stamp = published.load(ordering: .acquiring)
                let slot = Int(stamp % UInt64(Self.slotCount))
                guard stamps[slot].load(ordering: .acquiring) == stamp else { continue }
                for index in 0..<Self.wordCount {
                    buffer.storeBytes(
                        of: words[slot * Self.wordCount + index].load(ordering: .relaxed), toByteOffset: index * 8,
                        as: UInt64.self)
                }
                atomicMemoryFence(ordering: .acquiring)
                if stamps[slot].load(ordering: .relaxed) == stamp { return buffer.load(as: Value.self) }
            }
        }
    }
}
