import Glibc

/// `O_DIRECT` of Linux, which differs by processor and which Swift's Glibc does not show.
#if arch(arm64) || arch(arm)
    private let directFlag: Int32 = 0o200000
#else
    private let directFlag: Int32 = 0o40000
#endif

/// 512 bytes after 512 bytes written durably into a preallocated file: what the disk itself takes.
struct BareWrites {
    private let path: String
    private let count: Int
    private let isDirect: Bool

    var name: String { "512 bytes written with O_DSYNC\(isDirect ? " and O_DIRECT" : "")" }

    init(path: String, count: Int) throws {
        self.path = path
        self.count = count
        let made = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard made >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        let zeros = [UInt8](repeating: 0, count: 512)
        for _ in 0..<count { _ = write(made, zeros, zeros.count) }
        fsync(made)
        close(made)
        let probe = open(path, O_WRONLY | O_DSYNC | directFlag)
        isDirect = probe >= 0
        if probe >= 0 { close(probe) }
    }

    /// Writes these sectors one after another; the median of their times in nanoseconds.
    func measure(_ sectors: Range<Int>) throws -> Double {
        let descriptor = open(path, O_WRONLY | O_DSYNC | (isDirect ? directFlag : 0))
        guard descriptor >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        defer { close(descriptor) }
        // O_DIRECT wants memory aligned like the disk's blocks.
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0xA5)
        return Spread(
            try sectors.map { number in
                let start = Stopwatch.wall.now()
                guard pwrite(descriptor, block.baseAddress, 512, off_t(number) * 512) == 512 else {
                    throw BenchmarkFailed("\(path): pwrite failed with errno \(errno)")
                }
                return Double(Stopwatch.wall.now() - start)
            }
        ).median
    }

    func remove() { unlink(path) }
}
