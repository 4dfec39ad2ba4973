/// Why service mode, or a test in it, did not begin, or ended before its time.
public enum ServiceBar: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// It was left, or called off.
    case left
    /// Its ten minutes are over.
    case expired
    /// Whoever asked for it is not heard any more.
    case silent
    /// A car or a cable is there, or nobody has seen for 5 s that there is none.
    case car
    /// A session is open.
    case session
    /// A fault stands that forbids it.
    case fault
    /// The contactor is not proven open.
    case contactorNotOpen
    /// The firmware is ending.
    case shutdown
    /// Service mode does not stand.
    case notInService
    /// Longer than its limit, or no time at all.
    case outsideLimit
    /// The control loop came late.
    case late
    /// Residual current, the emergency stop, the protective conductor, the enclosure or the board's supply.
    case tripped
    /// The charger is too hot.
    case heat
    /// Current flows though no car is there.
    case load
    /// A feedback contradicts what was told, or cannot be seen.
    case feedback
    /// The residual-current monitor is being tested.
    case residualTest
    /// The board has no such part, no feedback of it, or may not drive it.
    case unequipped
    /// The lock is not seen open.
    case lockNotOpen

    /// In a few words.
    public var words: StaticString {
        switch self {
        case .left: "it was left or called off"
        case .expired: "its ten minutes are over"
        case .silent: "whoever asked for it is not heard any more"
        case .car: "a car or a cable is there, or was within the last 5 s"
        case .session: "a session is open"
        case .fault: "a fault stands that forbids it"
        case .contactorNotOpen: "the contactor is not proven open"
        case .shutdown: "the firmware is ending"
        case .notInService: "service mode does not stand"
        case .outsideLimit: "it would take longer than its limit"
        case .late: "the control loop came late"
        case .tripped: "residual current, emergency stop, earth, enclosure or supply"
        case .heat: "the charger is too hot"
        case .load: "current flows though no car is there"
        case .feedback: "a feedback contradicts, or cannot be seen"
        case .residualTest: "the residual-current monitor is being tested"
        case .unequipped: "the board has no such part, no feedback of it, or may not drive it"
        case .lockNotOpen: "the lock is not seen open"
        }
    }
}
