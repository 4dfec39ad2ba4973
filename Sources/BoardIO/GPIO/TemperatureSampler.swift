import Quantities
import Synchronization
import Threads

/// The board's temperature sensors on a thread of their own: some files take most of a second to read, and one that hangs must not
/// keep the pilot's samples waiting.
final class TemperatureSampler: Sendable {
    /// What the sensors said last.
    struct Reading: BitwiseCopyable, Sendable {
        var board: DeciCelsius?
        var plug: DeciCelsius?
        var at: MonotonicInstant
    }

    private let board: (any TemperatureSensor)?
    private let plug: (any TemperatureSensor)?
    private let counts: BoardCounts
    private let latest: LatestValue<Reading>
    private let hasRead = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<DedicatedThread?>(nil)

    /// Temperatures move slowly.
    static let interval = Nanoseconds.milliseconds(500)
    /// An older reading says nothing about the present: the sensor hangs.
    static let staleAfter = Nanoseconds.seconds(3)
    /// A start waits so long for the first reading, which most files give in less: without one the core would offer little at first.
    static let startPatience = Nanoseconds.seconds(1)
    /// How soon a stop is noticed.
    private static let patience = Nanoseconds.milliseconds(20)

    /// Starts the thread, and waits for its first reading, at most `startPatience`: a sensor that hangs stops no start.
    init(board: (any TemperatureSensor)?, plug: (any TemperatureSensor)?, counts: BoardCounts) throws(BoardError) {
        self.board = board
        self.plug = plug
        self.counts = counts
        latest = LatestValue(Reading(board: nil, plug: nil, at: monotonicNow()))
        let running = try DedicatedThread.driver("temperature") { [unowned self] in run() }
        thread.withLock { $0 = running }
        let deadline = monotonicNow() + Self.startPatience
        while !hasRead.load(ordering: .acquiring), monotonicNow() < deadline {
            sleep(until: monotonicNow() + .milliseconds(1))
        }
    }

    /// The newest reading, without what is too old to be believed.
    func reading(at now: MonotonicInstant) -> Reading {
        let reading = latest.read()
        guard now - reading.at <= Self.staleAfter else { return Reading(board: nil, plug: nil, at: reading.at) }
        return reading
    }

    /// Ends the thread; waits for a sensor that is just being read.
    func stop() {
        stopping.store(true, ordering: .releasing)
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        var due = monotonicNow()
        while !stopping.load(ordering: .acquiring) {
            let now = monotonicNow()
            if now >= due {
                latest.publish(Self.read(board, plug, counts))
                hasRead.store(true, ordering: .releasing)
                due = monotonicNow() + Self.interval
            }
            sleep(until: min(due, now + Self.patience))
        }
    }

    /// The moment is that before the reading: one that took long is old.
    private static func read(
        _ board: (any TemperatureSensor)?, _ plug: (any TemperatureSensor)?, _ counts: BoardCounts
    ) -> Reading {
        let begin = monotonicNow()
        return Reading(board: read(board, counts), plug: read(plug, counts), at: begin)
    }

    private static func read(_ sensor: (any TemperatureSensor)?, _ counts: BoardCounts) -> DeciCelsius? {
        do throws(BoardError) {
            return try sensor?.temperature()
        } catch {
            counts.note(read: error)
            return nil
        }
    }
}
