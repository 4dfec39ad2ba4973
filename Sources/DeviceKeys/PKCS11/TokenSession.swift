import CPKCS11
import Crypto
import SignedRecords

/// One session in which the token's user is logged in, and the keys that were found in it.
final class TokenSession {
    /// One epoch's keys: handles of the private ones, valid in this session.
    struct Keys {
        let ed25519: UInt
        let p256: UInt
        let publicKeys: DevicePublicKeys
    }

    let module: TokenModule
    let label: String
    let slot: UInt
    /// CK_SESSION_HANDLE.
    let session: UInt

    init(_ module: TokenModule, label: String, pin: PINFile) throws(KeyStoreError) {
        self.module = module
        self.label = label
        let slot = try module.slot(label: label)
        self.slot = slot
        session = try pin.withPIN { (pin) throws(KeyStoreError) in
            var session: UInt = 0
            let code = cpkcs11_log_in(module.handle, slot, pin, pin.count, &session)
            if code != 0 { throw TokenSession.loginFault(code, label: label) }
            return session
        }
    }

    deinit { cpkcs11_close_session(module.handle, session) }

    /// What a refused login means.
    static func loginFault(_ code: UInt32, label: String) -> KeyStoreError {
        switch code {
        // CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE.
        case 0xA0, 0xA1, 0xA2: return .token(.wrongPIN(label: label))
        // CKR_PIN_LOCKED.
        case 0xA4: return .token(.lockedPIN(label: label))
        default: return .token(.call("C_Login", code: code))
        }
    }

    /// Whether a call failed because the session, the login or the token behind it was lost: a new one may do better.
    static func isLoss(_ error: KeyStoreError) -> Bool {
        guard case .token(.call(_, let code)) = error else { return false }
        // CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED, CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_CLOSED,
        // CKR_SESSION_HANDLE_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_USER_NOT_LOGGED_IN.
        return [0x30, 0x32, 0x60, 0x82, 0xB0, 0xB3, 0xE0, 0x101].contains(code)
    }

    /// The objects of a kind and half with our label, or another; of one epoch, or of all.
    func find(
        _ kind: TokenKind, _ half: cpkcs11_half, epoch: UInt32? = nil, label: String? = nil
    ) throws(KeyStoreError) -> [UInt] {
        var objects = [UInt](repeating: 0, count: 64)
        var count = objects.count
        let label = label ?? kind.label
        let code: UInt32
        if let epoch {
            let id = TokenSession.identifier(epoch)
            code = cpkcs11_find_keys(
                module.handle, session, kind.code, half, label, id, id.count, &objects, &count)
        } else {
            code = cpkcs11_find_keys(module.handle, session, kind.code, half, label, nil, 0, &objects, &count)
        }
        try check("C_FindObjects", code)
        return Array(objects[..<count])
    }

    /// The epoch that an object's CKA_ID names, or nil where it is none of ours.
    func epoch(of object: UInt) throws(KeyStoreError) -> UInt32? {
        let id = try read(object, CPKCS11_IDENTIFIER)
        return id.count == 4 ? id.reduce(0) { $0 << 8 | UInt32($1) } : nil
    }

    func make(_ kind: TokenKind, epoch: UInt32) throws(KeyStoreError) {
        let id = TokenSession.identifier(epoch)
        try check(
            "C_GenerateKeyPair", cpkcs11_make_pair(module.handle, session, kind.code, kind.label, id, id.count))
    }

    func destroy(_ objects: [UInt]) throws(KeyStoreError) {
        for object in objects { try check("C_DestroyObject", cpkcs11_destroy_object(module.handle, session, object)) }
    }

    func relabel(_ object: UInt, _ label: String) throws(KeyStoreError) {
        try check("C_SetAttributeValue", cpkcs11_relabel(module.handle, session, object, label))
    }

    /// 64 bytes.
    func sign(_ kind: TokenKind, key: UInt, _ data: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        var size = signature.count
        try check(
            "C_Sign",
            cpkcs11_sign(module.handle, session, kind.code, key, data, data.count, &signature, &size))
        guard size == 64 else { throw .signingFailed }
        return signature
    }

    /// One epoch's keys, whole, not extractable, and fit to sign.
    func keys(epoch: UInt32) throws(KeyStoreError) -> Keys {
        let ed25519 = try pair(.ed25519, epoch: epoch)
        let p256 = try pair(.p256, epoch: epoch)
        let keys = Keys(
            ed25519: ed25519.key, p256: p256.key,
            publicKeys: DevicePublicKeys(ed25519: ed25519.publicKey, p256: p256.publicKey))
        let text = Array("wattseal-self-test/1".utf8)
        let first = try sign(.ed25519, key: keys.ed25519, text)
        let second = try sign(.p256, key: keys.p256, Array(SHA256.hash(data: text)))
        guard let one = try? Curve25519.Signing.PublicKey(rawRepresentation: ed25519.publicKey),
            let other = try? P256.Signing.PublicKey(x963Representation: p256.publicKey),
            let otherSignature = try? P256.Signing.ECDSASignature(rawRepresentation: second),
            one.isValidSignature(first, for: text), other.isValidSignature(otherSignature, for: text)
        else { throw unfit(epoch, "the self-test of the keys failed") }
        return keys
    }

    private func pair(
        _ kind: TokenKind, epoch: UInt32
    ) throws(KeyStoreError) -> (key: UInt, publicKey: [UInt8]) {
        let privates = try find(kind, CPKCS11_PRIVATE, epoch: epoch)
        let publics = try find(kind, CPKCS11_PUBLIC, epoch: epoch)
        guard privates.count == 1, publics.count == 1 else {
            throw unfit(
                epoch, "\(privates.count) private and \(publics.count) public keys \(kind.label), expected 1 and 1")
        }
        guard try read(privates[0], CPKCS11_SENSITIVE) == [1], try read(privates[0], CPKCS11_EXTRACTABLE) == [0],
            try read(privates[0], CPKCS11_NEVER_EXTRACTABLE) == [1]
        else { throw unfit(epoch, "\(kind.label) can leave the token, or once could") }
        guard let publicKey = kind.publicKey(point: try read(publics[0], CPKCS11_EC_POINT)) else {
            throw unfit(epoch, "\(kind.label) has a public key of another form")
        }
        return (privates[0], publicKey)
    }

    /// The one Ed25519 key with a label of its own.
    func signingKey(label key: String) throws(KeyStoreError) -> (key: UInt, publicKey: [UInt8]) {
        func unfit(_ what: String) -> KeyStoreError { .token(.unfitSigningKey(label: label, key: key, what: what)) }
        let privates = try find(.ed25519, CPKCS11_PRIVATE, label: key)
        let publics = try find(.ed25519, CPKCS11_PUBLIC, label: key)
        guard privates.count == 1, publics.count == 1 else {
            throw unfit("\(privates.count) private and \(publics.count) public Ed25519 keys, expected 1 and 1")
        }
        guard try read(privates[0], CPKCS11_SENSITIVE) == [1], try read(privates[0], CPKCS11_EXTRACTABLE) == [0] else {
            throw unfit("it can leave the token")
        }
        guard let publicKey = TokenKind.ed25519.publicKey(point: try read(publics[0], CPKCS11_EC_POINT)) else {
            throw unfit("a public key of another form")
        }
        return (privates[0], publicKey)
    }

    private func read(_ object: UInt, _ attribute: cpkcs11_attribute) throws(KeyStoreError) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 256)
        var size = value.count
        try check(
            "C_GetAttributeValue",
            cpkcs11_read_attribute(module.handle, session, object, attribute, &value, &size))
        return Array(value[..<size])
    }

    private func unfit(_ epoch: UInt32, _ what: String) -> KeyStoreError {
        .token(.unfitKey(label: label, epoch: epoch, what: what))
    }

    private func check(_ call: String, _ code: UInt32) throws(KeyStoreError) {
        guard code == 0 else { throw .token(.call(call, code: code)) }
    }

    private static func identifier(_ epoch: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: epoch >> UInt32($0)) }
    }
}
