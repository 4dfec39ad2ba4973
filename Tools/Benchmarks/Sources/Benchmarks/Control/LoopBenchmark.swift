import Glibc

/// How late the control thread is, beside a loop in C on the same processor at the same time.
///
/// Of both the lateness is from the moment that the loop itself had planned until it looks at its board. A round has a pair of
/// them on each of two processors: the more periods, the less the one in a thousand depends on which few were the latest.
enum LoopBenchmark {
    static let all = [
        Benchmark(
            name: "loop-lateness",
            summary: "how much later than planned the 5 ms loop looks at its board: p99.9, idle and under load",
            leavesOut:
                "a board's system calls; a kernel with PREEMPT_RT; a machine that is not shared: both loops are as late as it lets them",
            run: run)
    ]

    /// Periods at the beginning in which both warm up.
    private static let warmUp = 100

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let idle = try figure("loop-lateness idle", conditions)
        let load = try ProcessorLoad(folder: conditions.folder)
        defer { load.stop() }
        return [idle, try figure("loop-lateness loaded", conditions)]
    }

    private static func figure(_ name: String, _ conditions: Benchmark.Conditions) throws -> Figure {
        // 40 s a round: 7 of them idle and 7 under load take 10 minutes, with --long 11 and 11 take 15.
        let periods = 8_000
        let processors = Int32(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var (subject, baseline): ([Double], [Double]) = ([], [])
        var (ours, inC): ([Int64], [Int64]) = ([], [])
        var isRealTime = true
        for round in 0..<Int32(conditions.repetitions) {
            let pair = try sideBySide(
                periods: periods, processors: [2 * round % processors, (2 * round + 1) % processors])
            isRealTime = isRealTime && pair.isRealTime
            subject.append(Lateness(pair.swift).percentile(0.999))
            baseline.append(Lateness(pair.c).percentile(0.999))
            ours += pair.swift
            inC += pair.c
        }
        let (all, bare) = (Lateness(ours), Lateness(inC))
        var counts: [(name: String, value: Double)] = [
            ("periods", Double(ours.count)), ("real-time priority", isRealTime ? 1 : 0),
            ("median ns", all.percentile(0.5)), ("median ns in C", bare.percentile(0.5)),
        ]
        for (words, share) in [("p99 us", 0.99), ("p99.9 us of all", 0.999), ("worst us", 1.0)] {
            counts.append((words, all.percentile(share) / 1e3))
            counts.append((words + " in C", bare.percentile(share) / 1e3))
        }
        var figure = Figure(
            name, .time(.wall), Pairing(subject: subject, baseline: baseline),
            against: "the same loop in C, on the same processors at the same time", aims: [.ratio(atMost: 1.1)],
            counts: counts)
        if !isRealTime { figure.lacks = "the kernel gave no real-time priority (SCHED_FIFO)" }
        return figure
    }

    /// So many periods of both on each of these processors at once: the nanoseconds that they were late, behind the first
    /// periods, in which both warm up.
    private static func sideBySide(
        periods: Int, processors: Set<Int32>
    ) throws -> (swift: [Int64], c: [Int64], isRealTime: Bool) {
        var pairs: [LoopPair] = []
        let outcome = Result {
            for processor in processors { pairs.append(try LoopPair(periods: periods, processor: processor)) }
            let end = Patience.end + Int64(periods) * LoopPair.period
            try Patience.wait(until: end, for: "\(periods) periods of both loops") { pairs.allSatisfy(\.hasRun) }
        }
        for pair in pairs { try pair.stop() }
        try outcome.get()
        var (swift, c): ([Int64], [Int64]) = ([], [])
        for pair in pairs {
            let late = try pair.lateness()
            swift += late.swift.dropFirst(warmUp)
            c += late.c.dropFirst(warmUp)
        }
        return (swift, c, pairs.allSatisfy(\.isRealTime))
    }
}
