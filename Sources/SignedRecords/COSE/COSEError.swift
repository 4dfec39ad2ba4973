/// Why bytes are not a COSE_Sign1 message of this system, or why its signature does not count.
public enum COSEError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not tag 18 around an array of four (RFC 9052 section 4.2).
    case notSign1(offset: Int)
    /// The protected header is not exactly `{1: -8}`.
    case wrongProtectedHeader
    /// The unprotected header is not empty.
    case unprotectedHeaderNotEmpty
    /// A part is malformed CBOR or has the wrong type or length.
    case part(CBORError)
    /// The message is longer than a decoder accepts.
    case tooLong(limit: Int, found: Int)
    /// The public key is not a usable Ed25519 key.
    case invalidKey
    /// The signature does not belong to this message, key and context.
    case signatureMismatch
    /// The signing library failed.
    case signingFailed

    public var description: String {
        switch self {
        case .notSign1(let offset): return "not a COSE_Sign1 message at byte \(offset)"
        case .wrongProtectedHeader: return "the protected header is not {1: -8}"
        case .unprotectedHeaderNotEmpty: return "the unprotected header is not empty"
        case .part(let error): return "COSE_Sign1: \(error)"
        case .tooLong(let limit, let found): return "a COSE_Sign1 message of \(found) bytes; at most \(limit) are taken"
        case .invalidKey: return "the public key is not a usable Ed25519 key"
        case .signatureMismatch: return "the signature does not match"
        case .signingFailed: return "signing failed"
        }
    }

    /// The same with its offset counted from further back: what was decoded started so many bytes into a whole.
    public func moved(by bytes: Int) -> COSEError {
        switch self {
        case .notSign1(let offset): return .notSign1(offset: offset + bytes)
        case .part(.malformed(let fault, let offset)): return .part(.malformed(fault, offset: offset + bytes))
        default: return self
        }
    }
}
