import BoardIO
import CBaselines
import ChargeControl
import FlightRecorder
import Glibc
import Quantities
import Synchronization
import Threads

@testable import Firmware

/// How late the control thread is, beside a loop in C on the same processor at the same time.
///
/// Both have the same real-time priority and wake half a period apart, so that what disturbs the machine disturbs both.
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
    private static let warmUp = 100

    private static func run(_ conditions: Benchmark.Conditions) throws -> [Figure] {
        let idle = try figure("loop-lateness idle", conditions)
        let load = try ProcessorLoad(folder: conditions.folder)
        defer { load.stop() }
        return [idle, try figure("loop-lateness loaded", conditions)]
    }

    private static func figure(_ name: String, _ conditions: Benchmark.Conditions) throws -> Figure {
        let periods = conditions.isLong ? 12_000 : 3_000
        let processors = Int32(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var (subject, baseline): ([Double], [Double]) = ([], [])
        var (all, bare): ([Int64], [Int64]) = ([], [])
        var isRealTime = true
        for round in 0..<Int32(conditions.repetitions) {
            let pair = try sideBySide(periods: periods, processor: round % processors)
            isRealTime = isRealTime && pair.isRealTime
            subject.append(Lateness.percentile(pair.swift, 0.999))
            baseline.append(Lateness.percentile(pair.c, 0.999))
            all += pair.swift
            bare += pair.c
        }
        let kept: [(String, Double)] = [
            ("periods", Double(all.count)), ("real-time priority", isRealTime ? 1 : 0),
            ("median ns", Lateness.percentile(all, 0.5)), ("median ns in C", Lateness.percentile(bare, 0.5)),
            ("p99 us", Lateness.percentile(all, 0.99) / 1e3), ("p99 us in C", Lateness.percentile(bare, 0.99) / 1e3),
            ("p99.9 us of all", Lateness.percentile(all, 0.999) / 1e3),
            ("p99.9 us of all in C", Lateness.percentile(bare, 0.999) / 1e3),
            ("worst us", Lateness.percentile(all, 1) / 1e3), ("worst us in C", Lateness.percentile(bare, 1) / 1e3),
        ]
        return Figure(
            name, .time(.wall), Pairing(subject: subject, baseline: baseline),
            against: "the same loop in C, on the same processor at the same time", aims: [.ratio(atMost: 1.1)],
            counts: kept)
    }

    /// Of all periods behind the first, in which both warm up.
    private static func lateness(_ begun: [Int64]) -> [Int64] {
        Array(Lateness.of(begun, period: period).dropFirst(warmUp))
    }

    /// So many periods of both at once.
    private static func sideBySide(
        periods: Int, processor: Int32
    ) throws -> (swift: [Int64], c: [Int64], isRealTime: Bool) {
        let board = NotingBoard(places: periods)
        let loop = try PreparedLoop(board)
        let control = ControlThread()
        let isRealTime = try control.start { startedAt in
            _ = baselines_bind_thread(processor)
            return loop.make(startedAt)
        }
        usleep(useconds_t(period / 2_000))
        let bare = Mutex<[Int64]>([])
        let thread = try DedicatedThread.start(name: "loop-in-c", realTimePriority: priority) {
            _ = baselines_bind_thread(processor)
            var begun = [Int64](repeating: 0, count: periods)
            _ = baselines_loop(period, Int64(periods), &begun)
            bare.withLock { $0 = begun }
        }
        while !board.isFull { usleep(20_000) }
        control.shutDown(.now)
        control.join()
        thread.join()
        return (
            lateness(board.all), lateness(bare.withLock { $0 }), isRealTime && thread.isRealTime
        )
    }
}

/// What the control thread's loop is made of, before there is a thread.
private struct PreparedLoop: Sendable {
    private let setup: ConnectorLoop.Setup
    private let bell: WakeUp

    init(_ board: NotingBoard) throws {
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(32_000), phases: 3, cable: .tethered(rating: Milliamps(32_000)),
            meterPollPeriod: .seconds(1), simulatedBoard: true)
        let header = FlightHeader(
            connector: 1, firmware: VersionText(FirmwareVersion.text.utf8),
            beginning: ControllerBeginning(configuration))
        setup = ConnectorLoop.Setup(
            number: 1, ring: FlightRing(header: header), askForRecording: {}, board: board, queues: ControlQueues(),
            limits: ConnectorLimits(), registerRefresh: .zero)
        bell = try WakeUp()
    }

    func make(_ startedAt: MonotonicInstant) -> ControlLoop {
        ControlLoop(
            connectors: [setup], supply: nil, gridFailSafe: nil, requests: HandoverQueue<ControlRequest>(capacity: 64),
            bell: bell, startedAt: startedAt)
    }
}
