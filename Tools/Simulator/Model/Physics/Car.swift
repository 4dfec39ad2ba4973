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
    /// Draws what it can, however little is offered.
    public var overdraws = false
    /// The diode in its pilot circuit.
    public var hasDiode = true
    /// It asks for ventilation (state D instead of C).
    public var needsVentilation = false
    /// Its pilot circuit is a fixed resistor of 882 Ω: state C from plugging in to unplugging, and at most 10 A.
    public var isSimplified = false
    /// What wakes it before it asks for the first time.
    public var sleep = Sleep.never
    /// It closes and opens S2 in turns, whatever it is offered.
    public var toggle: Toggle?
    /// From a seen offer to S2.
    public var requestDelay = Nanoseconds.milliseconds(300)
    /// How fast its current rises, per second.
    public var rise = Milliamps(10_000)
    /// How fast its current falls, per second.
    public var fall = Milliamps(20_000)
    /// S2: the car asks for energy.
    public internal(set) var isRequesting = false
    /// It stopped since it has what it was to take.
    public internal(set) var isSatisfied = false
    /// It sleeps: it asks for nothing until something wakes it.
    public internal(set) var isAsleep = false
    /// What the charger offers it now.
    public internal(set) var offer = Milliamps.zero
    /// The true register at which it is satisfied.
    public private(set) var target: MilliwattHours?
    /// The current of each used phase in microamperes: a ramp's millisecond is less than a milliampere.
    var microamps: Int64 = 0
    var offeredSince: MonotonicInstant?
    /// Since when the pilot is what wakes it.
    var calledSince: MonotonicInstant?
    /// The offer before the present one was withdrawn: what a car that does not obey keeps drawing.
    var lastOffer = Milliamps.zero

    /// What wakes a sleeping car.
    public enum Sleep: String, CaseIterable, Sendable {
        /// It does not sleep.
        case never = "off"
        /// A pilot that is cut for a while (state E).
        case untilCut = "e"
        /// State F for a while.
        case untilF = "f"
    }

    /// S2 in turns.
    public struct Toggle: Equatable, Sendable {
        /// How long it is closed.
        public var closed: Nanoseconds
        /// How long it is open.
        public var open: Nanoseconds
        /// When it closed first.
        public var start: MonotonicInstant
    }

    /// The most that a simplified car draws.
    public static let simplifiedLimit = Milliamps(10_000)
    /// How long a cut pilot or state F takes to wake a car.
    public static let wakingTime = Nanoseconds.seconds(1)

    /// No car.
    public init() {}

    /// The current of each used phase.
    public var current: Milliamps { Milliamps(Int32(microamps / 1_000)) }

    /// What the pilot circuit shows.
    public var level: PilotLevel {
        guard isPlugged else { return .a }
        guard isRequesting || isSimplified else { return .b }
        return needsVentilation ? .d : .c
    }

    /// Plugs in; a new session with the battery's wish as it stands.
    public mutating func plug() {
        isPlugged = true
        isSatisfied = false
        isAsleep = sleep != .never
        offeredSince = nil
        calledSince = nil
    }

    /// Lets it sleep from now on until something wakes it.
    public mutating func fallAsleep(until sleep: Sleep) {
        self.sleep = sleep
        isAsleep = sleep != .never
        calledSince = nil
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
}
