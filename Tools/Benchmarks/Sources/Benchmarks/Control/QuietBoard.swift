import BoardIO
import Glibc
import Quantities
import Synchronization

/// A board without a car on which nothing happens, and that counts how often it is looked at: once a period. The control thread
/// alone calls it.
final class QuietBoard: Board, @unchecked Sendable {
    private let counted = Atomic<Int>(0)
    private var next = BoardSample()

    init() {
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

    /// How many periods have looked at it; from any thread.
    var looks: Int { counted.load(ordering: .acquiring) }

    var profile: BoardProfile { fatalError("the loop asks for no profile") }
    func start() throws(BoardError) {}
    func stop() {}
    func report() -> BoardReport { BoardReport() }
    func apply(_ outputs: BoardOutputs) {}
    func pulseGate() {}
    func openContactor() {}

    /// The pilot's sample bears the moment of the look.
    func sample() -> BoardSample {
        next.at = MonotonicInstant(nanoseconds: Stopwatch.wall.now())
        next.pilotAt = next.at
        next.number += 1
        counted.add(1, ordering: .releasing)
        return next
    }
}
