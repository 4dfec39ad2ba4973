public import SignedRecords

/// Why a root is not believed.
public enum RootFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are no deterministic CBOR of the known fields.
    case malformed(CBORError)
    /// A field has a value that is not allowed.
    case field(String, expected: String)
    /// Nobody may sign for this role.
    case roleNotFilled(version: UInt32, role: String)
    /// Another version than the one that comes next, or than the file's name says.
    case version(expected: UInt32, found: UInt32)
    /// The signatures are not those of the root role of one of the two roots.
    case notSigned(version: UInt32, by: UInt32, SignatureFault)
    /// Its time is over, by a clock that may be believed.
    case expired(version: UInt32, since: UTCMilliseconds)
    /// The device has accepted a newer root than it still has.
    case lost(expected: UInt32, found: UInt32)

    /// What is wrong with the signatures.
    public enum SignatureFault: Equatable, Sendable {
        case tooFew(expected: Int, found: Int)
        case unfit(keyID: String)
    }

    public var description: String {
        switch self {
        case .malformed(let error): "root: \(error)"
        case .field(let field, let expected): "root, \(field): expected \(expected)"
        case .roleNotFilled(let version, let role): "root \(version): nobody fills the role \(role)"
        case .version(let expected, let found): "root: expected version \(expected), found \(found)"
        case .notSigned(let version, let signer, .tooFew(let expected, let found)):
            "root \(version): expected \(expected) signatures of root \(signer)'s keys, found \(found)"
        case .notSigned(let version, let signer, .unfit(let keyID)):
            "root \(version): the signature of root \(signer)'s key \(keyID) does not fit"
        case .expired(let version, let since):
            "root \(version): expired at \(since.rawValue) ms since 1970; a newer root is needed"
        case .lost(let expected, let found): "root \(expected) was accepted once, and only root \(found) is there"
        }
    }
}
