/// What a key of a root may sign for. A role that a root does not fill is nobody's: what it would sign is refused.
public enum TrustRole: UInt64, Hashable, Sendable, CaseIterable {
    /// The next root.
    case root = 1
    /// Firmware.
    case release = 2
    /// Certificates of technicians.
    case technicianAuthority = 3
    /// The enrolment of devices.
    case enrolment = 4

    /// The role's name on command lines and in messages.
    public var name: String {
        switch self {
        case .root: "root"
        case .release: "release"
        case .technicianAuthority: "tech-ca"
        case .enrolment: "enrol"
        }
    }
}
