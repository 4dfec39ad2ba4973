public import ChargeControl
public import Quantities

/// A car: what its pilot circuit shows and what its charger draws.
///
/// It asks for energy (closes S2) a moment after it sees an offer, draws what the offer and its own limit allow along a
/// ramp, and stops the same way: ramps down, then opens S2.
public struct Car: Equatable, Sendable {
    /// The plug is in.
    public private(set) var isPlugged = false
    /// The driver or the battery wants energy.
    public var wants = true
    /// The most that the car draws per phase.
    public var limit = Milliamps(32_000)
    /// The phases that it uses: 1 or 3.
    public var phases = 3
    /// Goes back to state B when the charger withdraws its offer; a car that does not obey draws on.
    public var obeys = true
    /// The diode in its pilot circuit.
    public var hasDiode = true
    /// It asks for ventilation (state D instead of C).
    public var needsVentilation = false
    /// From a seen offer to S2.
    public var requestDelay = Nanoseconds.milliseconds(300)
    /// How fast its current rises, per second.
    public var rise = Milliamps(10_000)
    /// How fast its current falls, per second.
    public var fall = Milliamps(20_000)
    /// S2: the car asks for energy.
    public private(set) var isRequesting = false
    /// It stopped since it has what it was to take.
    public private(set) var isSatisfied = false
    /// What the charger offers it now.
    public private(set) var offer = Milliamps.zero
    /// The true register at which it is satisfied.
    public private(set) var target: MilliwattHours?
    /// The current of each used phase in microamperes: a ramp's millisecond is less than a milliampere.
    private var microamps: Int64 = 0
    private var offeredSince: MonotonicInstant?
    /// The offer before the present one was withdrawn: what a car that does not obey keeps drawing.
    private var lastOffer = Milliamps.zero

    /// No car.
    public init() {}

    /// The current of each used phase.
    public var current: Milliamps { Milliamps(Int32(microamps / 1_000)) }

    /// What the pilot circuit shows.
    public var level: PilotLevel {
        guard isPlugged else { return .a }
        guard isRequesting else { return .b }
        return needsVentilation ? .d : .c
    }

    /// Plugs in; a new session with the battery's wish as it stands.
    public mutating func plug() {
        isPlugged = true
        isSatisfied = false
        offeredSince = nil
    }

    /// Pulls the plug: no current, no request.
    public mutating func unplug() {
        isPlugged = false
        isRequesting = false
        microamps = 0
        offeredSince = nil
        offer = .zero
    }

    /// Lets the car be satisfied when the plant's true register has reached this; `nil`: never.
    public mutating func setTarget(_ register: MilliwattHours?) {
        target = register
        isSatisfied = false
    }

    /// Steps to this moment: `pilot` is what the charger's generator puts out.
    public mutating func step(
        pilot: PilotCommand, isLive: Bool, register: MilliwattHours, at now: MonotonicInstant, over step: Nanoseconds
    ) {
        guard isPlugged else { return }
        if let target, register >= target { isSatisfied = true }
        read(pilot, at: now)
        let asks = wants && !isSatisfied && offer > .zero
        if asks, let offeredSince, now - offeredSince >= requestDelay { isRequesting = true }
        let goal: Milliamps
        if wants, !isSatisfied, isRequesting, isLive {
            goal = min(obeys ? offer : max(offer, lastOffer), limit)
        } else {
            goal = .zero
        }
        // Without voltage there is no current, however fast it went.
        if isLive { ramp(to: Int64(goal.rawValue) * 1_000, over: step) } else { microamps = 0 }
        let stops = !wants || isSatisfied || (offer == .zero && obeys)
        if stops, microamps == 0 { isRequesting = false }
    }

    private mutating func read(_ pilot: PilotCommand, at now: MonotonicInstant) {
        let allowance: Milliamps
        switch pilot {
        case .pwm(let highTime): allowance = DutyMeaning(highTime: highTime).allowance()
        case .x1, .stateE, .stateF: allowance = .zero
        }
        if allowance > .zero {
            if offer == .zero { offeredSince = now }
            lastOffer = allowance
        } else {
            offeredSince = nil
        }
        offer = allowance
    }

    private mutating func ramp(to goal: Int64, over step: Nanoseconds) {
        let milliseconds = step.wholeMilliseconds
        if microamps < goal {
            microamps = min(goal, microamps + Int64(rise.rawValue) * milliseconds)
        } else {
            microamps = max(goal, microamps - Int64(fall.rawValue) * milliseconds)
        }
    }
}
