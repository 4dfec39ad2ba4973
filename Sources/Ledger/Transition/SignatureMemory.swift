public import SignedRecords

/// Signatures that were checked and hold, so that a block does not check again what CheckTx has checked, and what was read
/// from bytes that come again: the records between CheckTx and block, a charger and its tariff with each of its records. Only an
/// optimisation: the outcome is the same with an empty memory.
public protocol SignatureMemory: AnyObject {
    /// Whether this signature was checked and held.
    func contains(_ signature: CheckedSignature) -> Bool
    /// Remembers a signature that holds; may forget older ones.
    func insert(_ signature: CheckedSignature)
    /// The record that was read from exactly these bytes, where it is remembered.
    func record(_ message: [UInt8]) -> SignedRecord?
    /// Remembers a record that was read and whose signature holds; may forget older ones.
    func insert(_ record: SignedRecord)
    /// The value that was read from exactly these bytes, where it is remembered.
    func value<Value: StateValue>(_ bytes: [UInt8], as type: Value.Type) -> Value?
    /// Remembers a value that was read from these bytes; may forget older ones.
    func insert<Value: StateValue>(_ value: Value, readFrom bytes: [UInt8])
}

extension SignatureMemory {
    /// Remembers no record.
    public func record(_ message: [UInt8]) -> SignedRecord? { nil }
    /// Remembers no record.
    public func insert(_ record: SignedRecord) {}
    /// Remembers no value.
    public func value<Value: StateValue>(_ bytes: [UInt8], as type: Value.Type) -> Value? { nil }
    /// Remembers no value.
    public func insert<Value: StateValue>(_ value: Value, readFrom bytes: [UInt8]) {}
}

/// A signature that holds: whose, over which message (signature included), as what.
public struct CheckedSignature: Hashable, Sendable {
    /// The Ed25519 public key.
    public let publicKey: [UInt8]
    /// SHA-256 of the whole COSE_Sign1 message.
    public let messageHash: [UInt8]
    /// Records and transactions are signed under different contexts.
    public let context: SigningContext

    /// By the message's hash alone, which tells signatures apart well enough; equality looks at everything.
    public func hash(into hasher: inout Hasher) { messageHash.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// A checked signature from its parts.
    public init(publicKey: [UInt8], messageHash: [UInt8], context: SigningContext) {
        self.publicKey = publicKey
        self.messageHash = messageHash
        self.context = context
    }
}
