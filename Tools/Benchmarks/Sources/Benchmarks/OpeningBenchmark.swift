import Glibc
import Journal
import SignedRecords

/// Opening a journal of a million records on a real disk, against reading the bytes that opening reads.
enum OpeningBenchmark {
    static let all = [
        Benchmark(
            name: "journal-open-million", summary: "open a journal of 1,007,000 ticks, read past the cache", run: open)
    ]

    /// 123 segments of the usual length, the newest one full: the most that opening ever walks.
    private static let records: UInt32 = 1_007_000
    private static let configuration = JournalConfiguration(maximumSegments: 160)

    private static func open(_ conditions: Benchmark.Conditions) throws -> Benchmark.Result {
        let path = conditions.folder + "/journal-million-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
        let head = try fill(path)
        let rounds = max(9, conditions.samples / 4)
        var opened: [Double] = []
        var read: [Double] = []
        var bytes = 0
        var walked: UInt64 = 0
        for _ in 0..<rounds {
            // In turn, so that a busy machine slows both.
            let disk = try WatchedDisk(FileStorage.writer(directory: path))
            try opened += measure {
                let journal = try Journal(opening: disk, configuration: configuration)
                guard journal.head(of: .connector(1)) == head else { throw BenchmarkFailed("a head was lost") }
                walked = journal.statistics.walkedFrames
            }
            bytes = disk.reads.reduce(0) { $0 + $1.count }
            let bare = try FileStorage.reader(directory: path)
            try read += measure {
                for part in disk.reads { consume(try bare.read(part.name, at: part.offset, count: part.count)) }
            }
        }
        return Benchmark.Result(
            measured: Measurement(opened), stopwatch: .wall, baselineName: "reading the same bytes",
            baseline: Measurement(read),
            counts: [("records", Double(records)), ("frames walked", Double(walked)), ("bytes read", Double(bytes))])
    }

    private static func measure(_ work: () throws -> Void) rethrows -> [Double] {
        let start = Stopwatch.wall.now()
        try work()
        return [Double(Stopwatch.wall.now() - start)]
    }

    /// One session of so many ticks. Opening checks no signature, so theirs are any 64 bytes, and all are made durable at the
    /// end.
    private static func fill(_ path: String) throws -> ChainHead? {
        let device = try SampleDevice()
        let disk = try WatchedDisk(FileStorage.writer(directory: path), isDurable: false)
        let journal = try Journal(opening: disk, configuration: configuration)
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let signature = [UInt8](repeating: 0x5A, count: 64)
        var previous = device.begin.hash
        var group: [SignedRecord] = []
        for index in 1...records {
            let signed = SignedRecord(device.tick(index, behind: previous), signature: signature)
            previous = signed.hash
            group.append(signed)
            if group.count == 64 || index == records {
                try journal.append(group: group)
                try journal.maintain()
                group = []
            }
        }
        try journal.anchor()
        for name in try disk.names() { try disk.sync(name) }
        return journal.head(of: .connector(1))
    }
}

/// A directory that notes what is read, and that writes without waiting where the whole is made durable later.
private final class WatchedDisk: JournalStorage {
    private let disk: FileStorage
    private let isDurable: Bool
    private(set) var reads: [(name: String, offset: Int, count: Int)] = []

    init(_ disk: FileStorage, isDurable: Bool = true) {
        self.disk = disk
        self.isDurable = isDurable
    }

    var sectorBytes: Int { disk.sectorBytes }

    func read(_ name: String, at offset: Int, count: Int) throws(StorageFault) -> [UInt8] {
        reads.append((name, offset, count))
        return try disk.read(name, at: offset, count: count)
    }

    func write(_ bytes: [UInt8], to name: String, at offset: Int, durably: Bool) throws(StorageFault) {
        try disk.write(bytes, to: name, at: offset, durably: durably && isDurable)
    }

    func names() throws(StorageFault) -> [String] { try disk.names() }
    func byteCount(of name: String) throws(StorageFault) -> Int { try disk.byteCount(of: name) }
    func create(_ name: String) throws(StorageFault) { try disk.create(name) }
    func sync(_ name: String) throws(StorageFault) { try disk.sync(name) }
    func rename(_ name: String, to newName: String) throws(StorageFault) { try disk.rename(name, to: newName) }
    func remove(_ name: String) throws(StorageFault) { try disk.remove(name) }
    func syncDirectory() throws(StorageFault) { try disk.syncDirectory() }
}
