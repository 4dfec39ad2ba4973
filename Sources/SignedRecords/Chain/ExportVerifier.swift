/// Checks an export: a CBOR sequence (RFC 8742) of COSE_Sign1 messages, chain by chain, the device's chain first where it is
/// in it.
///
/// The trust comes from the caller: a public key, or else the genesis record in the file, whose device id the caller must
/// then compare with the one that he knows.
public struct ExportVerifier: Sendable {
    /// What one chain of an export holds.
    public struct ChainSummary: Hashable, Sendable {
        public let chain: ChainNumber
        public let first: UInt64
        public fileprivate(set) var last: ChainHead
        public fileprivate(set) var records: Int
        public fileprivate(set) var sessions: Int
        /// The records that the device lost with an image that was restored, by the rollback record behind each range.
        public fileprivate(set) var lost: [ClosedRange<UInt64>] = []
    }

    public private(set) var device: DeviceID?
    /// By the order of first appearance.
    public private(set) var chains: [ChainSummary] = []
    public private(set) var records = 0

    private let publicKey: [UInt8]?
    private let ledger: LedgerChainID?
    /// The genesis record, where the file begins with it.
    public private(set) var genesis: SignedRecord?
    /// The device's keys as far as the accepted records tell them.
    public private(set) var keys: KeyHistory?
    private var verifiers: [ChainNumber: ChainVerifier] = [:]
    /// Chain 0's records by sequence, with the key epoch in force behind each: what begin records name.
    private var deviceRecords: [UInt64: (hash: RecordHash, epoch: UInt32)] = [:]

    /// `publicKey`: the Ed25519 key at the file's first record, 32 bytes. `ledger`: the ledger's chain id there. Both may be
    /// `nil` when the file starts with genesis.
    public init(publicKey: [UInt8]? = nil, ledger: LedgerChainID? = nil) {
        self.publicKey = publicKey
        self.ledger = ledger
    }

    /// The ledger whose id the next record of a chain is signed for.
    public func ledger(of chain: ChainNumber) -> LedgerChainID? { verifiers[chain]?.ledger }

    /// Checks a whole file. Throws `RecordError.export` with the byte offset of the first message at fault.
    public static func verify(
        _ bytes: [UInt8], publicKey: [UInt8]? = nil, ledger: LedgerChainID? = nil
    ) throws(RecordError) -> ExportVerifier {
        var verifier = ExportVerifier(publicKey: publicKey, ledger: ledger)
        var offset = 0
        guard !bytes.isEmpty else { throw .exportIncomplete("the file has no records") }
        while offset < bytes.count {
            do {
                let end: Int
                do { end = try COSESign1.endOfMessage(bytes, at: offset) } catch {
                    throw RecordError.envelope(error)
                }
                try verifier.accept(try SignedRecord(decoding: Array(bytes[offset..<end])))
                offset = end
            } catch let error as RecordError {
                throw .export(offset: offset, problem: error)
            } catch {
                throw .export(offset: offset, problem: .notCanonical)
            }
        }
        return verifier
    }

    /// Checks the next message. For `check` see `ChainVerifier.accept`; genesis is checked at once always.
    public mutating func accept(
        _ signed: SignedRecord, checking check: SignatureClaim.Check = SignatureClaim.checkNow
    ) throws(RecordError) {
        let chain = signed.record.chain
        if let device, device != signed.record.device {
            let problem = ChainFault.wrongDevice(expected: device, found: signed.record.device)
            throw .chain(chain, sequence: signed.record.sequence, problem: problem)
        }
        if verifiers[chain] == nil {
            try start(signed, check)
        } else {
            if let keys, chain != .device { verifiers[chain]?.keys = keys }
            try verifiers[chain]?.accept(signed, checking: check)
        }
        device = signed.record.device
        if chain == .device, let verifier = verifiers[chain] {
            keys = verifier.keys
            deviceRecords[signed.record.sequence] = (signed.hash, verifier.keys.current)
        }
        try checkDeviceHead(signed)
        note(signed)
    }

    private mutating func start(_ signed: SignedRecord, _ check: SignatureClaim.Check) throws(RecordError) {
        let record = signed.record
        if case .genesis(let body) = record.body, record.chain == .device {
            let verifier = try ChainVerifier(genesis: signed)
            if let publicKey, publicKey != body.ed25519PublicKey {
                throw .exportIncomplete("the genesis record has another Ed25519 key than the one given")
            }
            if let ledger, ledger != body.ledger {
                throw .exportIncomplete("the genesis record names ledger \(body.ledger), not \(ledger)")
            }
            genesis = signed
            keys = verifier.keys
            verifiers[.device] = verifier
            return
        }
        var verifier = try partial(record)
        try verifier.accept(signed, checking: check)
        verifiers[record.chain] = verifier
    }

    private mutating func partial(_ record: Record) throws(RecordError) -> ChainVerifier {
        if let genesis, let keys, record.sequence == 1, record.chain != .device {
            return try ChainVerifier(connector: record.chain, genesis: genesis, keys: keys)
        }
        var body: Genesis?
        if case .genesis(let known)? = genesis?.record.body { body = known }
        guard let ledger = ledger ?? body?.ledger else {
            throw .exportIncomplete("the file does not start with genesis: the ledger's chain id must be given")
        }
        let known: KeyHistory
        if let keys {
            known = keys
        } else {
            guard let publicKey else {
                throw .exportIncomplete("the file does not start with genesis: the device's public key must be given")
            }
            if record.keyEpoch == 1, record.device != DeviceID(hashing: publicKey) {
                throw .chain(record.chain, sequence: record.sequence, problem: .genesisDevice)
            }
            do { known = try KeyHistory(ed25519: publicKey, epoch: record.keyEpoch) } catch { throw .envelope(error) }
            keys = known
        }
        return ChainVerifier(
            resuming: record.chain, of: record.device, behind: nil, keys: known, ledger: ledger,
            isOutsideSession: record.sequence == 1, genesis: body)
    }

    /// A begin record names chain 0's head, and its key epoch is the one in force there. A file with genesis has the whole
    /// device chain, so a head that is not in it was cut away; a file without it can only compare what it has.
    private func checkDeviceHead(_ signed: SignedRecord) throws(RecordError) {
        guard case .begin(let begin) = signed.record.body else { return }
        let named = deviceRecords[begin.deviceHeadSequence]
        if named == nil, genesis == nil { return }
        guard let named, named.hash == begin.deviceHead, named.epoch == signed.record.keyEpoch else {
            throw .chain(signed.record.chain, sequence: signed.record.sequence, problem: .deviceHead)
        }
    }

    private mutating func note(_ signed: SignedRecord) {
        records += 1
        let lost = lostRange(before: signed)
        let sessions = verifiers[signed.record.chain]?.endedSessions ?? 0
        if let index = chains.firstIndex(where: { $0.chain == signed.record.chain }) {
            chains[index].last = signed.head
            chains[index].records += 1
            chains[index].sessions = sessions
        } else {
            let first = signed.record.sequence
            chains.append(
                ChainSummary(
                    chain: signed.record.chain, first: first, last: signed.head, records: 1, sessions: sessions))
        }
        if let lost, let index = chains.firstIndex(where: { $0.chain == signed.record.chain }) {
            chains[index].lost.append(lost)
        }
    }

    /// What a rollback record says is missing; `nil` where the record before it is here, as in an export of the ledger's
    /// own, and for every other kind. Called before the record is counted.
    private func lostRange(before signed: SignedRecord) -> ClosedRange<UInt64>? {
        guard case .rollbackDetected(let body) = signed.record.body, body.journalSequence < body.provedSequence else {
            return nil
        }
        let before = chains.first { $0.chain == signed.record.chain }?.last.sequence
        return before == body.provedSequence ? nil : body.journalSequence + 1...body.provedSequence
    }
}
