/// How a profile's register map came to be known.
public enum ProfileTrust: String, CaseIterable, Equatable, Sendable {
    /// From the vendor's own protocol document.
    case vendorDocument = "vendor-doc"
    /// Measured on a meter on the bench.
    case bench
    /// From projects that many people run.
    case community
    /// From hearsay: not for billing.
    case unverified

    /// One step less.
    var lowered: ProfileTrust {
        switch self {
        case .vendorDocument, .bench: .community
        case .community, .unverified: .unverified
        }
    }
}
