internal import Quantities
internal import SignedRecords

/// What became of one record.
enum RecordAcceptance {
    /// It is the chain's head now.
    case accepted
    /// It had been accepted before; nothing changed.
    case duplicate
}

extension Transition {
    /// Applies a batch record by record: a good prefix stands, the first refusal ends it.
    mutating func apply(_ batch: RecordBatch) throws(LedgerError) -> TransactionResult {
        var accepted = 0
        var duplicates = 0
        for (index, message) in batch.messages.enumerated() {
            // Where a record is refused, nothing of it stays.
            state.mark()
            do throws(LedgerError) {
                switch try take(message) {
                case .accepted: accepted += 1
                case .duplicate: duplicates += 1
                }
            } catch {
                if error.isFatal { throw error }
                state.revert()
                if case .equivocation(_, let sequence, let hash, _) = error {
                    try recordEquivocation(message, sequence: sequence, accepted: hash)
                }
                return .batch(accepted: accepted, duplicates: duplicates, refusal: (index, error))
            }
        }
        return .batch(accepted: accepted, duplicates: duplicates, refusal: nil)
    }

    private mutating func take(_ message: [UInt8]) throws(LedgerError) -> RecordAcceptance {
        let signed = try signedRecord(message)
        let record = signed.record
        let charger = try charger(record.device)
        guard record.chain.rawValue <= charger.connectors else {
            throw .refused(what: "chain", expected: "0 to \(charger.connectors)", found: "\(record.chain)")
        }
        let head = try head(of: record.device, record.chain, charger)
        guard record.sequence > head.sequence else {
            try refuseEarlier(record)
            let known = try acceptedRecord(record.device, record.chain, record.sequence)
            if known.hash == signed.hash { return .duplicate }
            // Only the device's own signature makes this evidence.
            try verify(signed, publicKey: try key(of: record, charger, after: nil))
            throw .equivocation(
                chain: record.chain, sequence: record.sequence, accepted: known.hash, found: signed.hash)
        }
        guard record.sequence == head.sequence + 1 else {
            throw .gap(chain: record.chain, expected: head.sequence + 1, found: record.sequence)
        }
        let before =
            head.sequence == 0 ? nil : try acceptedRecord(record.device, record.chain, head.sequence)
        try verify(signed, publicKey: try key(of: record, charger, after: before))
        // A connector's first record comes after genesis, which the registration brought.
        let earlier: AcceptedRecord
        if let before { earlier = before } else { earlier = try acceptedRecord(record.device, .device, 1) }
        guard record.previous == head.hash else {
            throw .brokenLink(
                chain: record.chain, sequence: record.sequence, expected: head.hash, found: record.previous)
        }
        try applyBody(of: signed, charger: charger, before: earlier)
        try noteDirectory(record)
        accept(signed, behind: earlier)
        return .accepted
    }

    /// Makes a record its chain's head; `before` is nil where a registration brings it.
    mutating func accept(_ signed: SignedRecord, behind before: AcceptedRecord? = nil) {
        let record = signed.record
        // A backlog keeps the times of its records, though one block brings them all. The bound never falls: a clock that goes
        // back a little with each record gains nothing.
        let vouched = before.flatMap { moment(of: record, before: $0) }
        let bound = UTCMilliseconds((vouched ?? block.time).rawValue - parameters.toleranceMilliseconds)
        let notBefore = max(bound, before?.notBefore ?? bound)
        write(.head(record.device, record.chain), ChainHeadState(sequence: record.sequence, hash: signed.hash))
        write(
            .record(record.device, record.chain, record.sequence),
            AcceptedRecord(hash: signed.hash, accepted: block.time, keyEpoch: record.keyEpoch, notBefore: notBefore))
    }

    /// A chain's head; before a connector chain's first record that is number 0 with the genesis record's hash.
    private func head(
        of device: DeviceID, _ chain: ChainNumber, _ charger: ChargerRegistration
    ) throws(LedgerError) -> ChainHeadState {
        if let head = try read(.head(device, chain), as: ChainHeadState.self) { return head }
        guard chain != .device else {
            throw .corruptState(key: StateKey.head(device, chain).text, reason: "is absent")
        }
        return ChainHeadState(sequence: 0, hash: charger.genesis)
    }

    func acceptedRecord(
        _ device: DeviceID, _ chain: ChainNumber, _ sequence: UInt64
    ) throws(LedgerError) -> AcceptedRecord {
        let key = StateKey.record(device, chain, sequence)
        guard let record = try read(key, as: AcceptedRecord.self) else {
            throw .corruptState(key: key.text, reason: "is absent")
        }
        return record
    }

    /// The key that may sign a record. Chain 0 makes the key changes, so it is always in the current epoch; a connector's
    /// chain may lag behind, and never goes back.
    func key(
        of record: Record, _ charger: ChargerRegistration, after before: AcceptedRecord?
    ) throws(LedgerError) -> [UInt8] {
        let lowest = record.chain == .device && before != nil ? charger.keyEpoch : before?.keyEpoch ?? 1
        guard record.keyEpoch >= lowest, record.keyEpoch <= charger.keyEpoch else {
            throw .refused(
                what: "key epoch", expected: "\(lowest) to \(charger.keyEpoch)", found: "\(record.keyEpoch)")
        }
        if record.keyEpoch == charger.keyEpoch { return charger.ed25519PublicKey }
        let key = StateKey.key(record.device, epoch: record.keyEpoch)
        guard let retired = try read(key, as: RetiredKey.self) else {
            throw .corruptState(key: key.text, reason: "is absent")
        }
        return retired.ed25519PublicKey
    }

    func verify(_ signed: SignedRecord, publicKey: [UInt8]) throws(LedgerError) {
        try verify(.record(signed, publicKey: publicKey, ledger: block.ledger))
    }

    /// A record as CheckTx has read it already, or read now.
    private func signedRecord(_ message: [UInt8]) throws(LedgerError) -> SignedRecord {
        if let known = signatures?.record(message) { return known }
        return try Self.decode(message)
    }

    static func decode(_ message: [UInt8]) throws(LedgerError) -> SignedRecord {
        do { return try SignedRecord(decoding: message) } catch {
            throw .malformed(what: "record", reason: error.description)
        }
    }

    /// Keeps the first equivocation of a chain; one is proof enough.
    private mutating func recordEquivocation(
        _ message: [UInt8], sequence: UInt64, accepted: RecordHash
    ) throws(LedgerError) {
        let record = try Self.decode(message).record
        let key = StateKey.equivocation(record.device, record.chain)
        guard try state.value(of: key) == nil else { return }
        write(key, Equivocation(sequence: sequence, accepted: accepted, other: message))
        try freeze(record.device)
    }

    // MARK: Before a block

    /// CheckTx: every record decodes and is of a registered charger, lies within the window, and is signed. A record of an
    /// epoch that the batch itself begins cannot be checked yet; the first one always can.
    func check(_ batch: RecordBatch) throws(LedgerError) {
        for (index, message) in batch.messages.enumerated() {
            let signed = try signedRecord(message)
            let record = signed.record
            let charger = try charger(record.device)
            guard record.chain.rawValue <= charger.connectors else {
                throw .refused(what: "chain", expected: "0 to \(charger.connectors)", found: "\(record.chain)")
            }
            let head = try head(of: record.device, record.chain, charger)
            guard record.sequence <= head.sequence || record.sequence - head.sequence <= LedgerTransition.window else {
                throw .gap(chain: record.chain, expected: head.sequence + 1, found: record.sequence)
            }
            if index > 0, record.keyEpoch > charger.keyEpoch { continue }
            try verify(signed, publicKey: try key(of: record, charger, after: nil))
            signatures?.insert(signed)
        }
    }

    /// The signatures of records that `check` will ask for, as far as that can be said before it. What cannot stays away: `check`
    /// refuses it, or checks it itself.
    func owedSignatures(of records: [SignedRecord]) throws(LedgerError) -> [OwedSignature] {
        var owed: [OwedSignature] = []
        for signed in records {
            guard let charger = try readLasting(.charger(signed.record.device), as: ChargerRegistration.self) else {
                continue
            }
            do throws(LedgerError) {
                let key = try key(of: signed.record, charger, after: nil)
                owed.append(.record(signed, publicKey: key, ledger: block.ledger))
            } catch { if error.isFatal { throw error } }
        }
        return owed
    }

    /// A batch waits while its first new record waits for an earlier one.
    func turn(of batch: RecordBatch) throws(LedgerError) -> LedgerTransition.Turn {
        for message in batch.messages {
            guard let record = (try? signedRecord(message))?.record else { return .now }
            guard let charger = try readLasting(.charger(record.device), as: ChargerRegistration.self),
                record.chain.rawValue <= charger.connectors
            else { return .now }
            let head = try head(of: record.device, record.chain, charger)
            if record.sequence <= head.sequence { continue }
            return record.sequence == head.sequence + 1 ? .now : .later
        }
        return .now
    }
}
