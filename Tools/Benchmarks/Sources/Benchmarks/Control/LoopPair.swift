import CBaselines
import Glibc
import Synchronization
import Threads

@testable import Firmware

/// The control thread and the same loop in C, on one processor at one time.
///
/// Both have the same real-time priority and wake half a period apart, so that what disturbs the machine disturbs both.
final class LoopPair: Sendable {
    static let period: Int64 = 5_000_000
    private static let priority: Int32 = 80

    /// Whether the kernel gave both the priority.
    let isRealTime: Bool
    private let periods: Int
    private let loop: PreparedLoop
    private let control: ControlThread
    private let thread: DedicatedThread
    private let bare: Lines

    /// What the loop in C has written down; empty until it has ended.
    private final class Lines: Sendable {
        let late = Mutex<[Int64]>([])
    }

    /// Starts both for so many periods.
    init(periods: Int, processor: Int32) throws {
        let (loop, control, bare) = (try PreparedLoop(), ControlThread(), Lines())
        let isOursRealTime = try control.start { startedAt in
            _ = baselines_bind_thread(processor)
            return loop.make(startedAt)
        }
        usleep(useconds_t(Self.period / 2_000))
        do {
            thread = try DedicatedThread.start(name: "loop-in-c", realTimePriority: Self.priority) {
                _ = baselines_bind_thread(processor)
                var late = [Int64](repeating: 0, count: periods)
                _ = baselines_loop(Self.period, Int64(periods), &late)
                bare.late.withLock { $0 = late }
            }
        } catch {
            control.shutDown(.now)
            throw error
        }
        isRealTime = isOursRealTime && thread.isRealTime
        (self.periods, self.loop, self.control, self.bare) = (periods, loop, control, bare)
    }

    /// Whether both have had all of their periods.
    var hasRun: Bool { loop.board.looks >= periods && bare.late.withLock { !$0.isEmpty } }

    /// Ends both, whether they have run or not.
    func stop() throws {
        control.shutDown(.now)
        try Patience.wait(for: "the end of the control thread") { control.hasEnded }
        control.join()
        thread.join()
    }

    /// The nanoseconds that each was late in each period; both are to have stopped.
    func lateness() throws -> (swift: [Int64], c: [Int64]) {
        (try loop.lateness(of: periods), bare.late.withLock { $0 })
    }
}
