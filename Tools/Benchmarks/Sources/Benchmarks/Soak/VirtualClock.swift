import Glibc
import LightClient
import Quantities
import Synchronization

/// The time that a charger and its ledger go by, in a file that both processes have mapped: one moves it, both read it.
///
/// The mapping lasts as long as this object; it is only ever touched as one atomic number.
final class VirtualClock: @unchecked Sendable {
    /// What the wall clock shows where the monotonic clock shows nothing, in milliseconds since 1970 (November 2026).
    static let epoch: Int64 = 1_795_000_000_000
    private static let bytes = 4_096

    private let memory: UnsafeMutableRawPointer
    /// Nanoseconds.
    private let place: UnsafeMutablePointer<Atomic<Int64>>

    /// Maps the file, which is made where there is none.
    init(path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchmarkFailed("\(path): errno \(errno)") }
        defer { close(file) }
        guard ftruncate(file, off_t(Self.bytes)) == 0,
            let memory = mmap(nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
        else { throw BenchmarkFailed("\(path): errno \(errno)") }
        self.memory = memory
        place = memory.bindMemory(to: Atomic<Int64>.self, capacity: 1)
    }

    deinit { munmap(memory, Self.bytes) }

    /// Now, on the monotonic clock.
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: place.pointee.load(ordering: .relaxed)) }

    /// Lets it be that moment.
    func move(to moment: MonotonicInstant) { place.pointee.store(moment.nanoseconds, ordering: .relaxed) }

    /// Milliseconds since 1970.
    var utcMilliseconds: Int64 { Self.epoch + now.nanoseconds / 1_000_000 }

    /// The wall clock as the ledger writes it.
    var timestamp: Timestamp { Timestamp(unixMilliseconds: utcMilliseconds) ?? .unixEpoch }
}
