public import Crypto
internal import Quantities
public import SignedRecords

// This file owns the format of signed transactions: a COSE_Sign1 message under "wattseal-tx/1" whose payload is a
// deterministic CBOR map {1: kind, 2: nonce, 3: sender's Ed25519 public key, 4 and up: the kind's fields}.

/// A transaction with its sender's signature.
public struct SignedTransaction: Hashable, Sendable {
    /// The longest message: a moved device with 32 connectors and many key changes.
    public static let maximumBytes = 65_536

    /// The whole COSE_Sign1 message, as it stands in blocks.
    public let bytes: [UInt8]
    /// The number of this transaction among its sender's.
    public let nonce: UInt64
    /// The sender's Ed25519 public key; the account is its SHA-256.
    public let senderKey: [UInt8]
    /// What it asks for.
    public let body: TransactionBody
    private let envelope: COSESign1

    /// The account that signs and pays.
    public var sender: AccountID { AccountID(hashing: senderKey) }

    /// SHA-256 of the bytes: the transaction's id in blocks, and a grant's name.
    public var hash: [UInt8] { GrantHash(hashing: bytes).bytes }

    /// Signs a transaction. Throws `LedgerError.signature` where the key cannot sign.
    public static func sign(
        _ body: TransactionBody, nonce: UInt64, key: Curve25519.Signing.PrivateKey, ledger: LedgerChainID
    ) throws(LedgerError) -> SignedTransaction {
        let senderKey = Array(key.publicKey.rawRepresentation)
        let head: [(UInt64, CBOR?)] = [
            (1, .unsigned(body.kind.rawValue)), (2, .unsigned(nonce)), (3, .bytes(senderKey)),
        ]
        let payload = CBOR.fields(head + body.fields).encode()
        do {
            let aad = SigningContext.transaction.additionalData(ledger: ledger)
            let envelope = try COSESign1.sign(payload: payload, aad: aad, key: key)
            return try SignedTransaction(decoding: envelope.message)
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .signature(of: "transaction", reason: "\(error)")
        }
    }

    /// Takes a message apart strictly; the signature is not checked here. Throws `LedgerError.malformed`.
    public init(decoding bytes: [UInt8]) throws(LedgerError) {
        do {
            envelope = try COSESign1.decode(bytes, maximumBytes: Self.maximumBytes)
        } catch {
            throw .malformed(what: "transaction", reason: error.description)
        }
        var fields: CBORFields
        let kindNumber: UInt64
        do {
            let limits = CBORLimits(maximumBytes: Self.maximumBytes, maximumDepth: 4)
            fields = try CBORFields(try CBOR.decode(envelope.payload, limits: limits), path: "transaction")
            kindNumber = try fields.unsigned(1, "kind")
            nonce = try fields.unsigned(2, "nonce")
            senderKey = try fields.bytes(3, "sender", count: 32)
        } catch {
            throw .malformed(what: "transaction", reason: error.description)
        }
        guard let kind = TransactionBody.Kind(rawValue: kindNumber) else {
            throw .malformed(what: "transaction", reason: "kind \(kindNumber) is not known")
        }
        body = try TransactionBody(kind, reading: &fields)
        do { try fields.finish() } catch { throw .malformed(what: "transaction", reason: error.description) }
        self.bytes = bytes
        // No byte is unread: what was read encodes to the same payload again.
        let head: [(UInt64, CBOR?)] = [(1, .unsigned(kindNumber)), (2, .unsigned(nonce)), (3, .bytes(senderKey))]
        guard CBOR.fields(head + body.fields).encode() == envelope.payload else {
            throw .malformed(what: "transaction", reason: "not the canonical encoding")
        }
    }

    /// Checks the sender's signature for a ledger. Throws `LedgerError.signature`.
    public func verify(ledger: LedgerChainID) throws(LedgerError) {
        do {
            try envelope.verify(
                publicKey: senderKey, aad: SigningContext.transaction.additionalData(ledger: ledger))
        } catch {
            throw .signature(of: "transaction", reason: error.description)
        }
    }
}
