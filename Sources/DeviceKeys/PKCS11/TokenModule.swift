import CPKCS11
import SignedRecords

/// A loaded PKCS#11 module; finalised when the last session on it is gone.
final class TokenModule {
    let handle: OpaquePointer

    init(path: String) throws(KeyStoreError) {
        var opened: OpaquePointer?
        var reason = [CChar](repeating: 0, count: 256)
        let code = cpkcs11_open(path, &opened, &reason, reason.count)
        guard code == 0, let opened else {
            guard code == CPKCS11_NO_MODULE else { throw .token(.moduleNotInitialised(path: path, code: code)) }
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw .token(.moduleNotLoaded(path: path, reason: String(decoding: text, as: UTF8.self)))
        }
        handle = opened
    }

    deinit { cpkcs11_close(handle) }

    /// The slot of the one token with this label that makes both kinds of keys and takes a PIN.
    func slot(label: String) throws(KeyStoreError) -> UInt {
        var (count, slot, flags) = (0, UInt(0), UInt(0))
        let code = cpkcs11_find_token(handle, label, &count, &slot, &flags)
        guard code == 0 else { throw .token(.call("C_GetSlotList", code: code)) }
        guard count > 0 else { throw .token(.missing(label: label)) }
        guard count == 1 else { throw .token(.ambiguous(label: label, count: count)) }
        for kind in TokenKind.allCases where cpkcs11_supports(handle, slot, kind.code) != 0 {
            throw .token(.unsupported(label: label, mechanism: kind.mechanism))
        }
        if flags & UInt(CPKCS11_FLAG_LOCKED) != 0 { throw .token(.lockedPIN(label: label)) }
        // A wrong PIN in the file would lock the token for good, at the third start.
        if flags & UInt(CPKCS11_FLAG_FINAL_TRY) != 0 { throw .token(.finalAttempt(label: label)) }
        return slot
    }
}
