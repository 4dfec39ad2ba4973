import Quantities

/// Who limits the current (at most 16), in the order in which limits are applied. The last five are the machine's own; nothing overrides
/// them, and the cable's is the last of all.
public enum LimitSource: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// The session's grant.
    case session
    /// This connector's share of a supply that several use.
    case loadSharing
    /// The owner.
    case owner
    /// A technician, and the settings that he has made for good.
    case technician
    /// A schedule: off-peak windows, randomised starts.
    case schedule
    /// The grid operator, or the mains meter that guards the supply.
    case grid
    /// The installer's commissioned limit.
    case installer
    /// The heat of the electronics and of the plug.
    case temperature
    /// What one phase may carry while only one is closed.
    case phase
    /// The charger's own rating.
    case hardware
    /// The cable: tethered, or by its proximity contact.
    case cable

    /// Where the source stands in the order.
    @_noLocks
    public func position() -> Int { Int(unsafeBitCast(self, to: UInt8.self)) }

    /// The source at a position of the order.
    @_noLocks
    static func at(_ position: Int) -> LimitSource {
        invariant(position >= 0 && position < count, "a limit source is one of the order")
        return unsafeBitCast(UInt8(position), to: LimitSource.self)
    }

    /// How many there are.
    static var count: Int { @_noLocks get { LimitSource.cable.position() + 1 } }

    /// In one word or two.
    public var words: StaticString {
        switch self {
        case .session: "session"
        case .loadSharing: "load sharing"
        case .owner: "owner"
        case .technician: "technician"
        case .schedule: "schedule"
        case .grid: "grid"
        case .installer: "installer"
        case .temperature: "temperature"
        case .phase: "phase"
        case .hardware: "hardware"
        case .cable: "cable"
        }
    }
}
