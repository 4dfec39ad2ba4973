/// Who pays for a session, for whoever knows the account already; another value in each session of the same account.
///
/// Records, settlements and receipts name the payer by this alone (docs/privacy.md).
public struct PayerHash: DigestBytes {
    public static let noun = "payer hash"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }

    /// SHA-256 over CBOR `["wattseal-payer/1", session id, account id]`.
    public static func derive(account: AccountID, session: SessionID) -> PayerHash {
        let subject = CBOR.array([.text("wattseal-payer/1"), .bytes(session.bytes), .bytes(account.bytes)])
        return PayerHash(hashing: subject.encode())
    }
}
