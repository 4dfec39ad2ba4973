/// Why a login is refused.
public enum LoginRefusal: Error, Equatable, Sendable {
    /// No answer, challenge or code of the right shape.
    case malformed(String)
    /// No certificate of the right shape: what was expected.
    case certificate(String)
    /// No challenge stands: none was asked for, or it was used or is too old.
    case noChallenge
    /// No authority is configured, or this is none of them.
    case unknownAuthority
    /// The certificate's signature is not its authority's.
    case notSigned
    /// The certificate is for other devices.
    case otherDevice
    /// The device's time lies before or behind the certificate's.
    case notYetValid
    case expired
    /// A later epoch revoked it.
    case oldEpoch(found: UInt32, least: UInt32)
    /// Its number is denied.
    case denied(serial: UInt64)
    /// It does not grant the role that was asked for.
    case roleNotGranted(AccessRole)
    /// The answer is not signed by the certificate's key for the challenge that stands.
    case wrongAnswer
    /// The code is not the one that the back office has.
    case wrongCode
    /// No code can be asked for: the device has no key for it.
    case noPhoneKey
    /// After failed logins: so long to wait.
    case wait(seconds: Int64)
    /// Where the port was opened from decides the role.
    case fixedRole
}

extension LoginRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let expected): "expected \(expected)"
        case .certificate(let expected): "certificate: expected \(expected)"
        case .noChallenge: "no challenge stands; login asks for one"
        case .unknownAuthority: "the certificate's authority is not known here"
        case .notSigned: "the certificate is not signed by its authority"
        case .otherDevice: "the certificate is for other devices"
        case .notYetValid: "the certificate is not valid yet"
        case .expired: "the certificate has expired"
        case .oldEpoch(let found, let least): "the certificate is of epoch \(found), expected at least \(least)"
        case .denied(let serial): "certificate \(serial) is denied"
        case .roleNotGranted(let role): "the certificate does not grant the role \(role.name)"
        case .wrongAnswer: "the answer is not signed for this challenge"
        case .wrongCode: "wrong code"
        case .noPhoneKey: "this device takes no codes"
        case .wait(let seconds): "failed logins: wait \(seconds) s"
        case .fixedRole: "the role on this port is fixed"
        }
    }
}
