public import Quantities

/// Faults of the board's senses: each overrides what is true.
public struct PlantSensing: Equatable, Sendable {
    /// What the pilot's sampler sees instead.
    public enum Pilot: Equatable, Sendable {
        case faithful
        /// A positive peak of this, with the true negative one.
        case level(Millivolts)
        /// A positive peak that moves, with the true negative one.
        case ramp(PilotRamp)
        /// Pilot to earth.
        case short
        /// A broken pilot wire: as if nothing were plugged in.
        case open
    }

    /// What a contact's sense says instead.
    public enum Contact: String, CaseIterable, Sendable {
        case faithful = "ok"
        case off
        case on
        case unknown
    }

    /// The proximity contact.
    public enum Proximity: Equatable, Sendable {
        case ohms(Ohms)
        case open
        case short
    }

    /// A level that the sampler sees until a moment.
    public struct Glitch: Equatable, Sendable {
        public var level: Millivolts
        public var until: MonotonicInstant
    }

    public var pilot = Pilot.faithful
    public var glitch: Glitch?
    public var noise = PilotNoise.none
    /// The mirror contact of the contactor of L1 and N.
    public var mirror = Contact.faithful
    /// The mirror contact of the contactor of L2 and L3.
    public var secondMirror = Contact.faithful
    /// The voltage behind the contactor, phase by phase.
    public var load = ThreePhases(all: Contact.faithful)
    /// The coil gate's read-back.
    public var gate = Contact.faithful
    /// The lock's feedback.
    public var lock = Contact.faithful
    /// The monitor of the protective conductor: on for present.
    public var earth = Contact.on
    /// The currents are measured.
    public var measuresCurrents = true
    /// The mains is measured.
    public var measuresMains = true
    /// The plugged cable's coding; 220 Ω is a cable of 32 A.
    public var proximity = Proximity.ohms(Ohms(220))
    public var board = TemperatureProbe()
    public var plug = TemperatureProbe()
    public var enclosureOpen = false
    public var supplyLow = false
    public var localReset = false
    public var emergencyStop = false

    /// Faithful senses.
    public init() {}
}
