import CBaselines
import Glibc

/// 512 bytes after 512 bytes written durably into a preallocated file, in C: what the disk itself takes.
struct BareWrites {
    private let path: String
    private let isDirect: Bool

    var name: String { "C: 512 bytes written with O_DSYNC\(isDirect ? " and O_DIRECT" : "")" }

    init(path: String, count: Int) throws {
        self.path = path
        let made = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard made >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        let zeros = [UInt8](repeating: 0, count: 512)
        for _ in 0..<count { _ = write(made, zeros, zeros.count) }
        fsync(made)
        close(made)
        isDirect = baselines_can_write_directly(path)
    }

    /// Writes these sectors one after another, each behind a pause in microseconds; the median of the writes' times in nanoseconds.
    ///
    /// Nothing comes between a pause and its write: what opens the file would bring into the caches what the write needs.
    func measure(_ sectors: Range<Int>, pause: useconds_t = 0) throws -> Double {
        var times = [Int64](repeating: 0, count: sectors.count)
        let result = baselines_direct_writes(
            path, Int64(sectors.lowerBound), Int64(sectors.count), isDirect, pause, &times)
        guard result == 0 else { throw BenchmarkFailed("\(path): write failed with errno \(-result)") }
        return Spread(times.map(Double.init)).median
    }

    func remove() { unlink(path) }
}
