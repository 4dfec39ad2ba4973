public import Crypto

/// A record as it is stored, sent and proved: the COSE_Sign1 message, what it says, and its hash.
///
/// Taking one apart does not check its signature: `verify` does, with the key that the chain gives.
public struct SignedRecord: Hashable, Sendable {
    /// The COSE_Sign1 bytes. Nobody encodes them again.
    public let message: [UInt8]
    public let record: Record
    /// SHA-256 of `message`: the next record's `previous`.
    public let hash: RecordHash

    /// Takes a message apart, strictly.
    public init(decoding message: [UInt8]) throws(RecordError) {
        let envelope: COSESign1
        do { envelope = try COSESign1.decode(message, maximumBytes: Record.maximumMessageBytes) } catch {
            throw .envelope(error)
        }
        record = try Record(decodingPayload: envelope.payload)
        self.message = message
        hash = RecordHash(hashing: message)
    }

    /// Signs a record. Refuses what the decoder would refuse, so nothing unreadable is ever signed.
    public init(
        signing record: Record, key: Curve25519.Signing.PrivateKey, ledger: LedgerChainID
    ) throws(RecordError) {
        let signed = try SignedRecord.signedBytes(of: record, ledger: ledger)
        let signature: [UInt8]
        do { signature = Array(try key.signature(for: signed)) } catch { throw .envelope(.signingFailed) }
        self.init(record, signature: signature)
    }

    /// What Ed25519 signs for a record: the Sig_structure with the ledger's context. Refuses what the decoder would refuse.
    public static func signedBytes(of record: Record, ledger: LedgerChainID) throws(RecordError) -> [UInt8] {
        let payload = record.encodePayload()
        guard try Record(decodingPayload: payload) == record else { throw .notCanonical }
        // A signature has 64 bytes whatever it says, so the length is known before there is one.
        let length = COSESign1(payload: payload, signature: [UInt8](repeating: 0, count: 64)).message.count
        guard length <= Record.maximumMessageBytes else {
            throw .envelope(.tooLong(limit: Record.maximumMessageBytes, found: length))
        }
        return COSESign1.signedBytes(
            payload: payload, aad: SigningContext.record.additionalData(ledger: ledger))
    }

    /// Puts a message together from a record that `signedBytes` took and the 64 bytes that were made over it; `verify` tells
    /// whether they hold.
    public init(_ record: Record, signature: [UInt8]) {
        message = COSESign1(payload: record.encodePayload(), signature: signature).message
        self.record = record
        hash = RecordHash(hashing: message)
    }

    /// Checks the signature with an Ed25519 public key of 32 bytes, for a ledger's chain id.
    public func verify(ed25519 publicKey: [UInt8], ledger: LedgerChainID) throws(RecordError) {
        do {
            try verify(key: try COSESign1.publicKey(publicKey), ledger: ledger)
        } catch let error as COSEError {
            throw .envelope(error)
        } catch let error as RecordError {
            throw error
        } catch {
            throw .envelope(.invalidKey)
        }
    }

    /// Checks the signature with a key that was parsed before.
    public func verify(key: Curve25519.Signing.PublicKey, ledger: LedgerChainID) throws(RecordError) {
        do {
            let aad = SigningContext.record.additionalData(ledger: ledger)
            try COSESign1.decode(message).verify(key: key, aad: aad)
        } catch {
            throw .envelope(error)
        }
    }

    /// Its place: chain, sequence, hash.
    public var head: ChainHead { ChainHead(sequence: record.sequence, hash: hash) }
}
