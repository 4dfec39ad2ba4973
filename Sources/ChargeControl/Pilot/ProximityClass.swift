public import Quantities

/// What the proximity contact of a plug in a type 2 socket says (IEC 61851-1 Annex B, IEC 62196).
///
/// Between two windows the lower current holds. Nothing unknown is a rating: no plug, a short, and what lies outside
/// every window carry no current.
public enum ProximityClass: Sendable, BitwiseCopyable, Equatable {
    /// Above 4.5 kΩ: no plug in the socket.
    case noPlug
    /// 1500 Ω.
    case rated13
    /// 680 Ω.
    case rated20
    /// 220 Ω.
    case rated32
    /// 100 Ω: 63 A three-phase (70 A single-phase is used as 63).
    case rated63
    /// Below 75 Ω: the contact is shorted.
    case short
    /// Between the windows and the two ends: no cable that the standard knows.
    case unknown

    /// The class of a resistance.
    @_noLocks
    public init(_ resistance: Ohms) {
        switch resistance.rawValue {
        case ..<75: self = .short
        case ..<80: self = .unknown
        case ...140: self = .rated63
        // 140 to 164: between 63 and 32 A the lower one.
        case ...308: self = .rated32
        case ...936: self = .rated20
        case ...2_460: self = .rated13
        case ...4_500: self = .unknown
        default: self = .noPlug
        }
    }

    /// What the cable carries, or `nil` where there is no known cable.
    @_noLocks
    public func rating() -> Milliamps? {
        switch self {
        case .rated13: Milliamps(13_000)
        case .rated20: Milliamps(20_000)
        case .rated32: Milliamps(32_000)
        case .rated63: Milliamps(63_000)
        case .noPlug, .short, .unknown: nil
        }
    }

    // Written out so that `@_noLocks` code may compare across files.
    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.noPlug, .noPlug), (.rated13, .rated13), (.rated20, .rated20), (.rated32, .rated32),
            (.rated63, .rated63), (.short, .short), (.unknown, .unknown):
            true
        default: false
        }
    }
}
