import Glibc
import Journal
import SignedRecords

/// Opening journals of 10^3 to 10^6 records on a real disk, against reading the bytes that opening reads.
enum OpeningBenchmark {
    static let all = [
        Benchmark(
            name: "journal-open", summary: "open a journal of 10^3 to 10^6 ticks, read past the cache",
            leavesOut: "checking signatures, which opening does not do", run: open)
    ]

    /// The last is 123 segments of the usual length, the newest one full: the most that opening ever walks.
    private static let sizes: [UInt32] = [1_000, 10_000, 100_000, 1_007_000]
    private static let readingName = "reading the same bytes"
    private static let configuration = JournalConfiguration(maximumSegments: 160)

    private static func open(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        var points: [Figure.Point] = []
        var largest: Figure?
        for records in sizes {
            let figure = try figure(records, conditions)
            points.append(
                Figure.Point(
                    size: Double(records), subject: figure.subject.median, baseline: figure.baseline?.median ?? 0))
            largest = figure
        }
        largest?.curve = Figure.Curve(size: "records", baselineName: readingName, points: points)
        return largest.map { [$0] } ?? []
    }

    private static func figure(_ records: UInt32, _ conditions: Benchmark.Conditions) throws -> Figure {
        let path = try JournalBenchmarks.folder(conditions, "\(records)")
        defer { _ = try? Program.output(["rm", "-r", path]) }
        let head = try fill(path, records)
        var parts: [(name: String, offset: Int, count: Int)] = []
        var walked: UInt64 = 0
        func reopen() throws -> Double {
            let disk = try WatchedDisk(FileStorage.writer(directory: path))
            let time = try measure {
                let journal = try Journal(opening: disk, configuration: configuration)
                guard journal.head(of: .connector(1)) == head else { throw BenchmarkFailed("a head was lost") }
                walked = journal.statistics.walkedFrames
            }
            parts = disk.reads
            return time
        }
        // Warms up, and says what is read.
        _ = try reopen()
        let pairing = try Pairing.ofRuns(conditions.repetitions) { _ in
            try reopen()
        } baseline: { _ in
            let bare = try FileStorage.reader(directory: path)
            return try measure {
                for part in parts { consume(try bare.read(part.name, at: part.offset, count: part.count)) }
            }
        }
        let bytes = parts.reduce(0) { $0 + $1.count }
        return Figure(
            "journal-open", .time(.wall), pairing, against: readingName,
            aims: [.either(.subject(atMost: 200_000_000), .ratio(atMost: 1.2))],
            counts: [("records", Double(records)), ("frames walked", Double(walked)), ("bytes read", Double(bytes))])
    }

    private static func measure(_ work: () throws -> Void) rethrows -> Double {
        let start = Stopwatch.wall.now()
        try work()
        return Double(Stopwatch.wall.now() - start)
    }

    /// One session of so many ticks. Opening checks no signature, so theirs are any 64 bytes, and all are made durable at the
    /// end.
    private static func fill(_ path: String, _ records: UInt32) throws -> ChainHead? {
        let device = try BenchDevice()
        let disk = try WatchedDisk(FileStorage.writer(directory: path), isDurable: false)
        let journal = try Journal(opening: disk, configuration: configuration)
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let signature = [UInt8](repeating: 0x5A, count: 64)
        var previous = device.begin.hash
        var group: [SignedRecord] = []
        for index in 1...records {
            let signed = try SignableRecord(device.tick(index, behind: previous)).signed(signature)
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
