import Glibc
import Journal
import SignedRecords

/// The journal on a real disk: each record durable before the next.
enum JournalBenchmarks {
    static let all = [
        Benchmark(name: "journal-append", summary: "append one tick, durable when it returns", run: append),
        Benchmark(name: "journal-open", summary: "open a journal of so many ticks and find its heads", run: open),
    ]

    private static func append(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let device = try SampleDevice()
        let ticks = try device.ticks(conditions.operations)
        let journal = try Journal(directory: try folder(conditions, "append"))
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let before = journal.statistics
        let measured = try Measurement.ofEach(count: ticks.count, with: .wall) { try journal.append(ticks[$0]) }
        let after = journal.statistics
        let records = Double(after.records - before.records)
        guard after.records - before.records == UInt64(ticks.count), journal.head(of: .connector(1)) == ticks.last?.head
        else { throw BenchmarkFailed("the journal does not hold what was appended") }
        let baseline = try BareWrites(path: conditions.folder + "/bare-\(getpid())", count: ticks.count)
        return Benchmark.Result(
            measured: measured, stopwatch: .wall, baselineName: baseline.name,
            baseline: try baseline.measure(),
            counts: [
                ("records", records), ("bytes a record", Double(after.frameBytes - before.frameBytes) / records),
                ("flushes a record", Double(after.flushes - before.flushes) / records),
            ])
    }

    private static func open(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let device = try SampleDevice()
        let ticks = try device.ticks(conditions.operations)
        let path = try folder(conditions, "open")
        do {
            let journal = try Journal(directory: path)
            try journal.append(device.genesis)
            try journal.append(device.begin)
            for start in stride(from: 0, to: ticks.count, by: 32) {
                try journal.append(group: Array(ticks[start..<min(start + 32, ticks.count)]))
            }
        }
        let measured = try Measurement.ofEach(count: max(3, conditions.samples / 10), with: .wall) { _ in
            let journal = try Journal(directory: path)
            guard journal.head(of: .connector(1)) == ticks.last?.head else { throw BenchmarkFailed("a head was lost") }
        }
        let bytes = ticks.map(\.message)
        let baseline = Measurement.ofMany(samples: conditions.samples, with: .wall) {
            for message in bytes { consume(RecordHash(hashing: message)) }
        }
        return Benchmark.Result(
            measured: measured, stopwatch: .wall, baselineName: "SHA-256 of every record once", baseline: baseline,
            counts: [("records", Double(ticks.count + 2))])
    }

    private static func folder(_ conditions: Benchmark.Conditions, _ name: String) throws -> String {
        let path = conditions.folder + "/journal-\(name)-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
        return path
    }
}

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

    func measure() throws -> Measurement {
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_DSYNC | (isDirect ? directFlag : 0))
        guard descriptor >= 0 else { throw BenchmarkFailed("\(path): open failed with errno \(errno)") }
        defer { close(descriptor) }
        // O_DIRECT wants memory aligned like the disk's blocks.
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0xA5)
        return try Measurement.ofEach(count: count, with: .wall) { number in
            guard pwrite(descriptor, block.baseAddress, 512, off_t(number) * 512) == 512 else {
                throw BenchmarkFailed("\(path): pwrite failed with errno \(errno)")
            }
        }
    }
}
