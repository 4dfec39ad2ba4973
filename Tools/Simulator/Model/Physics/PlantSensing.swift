public import Quantities

/// Faults of the board's senses: each overrides what is true.
public struct PlantSensing: Equatable, Sendable {
    /// What the pilot's sampler sees instead.
    public enum Pilot: Equatable, Sendable {
        case faithful
        /// A positive peak of this, with the true negative one.
        case level(Millivolts)
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

    public var pilot = Pilot.faithful
    /// A level that the sampler sees until this moment.
    public var glitch: (level: Millivolts, until: MonotonicInstant)?
    public var auxiliary = Contact.faithful
    public var loadVoltage = Contact.faithful
    /// The plugged cable's coding; 220 Ω is a cable of 32 A.
    public var proximity = Proximity.ohms(Ohms(220))
    public var temperature: DeciCelsius? = DeciCelsius(250)
    public var emergencyStop = false

    /// Faithful senses.
    public init() {}

    public static func == (left: Self, right: Self) -> Bool {
        left.pilot == right.pilot && left.glitch?.level == right.glitch?.level
            && left.glitch?.until == right.glitch?.until && left.auxiliary == right.auxiliary
            && left.loadVoltage == right.loadVoltage && left.proximity == right.proximity
            && left.temperature == right.temperature && left.emergencyStop == right.emergencyStop
    }
}
