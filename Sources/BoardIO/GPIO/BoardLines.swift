import Quantities
import Synchronization

/// The lines of a GPIO board, by what they do.
///
/// The contactor enable is requested first, and low: until then the pulse line is not touched, so a gate that was
/// dropped stays dropped while an enable could still stand. The phase relay comes next, at rest: L2 and L3 stay open
/// until the core asks for them. Then the lines of a lock's motor, which a killed process may have left under current: nothing
/// that can fail or hang comes before them. A lock on a line of its own is requested locked unless its contact says that it is
/// not: a process that was killed may have left it locked on a weld.
final class BoardLines: ContactorOutput, CoilGate, ContactorFeedback, ResidualMonitor, EmergencyStop, PlugLock,
    Ventilation, EarthMonitor, SupplyAndEnclosure, IndicatorLamps
{
    private let lines: any GPIOLines
    private let handles: Handles
    /// The lines of a lock's motor, which `MotorLock` drives; `nil` where none moves the lock.
    let lockBridge: LockBridge?
    private let gateLevel = Atomic<Bool>(false)
    /// Which of the momentary inputs keep their edges.
    private let keepsEdges: (stop: Bool, residualDC: Bool, residualAC: Bool)
    /// What their edges said; looked at by the board's thread alone.
    private let stopTrip = Mutex(HeldTrip())
    private let directTrip = Mutex(HeldTrip())
    private let alternatingTrip = Mutex(HeldTrip())

    private struct Handles: Sendable {
        var enable: LineHandle
        var phaseRelay: LineHandle?
        var gate: LineHandle?
        var pilotRelay: LineHandle?
        var lock: LineHandle?
        var residualTest: LineHandle?
        var ventilation: LineHandle?
        var availableLamp: LineHandle?
        var chargingLamp: LineHandle?
        var faultLamp: LineHandle?
        var pilotInvert: LineHandle?
        var mirror: LineHandle?
        var secondMirror: LineHandle?
        var loadL1: LineHandle?
        var loadL2: LineHandle?
        var loadL3: LineHandle?
        var earth: LineHandle?
        var enclosure: LineHandle?
        var supplyLow: LineHandle?
        var fan: LineHandle?
        var localReset: LineHandle?
        var gridRelease: LineHandle?
        var gridLimit: LineHandle?
        var stop: LineHandle?
        var residualDC: LineHandle?
        var residualAC: LineHandle?
        var lockFeedback: LineHandle?
        var gateReadback: LineHandle?
    }

    /// Requests the lines of the profile, outputs at their safe levels; not those of the pilot nor the lock motor's feedback, which
    /// their devices request.
    init(_ wiring: GPIOWiring, _ lines: any GPIOLines) throws(BoardError) {
        self.lines = lines
        keepsEdges = (
            wiring.lines[.emergencyStop]?.keepsEdges == true, wiring.lines[.residualDC]?.keepsEdges == true,
            wiring.lines[.residualAC]?.keepsEdges == true
        )
        func input(_ role: LineRole) throws(BoardError) -> LineHandle? {
            // A lock with a motor has its feedback to itself (`MotorLock`).
            if role == .lockFeedback, wiring.lockMotor != nil { return nil }
            guard let line = wiring.lines[role] else { return nil }
            return try lines.requestInput(line)
        }
        func output(_ role: LineRole, _ initially: Bool) throws(BoardError) -> LineHandle? {
            guard let line = wiring.lines[role] else { return nil }
            return try lines.requestOutput(line, initially: initially)
        }
        guard let enable = try output(.contactorEnable, false) else {
            invariantBroken("a profile of kind gpio names the contactor enable")
        }
        let phaseRelay = try output(.phaseRelay, false)
        let closing = try output(.lockMotorClose, false)
        let opening = try output(.lockMotorOpen, false)
        if let closing, let opening {
            lockBridge = LockBridge(closing: closing, opening: opening)
        } else {
            lockBridge = nil
        }
        let lockFeedback = try input(.lockFeedback)
        let isLocked = lockFeedback.map { lines.read($0) != 0 } ?? false
        handles = Handles(
            enable: enable, phaseRelay: phaseRelay,
            gate: try output(.coilGate, false), pilotRelay: try output(.pilotRelay, true),
            lock: try output(.plugLock, isLocked), residualTest: try output(.residualTest, false),
            ventilation: try output(.ventilation, false), availableLamp: try output(.availableLamp, false),
            chargingLamp: try output(.chargingLamp, false), faultLamp: try output(.faultLamp, false),
            pilotInvert: try output(.pilotInvert, false),
            mirror: try input(.contactorAuxiliary), secondMirror: try input(.secondAuxiliary),
            loadL1: try input(.loadVoltage), loadL2: try input(.loadVoltageL2), loadL3: try input(.loadVoltageL3),
            earth: try input(.earth), enclosure: try input(.enclosure), supplyLow: try input(.supplyLow),
            fan: try input(.fanFeedback), localReset: try input(.localReset),
            gridRelease: try input(.gridRelease), gridLimit: try input(.gridLimit),
            stop: try input(.emergencyStop), residualDC: try input(.residualDC), residualAC: try input(.residualAC),
            lockFeedback: lockFeedback, gateReadback: try input(.gateReadback))
    }

    func write(enable: Bool) -> Bool { lines.write(enable, to: handles.enable) == 0 }

    func write(phases: PhaseSelection) -> Bool { write(phases == .three, handles.phaseRelay) }

    func pulse() -> Bool {
        guard let gate = handles.gate else { return true }
        let next = !gateLevel.load(ordering: .relaxed)
        gateLevel.store(next, ordering: .relaxed)
        return lines.write(next, to: gate) == 0
    }

    func write(selfTest: Bool) -> Bool { write(selfTest, handles.residualTest) }

    func write(locked: Bool) -> Bool { write(locked, handles.lock) }

    /// Leaves the lock as it was wanted last.
    func stop() {}

    func write(pilotConnected: Bool) -> Bool { write(pilotConnected, handles.pilotRelay) }

    func write(ventilation: Bool) -> Bool { write(ventilation, handles.ventilation) }

    func write(indication: Indication) -> Bool {
        let lamps = indication.lamps
        let written = [
            write(lamps.available, handles.availableLamp), write(lamps.charging, handles.chargingLamp),
            write(lamps.fault, handles.faultLamp),
        ]
        return !written.contains(false)
    }

    func mirrorContact() -> ContactState { contact(handles.mirror) }

    func secondMirrorContact() -> ContactState { contact(handles.secondMirror) }

    func loadVoltage(phase: Int) -> SupplyState {
        switch level(phase == 1 ? handles.loadL1 : phase == 2 ? handles.loadL2 : handles.loadL3) {
        case true?: .live
        case false?: .dead
        case nil: .unknown
        }
    }

    func earth() -> EarthState {
        guard handles.earth != nil else { return .unknown }
        return level(handles.earth) == true ? .present : .missing
    }

    func fanRuns() -> Bool { level(handles.fan) == true }

    func resetIsPressed() -> Bool { level(handles.localReset) == true }

    /// Limited unless the releasing contact is closed and the limiting one, where there is one, is open: a wire that breaks, or
    /// one that is shorted beside the other's, never lifts the limit.
    func gridIsLimited() -> Bool {
        level(handles.gridRelease) != true || (handles.gridLimit != nil && level(handles.gridLimit) != false)
    }

    func state() -> LockState {
        switch level(handles.lockFeedback) {
        case true?: .locked
        case false?: .unlocked
        case nil: .unknown
        }
    }

    func gateState() -> GateState {
        switch level(handles.gateReadback) {
        case true?: .held
        case false?: .dropped
        case nil: .unknown
        }
    }

    /// A board without the contact is never stopped by it; one whose contact cannot be read answers `nil`.
    func isPressed() -> Bool? { momentaryLevel(handles.stop, keepsEdges.stop, stopTrip) }

    func supplyIsLow() -> Bool? { fittedLevel(handles.supplyLow) }

    func enclosureIsOpen() -> Bool? { fittedLevel(handles.enclosure) }

    func trippedOnDirectCurrent() -> Bool? {
        momentaryLevel(handles.residualDC, keepsEdges.residualDC, directTrip)
    }

    func trippedOnAlternatingCurrent() -> Bool? {
        momentaryLevel(handles.residualAC, keepsEdges.residualAC, alternatingTrip)
    }

    private func contact(_ handle: LineHandle?) -> ContactState {
        switch level(handle) {
        case true?: .closed
        case false?: .open
        case nil: .unknown
        }
    }

    private func write(_ level: Bool, _ handle: LineHandle?) -> Bool {
        guard let handle else { return true }
        return lines.write(level, to: handle) == 0
    }

    private func level(_ handle: LineHandle?) -> Bool? {
        guard let handle else { return nil }
        switch lines.read(handle) {
        case 0: return false
        case 1: return true
        default: return nil
        }
    }

    private func fittedLevel(_ handle: LineHandle?) -> Bool? { handle == nil ? false : level(handle) }

    /// More edges than the kernel keeps for a line.
    private static let edgesAtOnce = 32

    /// Active where it is active now or, on a line that keeps its edges, was lately; `nil` where that cannot be read.
    private func momentaryLevel(
        _ handle: LineHandle?, _ keepsEdges: Bool, _ trip: borrowing Mutex<HeldTrip>
    ) -> Bool? {
        guard keepsEdges, let handle else { return fittedLevel(handle) }
        var edge = LineEdge(at: MonotonicInstant(nanoseconds: 0), isActive: false)
        // A line that chatters faster than this loop is active, and the rest waits for the next look.
        for _ in 0..<Self.edgesAtOnce {
            let code = lines.nextEdge(handle, &edge)
            guard code >= 0 else { return nil }
            if code == 0 { break }
            let isActive = edge.isActive
            trip.withLock { $0.note(edgeTo: isActive) }
        }
        // Last, so that an edge behind the loop is seen in the level or waits for the next look.
        guard let level = level(handle) else { return nil }
        return trip.withLock { $0.look(found: level, at: monotonicNow()) }
    }
}
