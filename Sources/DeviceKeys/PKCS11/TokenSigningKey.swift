import CPKCS11
public import SignedRecords

/// One Ed25519 key of a PKCS#11 token, found by its label: a maker's key that signs releases or roots, no device's.
public final class TokenSigningKey {
    private let session: TokenSession
    private let key: UInt
    /// 32 bytes.
    public let publicKey: [UInt8]

    /// - Parameters:
    ///   - module: path of the PKCS#11 module.
    ///   - tokenLabel: the token's label.
    ///   - keyLabel: the label of both halves of the key.
    ///   - pinFile: a file of mode 0600 with the user's PIN in one line.
    /// - Throws: `KeyStoreError.token` for a module, token or PIN that is not as it must be, and for a key that is not there once, or
    ///   that can leave the token.
    public init(module: String, tokenLabel: String, keyLabel: String, pinFile: String) throws(KeyStoreError) {
        session = try TokenSession(try TokenModule(path: module), label: tokenLabel, pin: PINFile(path: pinFile))
        (key, publicKey) = try session.signingKey(label: keyLabel)
    }

    /// 64 bytes.
    public func sign(_ message: [UInt8]) throws(KeyStoreError) -> [UInt8] {
        try session.sign(.ed25519, key: key, message)
    }
}
