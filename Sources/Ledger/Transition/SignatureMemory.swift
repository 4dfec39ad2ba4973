public import SignedRecords

/// Signatures that were checked and hold, so that a block does not check again what CheckTx has checked. Only an
/// optimisation: the outcome is the same with an empty memory.
public protocol SignatureMemory: AnyObject {
    /// Whether this signature was checked and held.
    func contains(_ signature: CheckedSignature) -> Bool
    /// Remembers a signature that holds; may forget older ones.
    func insert(_ signature: CheckedSignature)
}

/// A signature that holds: whose, over which message (signature included), as what.
public struct CheckedSignature: Hashable, Sendable {
    /// The Ed25519 public key.
    public let publicKey: [UInt8]
    /// SHA-256 of the whole COSE_Sign1 message.
    public let messageHash: [UInt8]
    /// Records and transactions are signed under different contexts.
    public let context: SigningContext

    /// A checked signature from its parts.
    public init(publicKey: [UInt8], messageHash: [UInt8], context: SigningContext) {
        self.publicKey = publicKey
        self.messageHash = messageHash
        self.context = context
    }
}
