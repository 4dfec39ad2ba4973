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
    /// What the last rise and the last fall came to, each: a fall that succeeds does not hide a rise that did not.
    private let riseCode = Atomic<Int32>(0)
    private let fallCode = Atomic<Int32>(0)
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

    /// The line could not be written at its last rise or its last fall.
    var failure: BoardError? {
        let rise = riseCode.load(ordering: .relaxed)
        let code = rise != 0 ? rise : fallCode.load(ordering: .relaxed)
        return code == 0 ? nil : .device(call: "write", path: "line \"\(name)\"", errno: code)
    }

    var timing: PilotTiming? { measured.read() }

    /// Leaves the line high: x1.
    func stop() {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        thread.withLock { $0.take() }?.join()
        hold(true)
    }

    // MARK: The thread

    private func run() {
        var timing = PilotTiming()
        // The kernel may have refused the priority.
        timing.isRealTime = sched_getscheduler(0) == SCHED_FIFO
        var due = monotonicNow()
        while !stopping.load(ordering: .acquiring) {
            switch wanted.read() {
            case .x1: hold(true)
            case .off: hold(false)
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

    /// A level that stays: one write says all of it.
    private func hold(_ level: Bool) {
        let code = code(ofWriting: level)
        riseCode.store(code, ordering: .relaxed)
        fallCode.store(code, ordering: .relaxed)
    }

    private func write(_ level: Bool) {
        let code = code(ofWriting: level)
        if level { riseCode.store(code, ordering: .relaxed) } else { fallCode.store(code, ordering: .relaxed) }
    }

    private func code(ofWriting level: Bool) -> Int32 {
        let code = lines.write(level, to: handle)
        return code < 0 ? -code : 0
    }
}
