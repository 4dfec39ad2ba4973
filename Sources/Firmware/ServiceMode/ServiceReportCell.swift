import ChargeControl
import Synchronization

/// What one connector's core last said of service mode: written by the control thread, which never waits for a reader; read by
/// whoever wants to know.
///
/// Invariant: `version` is odd while words are being written. A reader that met an odd one, or another one behind its copy than
/// before it, has torn words and reads again; that is why the class is marked unchecked.
final class ServiceReportCell: @unchecked Sendable {
    private static var wordCount: Int { (MemoryLayout<ServiceReport>.size + 7) / 8 }

    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let version = Atomic<UInt64>(0)

    /// Begins with nothing said.
    init() {
        words = .allocate(capacity: Self.wordCount)
        for index in 0..<Self.wordCount { (words + index).initialize(to: Atomic(0)) }
        store(ServiceReport())
    }

    deinit {
        words.deinitialize(count: Self.wordCount)
        words.deallocate()
    }

    /// Makes this the newest. One thread.
    func store(_ report: ServiceReport) {
        let before = version.load(ordering: .relaxed)
        version.store(before &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        withUnsafeTemporaryAllocation(byteCount: Self.wordCount * 8, alignment: 16) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            buffer.storeBytes(of: report, as: ServiceReport.self)
            for index in 0..<Self.wordCount {
                words[index].store(buffer.load(fromByteOffset: index * 8, as: UInt64.self), ordering: .relaxed)
            }
        }
        version.store(before &+ 2, ordering: .releasing)
    }

    /// The newest.
    func load() -> ServiceReport {
        withUnsafeTemporaryAllocation(byteCount: Self.wordCount * 8, alignment: 16) { buffer in
            while true {
                let before = version.load(ordering: .acquiring)
                for index in 0..<Self.wordCount {
                    buffer.storeBytes(
                        of: words[index].load(ordering: .relaxed), toByteOffset: index * 8, as: UInt64.self)
                }
                atomicMemoryFence(ordering: .acquiring)
                if before & 1 == 0, version.load(ordering: .relaxed) == before {
                    return buffer.load(as: ServiceReport.self)
                }
            }
        }
    }
}
