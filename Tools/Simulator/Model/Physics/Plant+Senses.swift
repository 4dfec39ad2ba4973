public import ChargeControl
public import Quantities

/// What the charger's board senses of the plant, faults included.
extension Plant {
    /// The pilot's peaks at the charger's terminal now.
    public var pilotPeaks: (high: Millivolts, low: Millivolts) {
        let peaks = quietPeaks
        return (peaks.high + sensing.noise.high, peaks.low + (isSteady ? sensing.noise.high : sensing.noise.low))
    }

    private var quietPeaks: (high: Millivolts, low: Millivolts) {
        let level = sensing.pilot == .open ? PilotLevel.a : car.level
        let peaks = EVPilot.halfWaves(of: level, under: drive.pilot, diode: car.hasDiode)
        if let glitch = sensing.glitch { return (glitch.level, min(peaks.low, glitch.level)) }
        switch sensing.pilot {
        case .faithful, .open: return peaks
        case .level(let high): return (high, isSteady ? high : peaks.low)
        case .ramp(let ramp):
            let high = ramp.level(at: now)
            return (high, isSteady ? high : peaks.low)
        case .short: return (.zero, .zero)
        }
    }

    /// The newest sample of the pilot: one each millisecond, unless the sampler stands still.
    public var pilotSample: PilotSample {
        if let stopped = stoppedSample { return stopped }
        let peaks = pilotPeaks
        return PilotSample(high: peaks.high, low: peaks.low, at: now)
    }

    /// Whether the generator puts out a steady level.
    private var isSteady: Bool {
        if case .pwm = drive.pilot { return false }
        return true
    }

    /// The mirror contact of the contactor of L1 and N: closed, open, or `nil` for unknown.
    public var mirrorContact: Bool? { Self.sensed(contactor.mirrorIsClosed, sensing.mirror) }

    /// The mirror contact of the contactor of L2 and L3.
    public var secondMirrorContact: Bool? { Self.sensed(secondContactor.mirrorIsClosed, sensing.secondMirror) }

    /// The voltage behind the contactor on the phase at this place, 0 to 2: live, dead, or `nil` for unknown.
    public func loadVoltage(_ place: Int) -> Bool? { Self.sensed(isLoadLive(place), sensing.load[place]) }

    /// The coil gate's read-back: held, dropped, or `nil` for unknown.
    public var gateReadback: Bool? { Self.sensed(gate.isHeld(at: now), sensing.gate) }

    /// The lock's feedback: locked, unlocked, or `nil` for unknown.
    public var lockFeedback: Bool? { Self.sensed(lock.isLocked, sensing.lock) }

    /// The protective conductor: present, missing, or `nil` for unknown.
    public var earthPresent: Bool? { Self.sensed(true, sensing.earth) }

    /// The proximity contact's resistance; 1 MΩ with no plug or a broken wire.
    public var proximity: Ohms {
        guard car.isPlugged else { return Ohms(1_000_000) }
        switch sensing.proximity {
        case .ohms(let ohms): return ohms
        case .open: return Ohms(1_000_000)
        case .short: return .zero
        }
    }

    private static func sensed(_ truth: Bool, _ fault: PlantSensing.Contact) -> Bool? {
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
