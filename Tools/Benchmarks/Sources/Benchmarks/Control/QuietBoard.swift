import BoardIO
import Glibc
import Quantities
import Synchronization

/// A board without a car on which nothing happens, and that notes when it is looked at: once a period. The control thread alone
/// calls it until all places are filled.
final class NotingBoard: Board, @unchecked Sendable {
    private let moments: UnsafeMutablePointer<Int64>
    private let places: Int
    private let noted = Atomic<Int>(0)
    private var next = BoardSample()

    /// A board that notes so many periods.
    init(places: Int) {
        self.places = places
        moments = .allocate(capacity: places)
        moments.initialize(repeating: 0, count: places)
        next.inputsValid = true
        next.pilotValid = true
        next.pilotHigh = Millivolts(12_000)
        next.pilotLow = Millivolts(12_000)
        next.mirror = .open
        (next.loadL1, next.loadL2, next.loadL3) = (.dead, .dead, .dead)
        next.earth = .present
        next.gate = .held
        (next.enclosureOpen, next.supplyLow, next.emergencyStop) = (false, false, false)
        (next.residualDC, next.residualAC) = (false, false)
    }

    deinit { moments.deallocate() }

    /// Whether every place is filled.
    var isFull: Bool { noted.load(ordering: .acquiring) >= places }

    /// When each period looked at the board, in nanoseconds of the monotonic clock.
    var all: [Int64] { Array(UnsafeBufferPointer(start: moments, count: noted.load(ordering: .acquiring))) }

    var profile: BoardProfile { fatalError("the loop asks for no profile") }
    func start() throws(BoardError) {}
    func stop() {}
    func report() -> BoardReport { BoardReport() }
    func apply(_ outputs: BoardOutputs) {}
    func pulseGate() {}
    func openContactor() {}

    func sample() -> BoardSample {
        let now = Stopwatch.wall.now()
        let place = noted.load(ordering: .relaxed)
        if place < places {
            moments[place] = now
            noted.store(place + 1, ordering: .releasing)
        }
        next.number += 1
        next.at = MonotonicInstant(nanoseconds: now)
        next.pilotAt = next.at
        return next
    }
}
