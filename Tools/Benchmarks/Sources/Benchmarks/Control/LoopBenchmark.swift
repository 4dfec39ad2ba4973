import CBaselines
import Glibc
import Synchronization
import Threads

@testable import Firmware

/// How late the control thread is, beside a loop in C on the same processor at the same time.
///
/// Both have the same real-time priority and wake half a period apart, so that what disturbs the machine disturbs both. Of both
/// the lateness is from the moment that the loop itself had planned until it looks at its board.
enum LoopBenchmark {
    static let all = [
        Benchmark(
            name: "loop-lateness",
            summary: "how much later than planned the 5 ms loop looks at its board: p99.9, idle and under load",
            leavesOut:
                "a board's system calls; a kernel with PREEMPT_RT; a machine that is not shared: both loops are as late as it lets them",
            run: run)
    ]

    private static let period: Int64 = 5_000_000
    private static let priority: Int32 = 80
    /// Periods at the beginning in which both warm up.
    private static let warmUp = 100

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let idle = try figure("loop-lateness idle", conditions)
        let load = try ProcessorLoad(folder: conditions.folder)
        defer { load.stop() }
        return [idle, try figure("loop-lateness loaded", conditions)]
    }

    private static func figure(_ name: String, _ conditions: Benchmark.Conditions) throws -> Figure {
        // With --long, 11 times 25 s idle and as long under load.
        let periods = conditions.isLong ? 5_000 : 3_000
        let processors = Int32(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var (subject, baseline): ([Double], [Double]) = ([], [])
        var (ours, inC): ([Int64], [Int64]) = ([], [])
        var isRealTime = true
        for round in 0..<Int32(conditions.repetitions) {
            let pair = try sideBySide(periods: periods, processor: round % processors)
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
            against: "the same loop in C, on the same processor at the same time", aims: [.ratio(atMost: 1.1)],
            counts: counts)
        if !isRealTime { figure.lacks = "the kernel gave no real-time priority (SCHED_FIFO)" }
        return figure
    }

    /// So many periods of both at once: the nanoseconds that each was late, behind the first, in which both warm up.
    private static func sideBySide(
        periods: Int, processor: Int32
    ) throws -> (swift: [Int64], c: [Int64], isRealTime: Bool) {
        let loop = try PreparedLoop()
        let control = ControlThread()
        let isRealTime = try control.start { startedAt in
            _ = baselines_bind_thread(processor)
            return loop.make(startedAt)
        }
        defer { control.shutDown(.now) }
        usleep(useconds_t(period / 2_000))
        let bare = Mutex<[Int64]>([])
        let thread = try DedicatedThread.start(name: "loop-in-c", realTimePriority: priority) {
            _ = baselines_bind_thread(processor)
            var late = [Int64](repeating: 0, count: periods)
            _ = baselines_loop(period, Int64(periods), &late)
            bare.withLock { $0 = late }
        }
        let end = Patience.end + Int64(periods) * period
        try Patience.wait(until: end, for: "\(periods) periods of both loops") {
            loop.board.looks >= periods && bare.withLock { !$0.isEmpty }
        }
        control.shutDown(.now)
        try Patience.wait(for: "the end of the control thread") { control.hasEnded }
        control.join()
        thread.join()
        return (
            Array(try loop.lateness(of: periods).dropFirst(warmUp)),
            Array(bare.withLock { $0 }.dropFirst(warmUp)), isRealTime && thread.isRealTime
        )
    }
}
