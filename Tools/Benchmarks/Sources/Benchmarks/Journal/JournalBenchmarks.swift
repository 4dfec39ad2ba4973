import Glibc
import Journal
import SignedRecords

/// The journal on a real disk: each record durable before the next.
enum JournalBenchmarks {
    static let all = [
        Benchmark(
            name: "journal", summary: "append one tick, durable when it returns",
            leavesOut: "what the disk itself writes beneath (block-device bytes)", run: append)
    ]

    private static func append(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let device = try SampleDevice()
        let each = max(conditions.operations / conditions.repetitions, 20)
        let ticks = try device.ticks(each * conditions.repetitions)
        let journal = try Journal(directory: try folder(conditions, "append"))
        try journal.append(device.genesis)
        try journal.append(device.begin)
        let before = journal.statistics
        let bare = try BareWrites(path: conditions.folder + "/bare-\(getpid())", count: ticks.count)
        defer { bare.remove() }
        let pairing = try Pairing.ofRuns(conditions.repetitions) { round in
            Spread(
                try (round * each..<(round + 1) * each).map { index in
                    let start = Stopwatch.wall.now()
                    try journal.append(ticks[index])
                    return Double(Stopwatch.wall.now() - start)
                }
            ).median
        } baseline: { round in
            try bare.measure(round * each..<(round + 1) * each)
        }
        let after = journal.statistics
        let records = Double(after.records - before.records)
        guard after.records - before.records == UInt64(ticks.count), journal.head(of: .connector(1)) == ticks.last?.head
        else { throw BenchmarkFailed("the journal does not hold what was appended") }
        return [
            Figure(
                "journal", .time(.wall), pairing, against: bare.name, aims: [.ratio(atMost: 1.3)],
                counts: [
                    ("records", records), ("bytes a record", Double(after.frameBytes - before.frameBytes) / records),
                    ("flushes a record", Double(after.flushes - before.flushes) / records),
                ])
        ]
    }

    static func folder(_ conditions: Benchmark.Conditions, _ name: String) throws -> String {
        let path = conditions.folder + "/journal-\(name)-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchmarkFailed("\(path): mkdir failed with errno \(errno)") }
        return path
    }
}
