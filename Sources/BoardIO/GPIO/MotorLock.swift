import Quantities
import Synchronization
import Threads

/// A plug lock that a motor moves over an H-bridge: one line closes, the other opens, a contact says whether it is locked.
///
/// A thread of its own looks and drives, so that no other device of the board can make a pulse longer by keeping the board's thread
/// waiting. Its feedback counts for `staleAfter`; a thread that hangs leaves an unknown lock. One that hangs within a pulse does not
/// make it longer either: whoever asks for the lock ends the pulse that is overdue. Nothing is driven before the first wish.
final class MotorLock: PlugLock {
    private let lines: any GPIOLines
    private let bridge: LockBridge
    private let feedback: LineHandle
    private let times: GPIOWiring.LockMotorTimes
    private let counts: BoardCounts
    private let wish = Atomic<Wish>(.none)
    /// When the pulse began that may still stand, in nanoseconds of the monotonic clock; 0: both lines were written inactive.
    private let pulseSince = Atomic<Int64>(0)
    private let isFailing = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let ended = Atomic<Bool>(false)
    private let looked = LatestValue(Look(state: .unknown, at: MonotonicInstant(nanoseconds: .min / 2)))
    private let thread = Mutex<DedicatedThread?>(nil)

    private enum Wish: UInt8, AtomicRepresentable {
        /// Nobody has said yet whether the plug may be live.
        case none
        case open
        case locked
    }

    private struct Look: BitwiseCopyable, Sendable {
        var state: LockState
        var at: MonotonicInstant
    }

    /// Between two looks.
    static let interval = Nanoseconds.milliseconds(5)
    /// An older look says nothing about the present.
    static let staleAfter = Nanoseconds.milliseconds(250)
    /// How much longer than its time a pulse may stand before another thread ends it.
    static let tolerance = Nanoseconds.milliseconds(50)

    /// Requests the feedback, and starts the thread.
    ///
    /// - Parameter bridge: requested inactive by `BoardLines`, before anything that may fail or hang.
    init(
        _ times: GPIOWiring.LockMotorTimes, _ bridge: LockBridge, _ wiring: GPIOWiring, _ lines: any GPIOLines,
        counts: BoardCounts
    ) throws(BoardError) {
        self.lines = lines
        self.times = times
        self.bridge = bridge
        self.counts = counts
        guard let line = wiring.lines[.lockFeedback] else {
            invariantBroken("a profile with a lock motor names its feedback")
        }
        feedback = try lines.requestInput(line)
        let running = try DedicatedThread.driver("lock", priority: GPIOBoard.samplingPriority) { [unowned self] in run()
        }
        thread.withLock { $0 = running }
    }

    func write(locked: Bool) -> Bool {
        wish.store(locked ? .locked : .open, ordering: .relaxed)
        return endOverduePulse() && !isFailing.load(ordering: .relaxed)
    }

    func state() -> LockState {
        _ = endOverduePulse()
        let look = looked.read()
        return monotonicNow() - look.at <= Self.staleAfter ? look.state : .unknown
    }

    /// Ends a pulse at once, frees the plug by a last one where the last wish was an open lock, and leaves both lines inactive.
    /// Waits for a look that hangs, without current.
    func stop() {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = put(.off)
        while !ended.load(ordering: .acquiring) {
            _ = endOverduePulse()
            sleep(until: monotonicNow() + Self.interval)
        }
        thread.withLock { $0.take() }?.join()
        _ = put(.off)
    }

    /// Writes both lines inactive where a pulse has stood too long, since the thread that should have ended it hangs. Answers whether
    /// none has. A line that is written inactive from here and from the thread at once is inactive.
    private func endOverduePulse() -> Bool {
        let since = pulseSince.load(ordering: .acquiring)
        guard since != 0, monotonicNow() - MonotonicInstant(nanoseconds: since) > times.pulse + Self.tolerance else {
            return true
        }
        _ = put(.off)
        return false
    }

    // MARK: The thread

    private func run() {
        var motor = LockMotor(pulse: times.pulse, pause: times.pause)
        while !stopping.load(ordering: .acquiring) {
            turn(&motor)
            sleep(until: monotonicNow() + Self.interval)
        }
        _ = put(.off)
        if wish.load(ordering: .relaxed) == .open { free() }
        ended.store(true, ordering: .releasing)
    }

    private func turn(_ motor: inout LockMotor) {
        let state = look()
        let wish = wish.load(ordering: .relaxed)
        // A look that hung may have come back into a stop.
        guard wish != .none, !stopping.load(ordering: .acquiring) else {
            isFailing.store(!put(.off), ordering: .relaxed)
            return
        }
        drive(&motor, locked: wish == .locked, state)
    }

    /// What follows of a look; what the motor does now.
    @discardableResult
    private func drive(_ motor: inout LockMotor, locked: Bool, _ state: LockState) -> LockMotor.Drive {
        let wasJammed = motor.isJammed
        let drive = motor.drive(locked: locked, feedback: state, at: monotonicNow())
        if motor.isJammed, !wasJammed {
            counts.note(write: .lockJammed(locked: locked, milliseconds: times.pulse.wholeMilliseconds))
        }
        // Before the line: whatever hangs from here on, the pulse has its end.
        if let since = motor.pulseSince { pulseSince.store(since.nanoseconds, ordering: .releasing) }
        let isWritten = put(drive)
        if drive == .off, isWritten { pulseSince.store(0, ordering: .releasing) }
        isFailing.store(!isWritten, ordering: .relaxed)
        return drive
    }

    /// The last pulse: the plug is free, or the pulse was in vain.
    private func free() {
        var motor = LockMotor(pulse: times.pulse, pause: times.pause)
        sleep(until: monotonicNow() + times.pause)
        while drive(&motor, locked: false, look()) != .off { sleep(until: monotonicNow() + Self.interval) }
    }

    private func look() -> LockState {
        let state: LockState =
            switch lines.read(feedback) {
            case 0: .unlocked
            case 1: .locked
            default: .unknown
            }
        looked.publish(Look(state: state, at: monotonicNow()))
        return state
    }

    /// Writes both lines, the inactive one first: they never stand active together, not even where one cannot be written.
    private func put(_ drive: LockMotor.Drive) -> Bool {
        let (active, resting) =
            drive == .closing ? (bridge.closing, bridge.opening) : (bridge.opening, bridge.closing)
        let rests = lines.write(false, to: resting) == 0
        let isActive = drive != .off && rests
        let isWritten = lines.write(isActive, to: active) == 0
        return rests && isWritten
    }
}
