/// What someone at the shell may do. Each role may do what those before it may.
public enum AccessRole: UInt8, CaseIterable, Comparable, Sendable {
    /// Not logged in: help, ident, login.
    case none = 0
    /// Looks.
    case viewer = 1
    /// Tests, clears, limits.
    case service = 2
    /// Calibration, enrolment, factory data.
    case commission = 3
    /// Keys.
    case vendor = 4

    /// In one word.
    public var name: String {
        switch self {
        case .none: "none"
        case .viewer: "viewer"
        case .service: "service"
        case .commission: "commission"
        case .vendor: "vendor"
        }
    }

    /// The role of a name.
    public init?(name: String) {
        guard let role = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
