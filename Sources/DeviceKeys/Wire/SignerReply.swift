import SignedRecords

/// What the signer process answers.
enum SignerReply: Hashable, Sendable {
    /// To `hello` and `activate`: the keys in force.
    case keys(SignerKeys)
    /// To `sign` and `pending`: COSE messages.
    case messages([[UInt8]])
    /// To `crossSignature`, `signOCMF`, `provePossession`, `signPossession` and `signDiagnostics`: 64 bytes.
    case signature([UInt8])
    case keyChange(KeyChange)
    /// To what has no result.
    case done
    case refused(KeyStoreError)
}

/// The public side of a signer.
struct SignerKeys: Hashable, Sendable {
    var publicKeys: DevicePublicKeys
    var epoch: UInt32
    var protection: String
    var madeKeys: Bool
}
