/// A record that may be signed: the decoder takes it back as it is, and its message is not too long. It is encoded once.
public struct SignableRecord: Sendable {
    public let record: Record
    private let payload: [UInt8]

    /// Refuses what the decoder would refuse, so nothing unreadable is ever signed.
    public init(_ record: Record) throws(RecordError) {
        payload = record.encodePayload()
        // A record that reads back as itself has these bytes as its encoding: nothing is to be encoded again for that.
        guard try Record(readingPayload: payload) == record else { throw .notCanonical }
        // A signature has 64 bytes whatever it says, so the length is known before there is one.
        let length = COSESign1.messageBytes(payloadBytes: payload.count)
        guard length <= Record.maximumMessageBytes else {
            throw .envelope(.tooLong(limit: Record.maximumMessageBytes, found: length))
        }
        self.record = record
    }

    /// What Ed25519 signs: the Sig_structure with the ledger's context.
    public func signedBytes(ledger: LedgerChainID) -> [UInt8] {
        COSESign1.signedBytes(payload: payload, aad: SigningContext.record.additionalData(ledger: ledger))
    }

    /// The record with the 64 bytes that were made over it; `SignedRecord.verify` tells whether they hold.
    public func signed(_ signature: [UInt8]) -> SignedRecord {
        SignedRecord(record, message: COSESign1.message(payload: payload, signature: signature))
    }
}
