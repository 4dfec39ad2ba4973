import BoardIO
import ChargeControl
import Quantities

/// A board in memory with a car, a contactor and a gate that answer what the loop puts out. Confined to the one thread of
/// the check.
final class CheckBoard: Board, @unchecked Sendable {
    /// What the car shows.
    var car = PilotLevel.a
    var emergencyStop = false
    var residual = false
    var localReset = false
    private(set) var isClosed = false

    private var outputs = BoardOutputs.safe
    private var closesIn = 0
    private var next = BoardSample()
    private var now = MonotonicInstant(nanoseconds: 0)

    var profile: BoardProfile { invariantBroken("the loop asks for no profile") }

    func start() throws(BoardError) {}
    func stop() {}
    func report() -> BoardReport { invariantBroken("the loop asks for no report") }

    /// The surroundings of the next period.
    func advance(to moment: MonotonicInstant) {
        now = moment
        // The contactor follows its coil after four periods.
        if outputs.contactorEnable == isClosed {
            closesIn = 4
        } else {
            closesIn -= 1
            if closesIn == 0 { isClosed = outputs.contactorEnable }
        }
    }

    func sample() -> BoardSample {
        let waves = EVPilot.halfWaves(of: car, under: command, diode: true)
        next.number += 1
        next.at = now
        next.inputsValid = true
        next.pilotHigh = waves.high
        next.pilotLow = waves.low
        next.pilotAt = now
        next.pilotValid = true
        next.mirror = isClosed ? .closed : .open
        let load: SupplyState = isClosed ? .live : .dead
        next.loadL1 = load
        next.loadL2 = load
        next.loadL3 = load
        next.earth = .present
        next.enclosureOpen = false
        next.supplyLow = false
        next.localReset = localReset
        next.emergencyStop = emergencyStop
        next.residualDC = false
        next.residualAC = residual
        next.gate = .held
        return next
    }

    func apply(_ outputs: BoardOutputs) { self.outputs = outputs }
    func pulseGate() {}
    func openContactor() { outputs.contactorEnable = false }

    private var command: PilotCommand {
        switch outputs.pilot {
        case .x1: outputs.pilotConnected ? .x1 : .stateE
        case .pwm(let highTime): .pwm(highTime)
        case .off: .stateF
        }
    }
}
