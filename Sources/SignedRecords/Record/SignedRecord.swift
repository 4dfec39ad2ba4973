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
        let layout: COSELayout
        do { layout = try COSELayout(whole: message, maximumBytes: Record.maximumMessageBytes) } catch {
            throw .envelope(error)
        }
        self.init(try Record(decodingPayload: Array(message[layout.payload])), message: message)
    }

    /// Signs a record. Refuses what the decoder would refuse, so nothing unreadable is ever signed.
    public init(
        signing record: Record, key: Curve25519.Signing.PrivateKey, ledger: LedgerChainID
    ) throws(RecordError) {
        let signable = try SignableRecord(record)
        let signature: [UInt8]
        do { signature = Array(try key.signature(for: signable.signedBytes(ledger: ledger))) } catch {
            throw .envelope(.signingFailed)
        }
        self = signable.signed(signature)
    }

    /// A record with the message that it is known to have.
    init(_ record: Record, message: [UInt8]) {
        self.message = message
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
            let layout = try COSELayout(whole: message, maximumBytes: COSESign1.maximumBytes)
            try COSESign1.verify(
                payload: message[layout.payload], signature: message[layout.signature], key: key,
                aad: SigningContext.record.additionalData(ledger: ledger))
        } catch {
            throw .envelope(error)
        }
    }

    /// Its place: chain, sequence, hash.
    public var head: ChainHead { ChainHead(sequence: record.sequence, hash: hash) }
}
