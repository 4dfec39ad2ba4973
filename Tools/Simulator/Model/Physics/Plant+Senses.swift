public import ChargeControl
public import Quantities

/// What the charger's board senses of the plant, faults included.
extension Plant {
    /// The pilot's peaks at the charger's terminal, as the sampler sees them.
    public var pilotPeaks: (high: Millivolts, low: Millivolts) {
        let level = sensing.pilot == .open ? PilotLevel.a : car.level
        let peaks = EVPilot.halfWaves(of: level, under: drive.pilot, diode: car.hasDiode)
        if let glitch = sensing.glitch { return (glitch.level, min(peaks.low, glitch.level)) }
        switch sensing.pilot {
        case .faithful, .open: return peaks
        case .level(let high): return (high, isSteady ? high : peaks.low)
        case .short: return (.zero, .zero)
        }
    }

    /// Whether the generator puts out a steady level.
    private var isSteady: Bool {
        if case .pwm = drive.pilot { return false }
        return true
    }

    /// The auxiliary contact: closed, open, or `nil` for unknown.
    public var auxiliaryContact: Bool? { sensed(contactor.isClosed, sensing.auxiliary) }

    /// The voltage behind the contactor: live, dead, or `nil` for unknown.
    public var loadVoltage: Bool? { sensed(contactor.isClosed && mains.isLive, sensing.loadVoltage) }

    /// The proximity contact's resistance; 1 MΩ with no plug or a broken wire.
    public var proximity: Ohms {
        guard car.isPlugged else { return Ohms(1_000_000) }
        switch sensing.proximity {
        case .ohms(let ohms): return ohms
        case .open: return Ohms(1_000_000)
        case .short: return .zero
        }
    }

    private func sensed(_ truth: Bool, _ fault: PlantSensing.Contact) -> Bool? {
        switch fault {
        case .faithful: truth
        case .off: false
        case .on: true
        case .unknown: nil
        }
    }

    /// The letter of a level.
    public static func letter(_ level: PilotLevel) -> String {
        switch level {
        case .a: "A"
        case .b: "B"
        case .c: "C"
        case .d: "D"
        case .e: "E"
        case .f: "F"
        case .invalid: "invalid"
        }
    }

    /// A generator's output in words: `x1`, a high time in nanoseconds, `off`, `disconnected`.
    static func words(_ pilot: PilotCommand) -> String {
        switch pilot {
        case .x1: "x1"
        case .pwm(let highTime): "\(highTime.rawValue)"
        case .stateF: "off"
        case .stateE: "disconnected"
        }
    }
}
