import ChargeControl
import Quantities

// Outputs are only collected: replay compares words, and names the first that differs. A choice is the place of its case in
// its declaration, so that a new case needs no line here.
extension FieldCoder {
    /// Every field of an output; of its records only how many there are. A field that `ControlOutput` or `DisplayState`
    /// gains is added here and nowhere else.
    @_noLocks
    mutating func note(_ output: ControlOutput) {
        enter("output")
        notePilot(output.pilot)
        flag(output.contactorEnable, "contactorEnable")
        flag(output.gatePulseAllowed, "gatePulseAllowed")
        note(output.phases, "phases")
        flag(output.lock, "lock")
        flag(output.residualTest, "residualTest")
        flag(output.ventilation, "ventilation")
        flag(output.faultRaised, "faultRaised")
        flag(output.shutdownComplete, "shutdownComplete")
        enter("demand")
        flag(output.demand.wants, "wants")
        word(Int64(output.demand.most.rawValue), "most")
        word(Int64(output.demand.inUse.rawValue), "inUse")
        noteDisplay(output.display)
        note(output.service)
        enter("output")
        word(Int64(output.records.count), "records")
    }

    @_noLocks
    private mutating func notePilot(_ pilot: PilotCommand) {
        var kind = Int64(0)
        var highTime = Int64(0)
        switch pilot {
        case .x1: kind = 0
        case .pwm(let time):
            kind = 1
            highTime = time.rawValue
        case .stateF: kind = 2
        case .stateE: kind = 3
        }
        word(kind, "pilot")
        word(highTime, "pilotHighTime")
    }

    @_noLocks
    private mutating func noteDisplay(_ display: DisplayState) {
        enter("display")
        noteLevel(display.level)
        flag(display.isPowered, "isPowered")
        word(Int64(unsafeBitCast(display.phase, to: UInt8.self)), "phase")
        word(Int64(display.offered.rawValue), "offered")
        word(Int64(display.limit.current.rawValue), "limit.current")
        word(Int64(display.limit.limit.rawValue), "limit.limit")
        word(Int64(display.limit.source.position()), "limit.source")
        var reason = display.limit.reason
        code(&reason, "limit.reason")
        word(display.energy.rawValue, "energy")
        var fault = display.fault
        code(&fault, "fault")
        word(Int64(bitPattern: display.faults.bits), "faults")
        note(display.phases, "phases")
        word(Int64(display.session), "session")
        word(Int64(unsafeBitCast(display.service, to: UInt8.self)), "service")
        noteWear(display.wear)
    }

    /// The contactor's life, five words.
    @_noLocks
    mutating func noteWear(_ wear: ContactorWear) {
        var wear = wear
        code(&wear)
    }

    /// The contactor's life, five words.
    @_noLocks
    mutating func code(_ wear: inout ContactorWear) {
        code(&wear.operations, "wear.operations")
        code(&wear.openingsUnderLoad, "wear.openingsUnderLoad")
        code(&wear.switchedSquareAmpereMilliseconds, "wear.switchedSquareAmpereMilliseconds")
        code(&wear.closingTime, "wear.closingTime")
        code(&wear.openingTime, "wear.openingTime")
    }

    @_noLocks
    private mutating func flag(_ value: Bool, _ name: StaticString) { word(value ? 1 : 0, name) }

    @_noLocks
    private mutating func note(_ mode: PhaseMode, _ name: StaticString) {
        var mode = mode
        code(&mode, name)
    }

    @_noLocks
    private mutating func noteLevel(_ level: PilotLevel?) {
        var number = Int64(0)
        if let level { number = Int64(unsafeBitCast(level, to: UInt8.self)) + 1 }
        word(number, "level")
    }
}
