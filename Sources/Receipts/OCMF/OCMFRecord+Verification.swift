public import SignedRecords

/// What an OCMF record says, once it is verified against the records.
public struct OCMFReport: Hashable, Sendable {
    /// The session.
    public let session: SessionID
    /// The page number.
    public let page: UInt64
    /// The signing key, 65 bytes.
    public let key: [UInt8]
    /// The payload as it stands.
    public let payload: [UInt8]
}

extension OCMFRecord {
    /// Checks this record against a session's evidence: the signature by the P-256 key of the session's key epoch, which
    /// genesis or a key change vouches for, and that the payload is byte for byte the one that the records give.
    ///
    /// The page number and the decimal places are the record's own word: the first counts sessions that are not here, the
    /// second comes from the meter's profile.
    ///
    /// - Throws: What does not hold.
    public func verify(against evidence: SessionEvidence) throws(ReceiptError) -> OCMFReport {
        let verified = try evidence.verified()
        guard let key = verified.device.ocmfKeys[verified.session.endRecord.record.keyEpoch] else {
            throw .ocmf(reason: "no P-256 key of epoch \(verified.session.endRecord.record.keyEpoch)")
        }
        try verifySignature(key: key)
        guard let page = claimedPage, let decimals = claimedDecimals else {
            throw .ocmf(reason: "the payload states no page or no register")
        }
        let expected = try OCMFPayload(
            records: evidence.records, genesis: verified.device.genesis, ledger: verified.ledger, page: page,
            decimals: decimals)
        guard expected.bytes == payload else {
            let differing = zip(expected.bytes, payload).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            let place = differing ?? min(expected.bytes.count, payload.count)
            throw .ocmf(reason: "byte \(place) of the payload is not what the records give")
        }
        return OCMFReport(session: verified.session.begin.session, page: page, key: key, payload: payload)
    }
}
