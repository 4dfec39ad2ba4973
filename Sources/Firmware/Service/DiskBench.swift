internal import Glibc
internal import Quantities

/// Measures how long the disk takes to make a sector durable, in a file of its own beside the journal.
///
/// One flush at a time with a pause behind each, so that the journal's own flush waits for one of them at most; and none while
/// something sells.
struct DiskBench {
    static let bytes = 512
    private static let pause: UInt32 = 20_000
    let path: String

    /// The latencies in microseconds, in order.
    ///
    /// - Parameters:
    ///   - patience: behind it no further flush is begun, and there are fewer latencies.
    ///   - obstacle: asked before each flush; an answer ends the measurement.
    /// - Throws: `room` with the obstacle; `system` where the disk refuses. Nothing is left behind in either case.
    func run(
        flushes: Int, within patience: Nanoseconds = .seconds(600), obstacle: () -> String?
    ) throws(FirmwareError) -> [Int64] {
        if let reason = obstacle() { throw .room("bench io", reason: reason) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer {
            close(descriptor)
            unlink(path)
        }
        var latencies: [Int64] = []
        let start = SystemClock.now()
        let sector = [UInt8](repeating: 0xA5, count: Self.bytes)
        // What the journal does: a sector that is there already is written again. The first write makes it.
        for flush in 0...flushes {
            if let reason = obstacle() { throw .room("bench io", reason: reason) }
            let began = SystemClock.now()
            if began - start > patience, !latencies.isEmpty { break }
            guard pwrite(descriptor, sector, sector.count, 0) == sector.count, fdatasync(descriptor) == 0 else {
                throw .system(call: "write \(path)", errno: errno)
            }
            if flush > 0 { latencies.append((SystemClock.now() - began).wholeMicroseconds) }
            usleep(Self.pause)
        }
        return latencies
    }
}
