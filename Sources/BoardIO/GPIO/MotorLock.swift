import Quantities
import Synchronization
import Threads

/// A plug lock that a motor moves over an H-bridge: one line closes, the other opens, a contact says whether it is locked.
///
/// A thread of its own looks and drives, so that no other device of the board can make a pulse longer by keeping the board's thread
/// waiting. Its feedback counts for `staleAfter`; a thread that hangs leaves an unknown lock.
final class MotorLock: PlugLock {
    private let lines: any GPIOLines
    private let closing: LineHandle
    private let opening: LineHandle
    private let feedback: LineHandle
    private let times: GPIOWiring.LockMotorTimes
    private let counts: BoardCounts
    private let wanted = Atomic<Bool>(false)
    private let isFailing = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let looked = LatestValue(Look(state: .unknown, at: MonotonicInstant(nanoseconds: .min / 2)))
    private let thread = Mutex<DedicatedThread?>(nil)

    private struct Look: BitwiseCopyable, Sendable {
        var state: LockState
        var at: MonotonicInstant
    }

    /// Between two looks.
    static let interval = Nanoseconds.milliseconds(5)
    /// An older look says nothing about the present.
    static let staleAfter = Nanoseconds.milliseconds(250)

    /// Requests both lines, inactive, and the feedback, and starts the thread.
    init(
        _ times: GPIOWiring.LockMotorTimes, _ wiring: GPIOWiring, _ lines: any GPIOLines, counts: BoardCounts
    ) throws(BoardError) {
        self.lines = lines
        self.times = times
        self.counts = counts
        func line(_ role: LineRole) -> GPIOLine {
            guard let line = wiring.lines[role] else { invariantBroken("a profile with a lock motor names its lines") }
            return line
        }
        closing = try lines.requestOutput(line(.lockMotorClose), initially: false)
        opening = try lines.requestOutput(line(.lockMotorOpen), initially: false)
        feedback = try lines.requestInput(line(.lockFeedback))
        let running = try DedicatedThread.driver("lock", priority: GPIOBoard.samplingPriority) { [unowned self] in run()
        }
        thread.withLock { $0 = running }
    }

    func write(locked: Bool) -> Bool {
        wanted.store(locked, ordering: .relaxed)
        return !isFailing.load(ordering: .relaxed)
    }

    func state() -> LockState {
        let look = looked.read()
        return monotonicNow() - look.at <= Self.staleAfter ? look.state : .unknown
    }

    /// Ends a pulse at once, frees the plug by a last one, and leaves both lines inactive.
    func stop() {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        thread.withLock { $0.take() }?.join()
        _ = put(.off)
        free()
        _ = put(.off)
    }

    // MARK: The thread

    private func run() {
        var motor = LockMotor(pulse: times.pulse, pause: times.pause)
        while !stopping.load(ordering: .acquiring) {
            turn(&motor, locked: wanted.load(ordering: .relaxed))
            sleep(until: monotonicNow() + Self.interval)
        }
    }

    /// One look, and what follows of it; what the motor does now.
    @discardableResult
    private func turn(_ motor: inout LockMotor, locked: Bool) -> LockMotor.Drive {
        let state = read()
        looked.publish(Look(state: state, at: monotonicNow()))
        let wasJammed = motor.isJammed
        let drive = motor.drive(locked: locked, feedback: state, at: monotonicNow())
        if motor.isJammed, !wasJammed {
            counts.note(write: .lockJammed(locked: locked, milliseconds: times.pulse.wholeMilliseconds))
        }
        let isWritten = put(drive)
        isFailing.store(!isWritten, ordering: .relaxed)
        return drive
    }

    /// The last pulse: the plug is free, or the pulse was in vain.
    private func free() {
        var motor = LockMotor(pulse: times.pulse, pause: times.pause)
        sleep(until: monotonicNow() + times.pause)
        while turn(&motor, locked: false) != .off { sleep(until: monotonicNow() + Self.interval) }
    }

    private func read() -> LockState {
        switch lines.read(feedback) {
        case 0: .unlocked
        case 1: .locked
        default: .unknown
        }
    }

    /// Writes both lines, the inactive one first: they never stand active together, not even where one cannot be written.
    private func put(_ drive: LockMotor.Drive) -> Bool {
        let (active, resting) = drive == .closing ? (closing, opening) : (opening, closing)
        let rests = lines.write(false, to: resting) == 0
        let isActive = drive != .off && rests
        let isWritten = lines.write(isActive, to: active) == 0
        return rests && isWritten
    }
}
