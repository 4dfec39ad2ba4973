public import Crypto

/// The answer to a challenge: the role that is wanted, the certificate, the signature. 251 bytes, 336 characters of Base64:
/// it can be pasted into any terminal.
public struct LoginAnswer: Equatable, Sendable {
    /// Bytes of an answer.
    public static let byteCount = 1 + TechnicianCertificate.byteCount + 64

    public var role: AccessRole
    public var certificate: TechnicianCertificate
    /// Ed25519, 64 bytes, over `LoginChallenge.statement`.
    public var signature: [UInt8]

    /// Answers a challenge with the technician's key.
    public init(
        to challenge: LoginChallenge, role: AccessRole, certificate: TechnicianCertificate,
        key: Curve25519.Signing.PrivateKey
    ) throws {
        self.role = role
        self.certificate = certificate
        signature = Array(
            try key.signature(for: challenge.statement(role: role, certificate: certificate.hash)))
    }

    /// All 251 bytes.
    public func encoded() -> [UInt8] { [role.rawValue] + certificate.encoded() + signature }

    /// Reads an answer; nothing of it is believed yet.
    public init(decoding bytes: [UInt8]) throws(LoginRefusal) {
        guard bytes.count == Self.byteCount else {
            throw .malformed("an answer of \(Self.byteCount) bytes, found \(bytes.count)")
        }
        guard let role = AccessRole(rawValue: bytes[0]), role != .none else {
            throw .malformed("a role of 1 to 4, found \(bytes[0])")
        }
        self.role = role
        certificate = try TechnicianCertificate(decoding: Array(bytes[1..<1 + TechnicianCertificate.byteCount]))
        signature = Array(bytes[(1 + TechnicianCertificate.byteCount)...])
    }

    /// Whether the certificate's key signed it for this challenge.
    func isSigned(for challenge: LoginChallenge) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: certificate.publicKey) else {
            return false
        }
        return key.isValidSignature(
            signature, for: challenge.statement(role: role, certificate: certificate.hash))
    }
}
