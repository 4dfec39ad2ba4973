import Glibc
import Quantities
import Synchronization
import Threads

/// The pilot from a thread that moves a GPIO line: for the bench, where no PWM reaches the plug.
///
/// The kernel promises no edge in time, so the thread measures each one after it was written, and tells (`timing`). A rise is due
/// once a millisecond; the fall is due a high time after the rise that was, so that a late rise moves the pulse and does not
/// shorten it. A change begins with a period: no pulse is cut.
final class SoftwarePilot: PilotGenerator {
    /// Above what samples (`GPIOBoard.samplingPriority`), below the control thread: what opens the contactor comes first.
    private static let priority: Int32 = 75

    private let lines: any GPIOLines
    private let handle: LineHandle
    private let name: String
    private let wanted = LatestValue(PilotOutput.x1)
    private let measured = LatestValue(PilotTiming())
    private let failureCode = Atomic<Int32>(0)
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Requests the line, high (x1), and starts the thread.
    init(line: GPIOLine, over lines: any GPIOLines) throws(BoardError) {
        self.lines = lines
        name = line.text
        handle = try lines.requestOutput(line, initially: true)
        let running = try DedicatedThread.driver("pilot", priority: Self.priority) { [unowned self] in run() }
        thread.withLock { $0 = running }
    }

    func generate(_ output: PilotOutput) throws(BoardError) {
        try output.requireRange()
        wanted.publish(output)
        if let failure { throw failure }
    }

    /// The line could not be written at the last edge.
    var failure: BoardError? {
        let code = failureCode.load(ordering: .relaxed)
        return code == 0 ? nil : .device(call: "write", path: "line \"\(name)\"", errno: code)
    }

    var timing: PilotTiming? { measured.read() }

    /// Leaves the line high: x1.
    func stop() {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        thread.withLock { $0.take() }?.join()
        write(true)
    }

    // MARK: The thread

    private func run() {
        var timing = PilotTiming()
        // The kernel may have refused the priority.
        timing.isRealTime = sched_getscheduler(0) == SCHED_FIFO
        var due = monotonicNow()
        while !stopping.load(ordering: .acquiring) {
            switch wanted.read() {
            case .x1: write(true)
            case .off: write(false)
            case .pwm(let highTime): timing.note(pulse(highTime, due: due))
            }
            measured.publish(timing)
            due = due + PilotOutput.period
            let now = monotonicNow()
            if due < now {
                timing.skippedPeriods += UInt64((now - due).rawValue / PilotOutput.period.rawValue) + 1
                due = now
            }
            sleep(until: due)
        }
    }

    private func pulse(_ highTime: Nanoseconds, due: MonotonicInstant) -> PilotTiming.Pulse {
        write(true)
        let rose = monotonicNow()
        sleep(until: rose + highTime)
        write(false)
        return PilotTiming.Pulse(lateness: rose - due, error: monotonicNow() - rose - highTime)
    }

    private func write(_ level: Bool) {
        let code = lines.write(level, to: handle)
        failureCode.store(code < 0 ? -code : 0, ordering: .relaxed)
    }
}
