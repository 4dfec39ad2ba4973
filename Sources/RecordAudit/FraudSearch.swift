import Crypto
import SignedRecords

/// Looks for two contents of one number among records that the device's key signed.
struct FraudSearch {
    private var index = RecordIndex()
    private var genesis: SignedRecord?
    private var device: DeviceID?
    private var keys: [UInt32: [Curve25519.Signing.PublicKey]] = [:]
    private var ledgers: [LedgerChainID] = []
    private var keyChanges: [FraudProof.Evidence] = []
    private var found: Found?

    private struct Found {
        let place: RecordIndex.Place
        let known: RecordIndex.Mark
        let other: SignedRecord
        let file: String
    }

    /// A record whose signature holds.
    mutating func note(_ claim: SignatureClaim, file: String) {
        learn(claim.key, epoch: claim.signed.record.keyEpoch, ledger: claim.ledger)
        if device == nil { device = claim.signed.record.device }
        guard claim.signed.record.device == device else { return }
        if case .keyChange(let change) = claim.signed.record.body {
            let evidence = FraudProof.Evidence(ledger: claim.ledger, signed: claim.signed)
            if !keyChanges.contains(evidence) { keyChanges.append(evidence) }
            if let key = try? COSESign1.publicKey(change.ed25519PublicKey) {
                learn(key, epoch: change.newEpoch, ledger: claim.ledger)
            }
        }
        note(claim.signed, file: file)
    }

    /// A file's genesis, which was verified apart from the claims.
    mutating func note(_ verifier: ExportVerifier, file: String) {
        guard let signed = verifier.genesis, case .genesis(let body) = signed.record.body,
            device == nil || device == signed.record.device
        else { return }
        device = signed.record.device
        if genesis == nil { genesis = signed }
        if let key = try? COSESign1.publicKey(body.ed25519PublicKey) { learn(key, epoch: 1, ledger: body.ledger) }
        note(signed, file: file)
    }

    private mutating func learn(_ key: Curve25519.Signing.PublicKey, epoch: UInt32, ledger: LedgerChainID) {
        let raw = key.rawRepresentation
        if keys[epoch]?.contains(where: { $0.rawRepresentation == raw }) != true {
            keys[epoch, default: []].append(key)
        }
        if !ledgers.contains(ledger) { ledgers.append(ledger) }
    }

    private mutating func note(_ signed: SignedRecord, file: String) {
        guard let (place, known) = index.note(signed) else { return }
        if let found, found.place <= place { return }
        found = Found(place: place, known: known, other: signed, file: file)
    }

    /// Notes the records of a file that does not hold as a whole, as far as it can be cut into messages.
    mutating func scan(_ source: ExportSource) throws {
        try Self.forEach(in: source) { if evidence($0) != nil { note($0, file: source.name) } }
    }

    private static func forEach(in source: ExportSource, _ body: (SignedRecord) throws -> Void) throws {
        var reader = try MessageReader(source)
        while true {
            let batch = try reader.next(ParallelExportVerifier.batchRecords)
            for frame in batch.frames {
                if let signed = try? SignedRecord(decoding: frame.message) { try body(signed) }
            }
            if batch.isLast { return }
        }
    }

    /// A record of the device with the ledger that one of its keys signed it for; `nil` where none did.
    private func evidence(_ signed: SignedRecord) -> FraudProof.Evidence? {
        guard signed.record.device == device else { return nil }
        for key in keys[signed.record.keyEpoch] ?? [] {
            for ledger in ledgers where SignatureClaim(signed: signed, key: key, ledger: ledger).fault == nil {
                return FraudProof.Evidence(ledger: ledger, signed: signed)
            }
        }
        return nil
    }

    /// The contradiction that was found, with both records read again.
    func fraud(in sources: [ExportSource]) throws -> ExportAudit.Fraud? {
        guard let found, let device else { return nil }
        for source in sources {
            var first: SignedRecord?
            try Self.forEach(in: source) { signed in
                guard first == nil, RecordIndex.Place(signed.record) == found.place,
                    RecordIndex.Mark(signed.record) == found.known
                else { return }
                first = signed
            }
            guard let first else { continue }
            return ExportAudit.Fraud(
                device: device, one: (first, source.name), other: (found.other, found.file),
                proof: proof(first, found.other))
        }
        return nil
    }

    private func proof(_ one: SignedRecord, _ other: SignedRecord) -> Result<FraudProof, FraudProofError> {
        guard let genesis else {
            return .failure(.malformed("none of the files has the genesis record, which a proof needs"))
        }
        guard let first = evidence(one), let second = evidence(other) else {
            return .failure(.unknownKey(epoch: max(one.record.keyEpoch, other.record.keyEpoch)))
        }
        do {
            return .success(try FraudProof(genesis: genesis, keyChanges: keyChanges, first, second))
        } catch { return .failure(error) }
    }
}
