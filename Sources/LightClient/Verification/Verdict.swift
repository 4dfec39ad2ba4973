/// What one verification step says.
public enum Verdict: Equatable, Sendable {
    /// The block is as good as the trusted one.
    case success
    /// Too few of the trusted validators signed: ask for a height in between.
    case notEnoughTrust
    /// The trusted state is too old to conclude anything from it: a new anchor is needed.
    case expired
    /// The block is refused, whatever lies in between.
    case invalid(LightClientError)
}

extension Verdict: CustomStringConvertible {
    /// `success`, `not-enough-trust`, `expired`, or `invalid: REASON`.
    public var description: String {
        switch self {
        case .success: return "success"
        case .notEnoughTrust: return "not-enough-trust"
        case .expired: return "expired"
        case .invalid(let reason): return "invalid: \(reason)"
        }
    }
}
