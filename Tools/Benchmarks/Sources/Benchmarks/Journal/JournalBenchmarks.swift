import Glibc
import Journal
import LoopDisk
import SignedRecords

/// The journal on a real disk: each record durable before the next.
enum JournalBenchmarks {
    static let all = [
        Benchmark(
            name: "journal", summary: "append one tick, durable when it returns; in a burst, and at a charger's pace",
            leavesOut:
                "signing; the file system's own commits, which a loop device in memory keeps out of the block device's counts",
            run: append)
    ]

    /// What is promised of a record: bytes and flushes at the block device, doubled by the anchor
    /// where nothing follows for a second.
    private static let (bytes, flushes) = (520.0, 1.01)
    /// Long enough for the disk and the processor to be at rest.
    private static let pause: useconds_t = 30_000

    private static func append(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let device = try BenchDevice()
        let each = max(conditions.operations / conditions.repetitions, 40)
        let ticks = try device.ticks(each * Pairing.rounds(conditions.repetitions))
        let journal = try Journal(directory: try folder(conditions, "append"))
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let bare = try BareWrites(path: conditions.folder + "/bare-\(getpid())", count: ticks.count)
        defer { bare.remove() }
        let database = try BareDatabase(path: conditions.folder + "/rows-\(getpid()).sqlite")
        let before = journal.statistics
        var rows: [Double] = []
        let pairing = try Pairing.ofRuns(conditions.repetitions) { round in
            try median(ticks[round * each..<(round + 1) * each], operation: { try journal.append($0) })
        } baseline: { round in
            rows.append(
                try median(ticks[round * each..<(round + 1) * each], operation: { try database.insert($0.message) }))
            return try bare.measure(round * each..<(round + 1) * each)
        }
        let after = journal.statistics
        guard after.records - before.records == UInt64(ticks.count), journal.head(of: .connector(1)) == ticks.last?.head
        else { throw BenchmarkFailed("the journal does not hold what was appended") }
        let records = Double(ticks.count)
        let burst = Figure(
            "journal", .time(.wall), pairing, against: bare.name, aims: [.ratio(atMost: 1.3)],
            counts: [
                ("records", records), ("frame bytes a record", Double(after.frameBytes - before.frameBytes) / records),
                ("flushes a record", Double(after.flushes - before.flushes) / records),
            ])
        let against = Figure(
            "journal and SQLite", .time(.wall),
            Pairing(subject: pairing.subject, baseline: Array(rows.dropFirst(Pairing.warmUps))),
            against: BareDatabase.name, aims: [])
        return [burst, against, try paced(device, conditions)] + (try atDevice(device, conditions))
    }

    /// A record behind a pause, as a charger has them. The anchor that the pause ends with is written, too; nobody waits for it.
    private static func paced(_ device: BenchDevice, _ conditions: Benchmark.Conditions) throws -> Figure {
        let each = 12
        let ticks = try device.ticks(each * Pairing.rounds(conditions.repetitions))
        let journal = try Journal(directory: try folder(conditions, "paced"))
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let bare = try BareWrites(path: conditions.folder + "/paced-\(getpid())", count: ticks.count)
        defer { bare.remove() }
        let pairing = try Pairing.ofRuns(conditions.repetitions) { round in
            try median(
                ticks[round * each..<(round + 1) * each],
                after: {
                    try journal.anchor()
                    usleep(pause)
                }, operation: { try journal.append($0) })
        } baseline: { round in
            try bare.measure(round * each..<(round + 1) * each, pause: pause)
        }
        return Figure(
            "journal paced", .time(.wall), pairing, against: "\(bare.name), each behind such a pause",
            aims: [.ratio(atMost: 1.3)],
            counts: [("records", Double(ticks.count)), ("pause us", Double(pause))])
    }

    /// What reaches the block device, by the kernel's counters: on a device of its own, so that nothing else is counted.
    private static func atDevice(_ device: BenchDevice, _ conditions: Benchmark.Conditions) throws -> [Figure] {
        guard LoopDisk.isAvailable else {
            conditions.omissions.note("bytes and flushes at the block device, burst and paced", because: LoopDisk.need)
            return []
        }
        let ticks = try device.ticks(1_000)
        return try withDisk(conditions) { disk in
            [
                try counted("journal burst bytes", on: disk, device, ticks, times: 1) { journal, tick in
                    try journal.append(tick)
                },
                try counted("journal paced bytes", on: disk, device, ticks, times: 2) { journal, tick in
                    try journal.append(tick)
                    // What a pause of a second ends with.
                    try journal.anchor()
                },
            ]
        }
    }

    /// Runs `body` with a disk of its own, in memory where there is room. Tools/bench detaches and removes it where this process
    /// is killed.
    private static func withDisk<Value>(
        _ conditions: Benchmark.Conditions, _ body: (LoopDisk) throws -> Value
    ) throws -> Value {
        let shared = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : conditions.folder
        let place = "\(shared)/wattseal-benchmark-\(getpid())"
        guard mkdir(place, 0o700) == 0 else { throw BenchmarkFailed("\(place): mkdir failed with errno \(errno)") }
        let disk: LoopDisk
        do {
            disk = try LoopDisk(megabytes: 64, in: place)
        } catch {
            _ = try Program.output(["rm", "-r", place])
            throw error
        }
        let outcome = Result { try body(disk) }
        do {
            try disk.detach()
        } catch {
            // What is still mounted is not removed: that would empty the disk, and leave the mount.
            var words = "\(place) is left behind: \(error)"
            if case .failure(let earlier) = outcome { words += "; before that: \(earlier)" }
            throw BenchmarkFailed(words)
        }
        _ = try Program.output(["rm", "-r", place])
        return try outcome.get()
    }

    private static func counted(
        _ name: String, on disk: LoopDisk, _ device: BenchDevice, _ ticks: [SignedRecord], times: Double,
        _ append: (Journal, SignedRecord) throws -> Void
    ) throws -> Figure {
        let words = name.map { $0 == " " ? "-" : String($0) }.joined()
        let journal = try Journal(directory: "\(disk.path)/\(words)")
        try journal.append(device.genesis)
        try journal.append(device.begin)
        try disk.settle()
        let start = try disk.counters()
        for tick in ticks { try append(journal, tick) }
        let cost = try disk.counters() - start
        let records = Double(ticks.count)
        let database = try BareDatabase(path: "\(disk.path)/\(words).sqlite")
        try disk.settle()
        let earlier = try disk.counters()
        for tick in ticks { try database.insert(tick.message) }
        let rows = try disk.counters() - earlier
        return Figure(
            name, .bytes, Pairing(subject: [Double(cost.bytes) / records], baseline: [Double(rows.bytes) / records]),
            against: BareDatabase.name,
            aims: [.subject(atMost: times * bytes), .count("flushes a record", atMost: times * flushes)],
            counts: [
                ("flushes a record", Double(cost.flushes) / records),
                ("requests a record", Double(cost.writes) / records),
                ("flushes a row", Double(rows.flushes) / records),
            ])
    }

    /// The median of what each record takes, in nanoseconds of the wall clock; what comes before it is not timed.
    private static func median(
        _ records: ArraySlice<SignedRecord>, after preparation: () throws -> Void = {},
        operation: (SignedRecord) throws -> Void
    ) rethrows -> Double {
        Spread(
            try records.map { record in
                try preparation()
                let start = Stopwatch.wall.now()
                try operation(record)
                return Double(Stopwatch.wall.now() - start)
            }
        ).median
    }

    static func folder(_ conditions: Benchmark.Conditions, _ name: String) throws -> String {
        let path = conditions.folder + "/journal-\(name)-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
        return path
    }
}
