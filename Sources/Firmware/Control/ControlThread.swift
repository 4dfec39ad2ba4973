import BoardIO
import CLinux
import ChargeControl
import Quantities
import Synchronization
import Threads

/// The thread that keeps the contactor honest: one period every 5 ms on the monotonic clock, real-time where allowed.
///
/// Missed periods are never made up: after a stall the plan starts again from now.
final class ControlThread: Sendable {
    /// The fixed period (ARCHITECTURE, "Threads").
    static let period = Nanoseconds.milliseconds(5)
    static let priority: Int32 = 80
    /// A soft shutdown that the core has not finished by then becomes a hard one.
    static let patience = Nanoseconds.seconds(30)
    /// A hard one ends after this long whatever the core still waits for; the contactor is open since its first period.
    static let hardPatience = Nanoseconds.seconds(3)

    private let request = Atomic<ShutdownRequest>(.none)
    private let thread = Mutex<DedicatedThread?>(nil)
    private let ended = Atomic<Bool>(false)
    /// How punctual the loop is.
    let timing = LoopTiming()

    /// Starts the loop; `make` builds it on its own thread.
    ///
    /// - Returns: whether it runs with real-time priority.
    func start(
        make: @escaping @Sendable (_ startedAt: MonotonicInstant) -> ControlLoop
    ) throws(FirmwareError) -> Bool {
        let thread = try DedicatedThread.started(name: "control", realTimePriority: Self.priority) { [self] in
            clinux_touch_stack()
            var loop = make(SystemClock.now())
            run(&loop)
            loop.end()
            ended.store(true, ordering: .releasing)
        }
        self.thread.withLock { $0 = thread }
        return thread.isRealTime
    }

    /// Asks for a shutdown; a later request never takes back an earlier one.
    func shutDown(_ wanted: ShutdownRequest) {
        if wanted == .now {
            request.store(.now, ordering: .releasing)
        } else {
            _ = request.compareExchange(expected: .none, desired: wanted, ordering: .acquiringAndReleasing)
        }
    }

    /// Whether the loop has ended; the outputs are safe then.
    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Waits until the loop has ended.
    func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }

    private func run(_ loop: inout ControlLoop) {
        var planned = SystemClock.now()
        var askedAt: MonotonicInstant?
        var hardSince: MonotonicInstant?
        while true {
            let now = SystemClock.now()
            let lateness = now - planned
            var wanted = request.load(ordering: .acquiring)
            if wanted != .none {
                let since = askedAt ?? now
                askedAt = since
                if now - since > Self.patience { wanted = .now }
            }
            if wanted == .now, hardSince == nil { hardSince = now }
            let isDone = loop.period(
                ControlPeriod(
                    now: now, lateness: max(lateness, .zero), shutdown: wanted, utc: SystemClock.plausibleUTC()))
            timing.note(lateness: lateness, step: SystemClock.now() - now)
            if wanted != .none, isDone { return }
            if let hardSince, now - hardSince > Self.hardPatience { return }
            planned = planned + Self.period
            if planned < SystemClock.now() { planned = SystemClock.now() + Self.period }
            SystemClock.sleep(until: planned)
        }
    }
}
