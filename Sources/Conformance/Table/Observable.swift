import ChargeControl
import Quantities

/// Something that can be seen of a charger from outside, true or false at each moment.
enum Observable: Sendable, Equatable {
    /// The enable line of the contactor's coil.
    case contactor(on: Bool)
    /// The contacts of the phases together, in the plant.
    case contacts(Snapshot.Contacts)
    case pilot(Pilot)
    /// The current that the duty cycle offers, in mA.
    case offer(Int32)
    case fault(FaultCode)
    case noFault(FaultCode)
    /// No row of the fault table stands.
    case faultless
    /// The plug, in the plant.
    case lock(locked: Bool)
    case phase(SessionPhase)
    /// The pilot's level as it is shown to people.
    case level(PilotLevel)
    /// Since the event such a record was asked for.
    case recorded(Record)
    case ended(StopReason)
    case latched(FaultCode)
    case cleared(FaultCode)
    case mode(PhaseMode)
    case ventilation(on: Bool)

    /// What the charger puts on the pilot.
    enum Pilot: String, Sendable, CaseIterable {
        case pwm, x1
        case f = "F"
        case e = "E"
        /// Anything but PWM.
        case dark
    }

    /// The kinds of records that cases ask for.
    enum Record: String, Sendable, CaseIterable {
        case begin, end, pause, resume, wear
        case selfTest = "self-test"
    }

    /// How it reads in a report, and in a table.
    var words: String {
        switch self {
        case .contactor(let on): on ? "contactor on" : "contactor off"
        case .contacts(let contacts): "contacts \(contacts.rawValue)"
        case .pilot(let pilot): "pilot \(pilot.rawValue)"
        case .offer(let milliamps): "offer \(milliamps)"
        case .fault(let code): "fault \(code.rawValue)"
        case .noFault(let code): "no fault \(code.rawValue)"
        case .faultless: "no fault"
        case .lock(let locked): locked ? "lock locked" : "lock unlocked"
        case .phase(let phase): "phase \(phase)"
        case .level(let level): "level \(Self.letter(level))"
        case .recorded(let record): "recorded \(record.rawValue)"
        case .ended(let reason): "ended \(reason)"
        case .latched(let code): "latched \(code.rawValue)"
        case .cleared(let code): "cleared \(code.rawValue)"
        case .mode(let mode): "mode \(mode)"
        case .ventilation(let on): on ? "ventilation on" : "ventilation off"
        }
    }

    static func letter(_ level: PilotLevel) -> String {
        switch level {
        case .invalid: "invalid"
        default: "\(level)".uppercased()
        }
    }

    /// Whether it is so.
    func holds(in snapshot: Snapshot) -> Bool {
        switch self {
        case .contactor(let on): snapshot.isEnabled == on
        case .contacts(let contacts): snapshot.contacts == contacts
        case .pilot(let wanted): Self.shows(snapshot.pilot, wanted)
        case .offer(let milliamps): snapshot.offered.rawValue == milliamps
        case .fault(let code): snapshot.faults.contains(code)
        case .noFault(let code): !snapshot.faults.contains(code)
        case .faultless: snapshot.faults.bits == 0
        case .lock(let locked): snapshot.isLocked == locked
        case .phase(let phase): snapshot.phase == phase
        case .level(let level): snapshot.level == level
        case .recorded(let record): snapshot.records.contains { $0.isKind(of: record) }
        case .ended(let reason): snapshot.records.contains { $0 == .end(reason) }
        case .latched(let code): snapshot.records.contains { $0 == .latched(code) }
        case .cleared(let code): snapshot.records.contains { $0 == .cleared(code) }
        case .mode(let mode): snapshot.mode == mode
        case .ventilation(let on): snapshot.ventilates == on
        }
    }

    private static func shows(_ pilot: PilotCommand, _ wanted: Pilot) -> Bool {
        switch (pilot, wanted) {
        case (.pwm, .pwm), (.x1, .x1), (.stateF, .f), (.stateE, .e): true
        case (.x1, .dark), (.stateF, .dark), (.stateE, .dark): true
        default: false
        }
    }
}
