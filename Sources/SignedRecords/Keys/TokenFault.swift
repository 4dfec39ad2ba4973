/// Why keys in a PKCS#11 token cannot be used.
public enum TokenFault: Hashable, Sendable, CustomStringConvertible {
    /// The module cannot be loaded.
    case moduleNotLoaded(path: String, reason: String)
    /// The module loads, and refuses to start.
    case moduleNotInitialised(path: String, code: UInt32)
    /// No token with this label is plugged in.
    case missing(label: String)
    /// Several tokens have this label.
    case ambiguous(label: String, count: Int)
    /// The token cannot make or use keys of this kind.
    case unsupported(label: String, mechanism: String)
    /// The token does not take the PIN.
    case wrongPIN(label: String)
    /// The token takes no PIN any more.
    case lockedPIN(label: String)
    /// One attempt is left, and is not spent.
    case finalAttempt(label: String)
    /// The PIN file is empty or too long.
    case invalidPIN(path: String)
    /// A key is there more than once, lacks its other half, or can leave the token.
    case unfitKey(label: String, epoch: UInt32, what: String)
    /// A maker's key is there more than once, lacks its other half, or can leave the token.
    case unfitSigningKey(label: String, key: String, what: String)
    /// Another call failed.
    case call(String, code: UInt32)

    public var description: String {
        switch self {
        case .moduleNotLoaded(let path, let reason): return "\(path): cannot be loaded as a PKCS#11 module: \(reason)"
        case .moduleNotInitialised(let path, let code):
            return "\(path): C_Initialize failed with \(TokenFault.name(code))"
        case .missing(let label): return "no initialised token with the label \(label)"
        case .ambiguous(let label, let count): return "\(count) tokens have the label \(label)"
        case .unsupported(let label, let mechanism): return "token \(label): \(mechanism) is not supported"
        case .wrongPIN(let label): return "token \(label): the PIN is wrong; it is not tried again until the next start"
        case .lockedPIN(let label): return "token \(label): the PIN is locked; its security officer must unlock it"
        case .finalAttempt(let label):
            return "token \(label): one attempt at the PIN is left and is not spent; log in once with another program"
        case .invalidPIN(let path): return "\(path): expected a PIN of 1 to 255 bytes in one line"
        case .unfitKey(let label, let epoch, let what): return "token \(label): keys of epoch \(epoch): \(what)"
        case .unfitSigningKey(let label, let key, let what): return "token \(label), key \(key): \(what)"
        case .call(let name, let code): return "PKCS#11 \(name) failed with \(TokenFault.name(code))"
        }
    }

    private static func name(_ code: UInt32) -> String {
        switch code {
        case 0x05: return "CKR_GENERAL_ERROR"
        case 0x30: return "CKR_DEVICE_ERROR"
        case 0x31: return "CKR_DEVICE_MEMORY"
        case 0x32: return "CKR_DEVICE_REMOVED"
        case 0x70: return "CKR_MECHANISM_INVALID"
        case 0xB3: return "CKR_SESSION_HANDLE_INVALID"
        case 0xE0: return "CKR_TOKEN_NOT_PRESENT"
        case 0xE2: return "CKR_TOKEN_WRITE_PROTECTED"
        case 0x101: return "CKR_USER_NOT_LOGGED_IN"
        default: return "0x\(String(code, radix: 16))"
        }
    }
}
