/// Checks one chain of a device, record by record in order: device, chain, sequence, `previous`, key epoch, signature, which
/// kinds may stand where, and the sums of every session.
///
/// It holds the rules of docs/format.md, "Chains". A verifier that has thrown must not be used further.
public struct ChainVerifier: Sendable {
    public let device: DeviceID
    public let chain: ChainNumber
    /// The ledger whose id the next record's signature covers; `open` changes it.
    public private(set) var ledger: LedgerChainID
    /// The keys; a connector chain's are set from the device chain's.
    public var keys: KeyHistory
    /// The last accepted record.
    public private(set) var head: ChainHead?
    /// The genesis record, where it is known.
    public let genesis: Genesis?
    /// Sessions that ended in the records accepted here.
    public internal(set) var endedSessions = 0

    var session: SessionState
    var lastEpoch: UInt32
    private var firstPrevious: RecordHash?
    private var closing: Close?

    enum SessionState: Hashable, Sendable {
        /// Reading began in the middle, before any record that tells.
        case unknown
        case none
        case open(SessionProgress)
    }

    /// Whether the last record closed the chain, so that only open may follow.
    public var isClosed: Bool { closing != nil }

    /// The open session, where there is one and its begin was seen.
    public var openSession: SessionProgress? {
        if case .open(let progress) = session { return progress }
        return nil
    }

    /// The device's own chain, from its genesis record, which is checked in full: self-signed, the device id its key's hash,
    /// the two keys cross-signed.
    public init(genesis signed: SignedRecord) throws(RecordError) {
        let record = signed.record
        guard case .genesis(let genesis) = record.body else {
            throw .chain(record.chain, sequence: record.sequence, problem: .notGenesis(record.body.kind))
        }
        func refuse(_ problem: ChainFault) -> RecordError {
            .chain(record.chain, sequence: record.sequence, problem: problem)
        }
        guard record.chain == .device else { throw refuse(.wrongChain(expected: .device, found: record.chain)) }
        guard record.sequence == 1 else { throw refuse(.wrongSequence(expected: 1, found: record.sequence)) }
        guard record.previous == .zero else { throw refuse(.wrongPrevious(expected: .zero, found: record.previous)) }
        guard record.keyEpoch == 1 else { throw refuse(.unknownKeyEpoch(record.keyEpoch)) }
        guard record.device == genesis.publicKeys.deviceID else { throw refuse(.genesisDevice) }
        guard genesis.publicKeys.isValidCrossSignature(genesis.p256Signature) else { throw refuse(.crossSignature) }
        do { keys = try KeyHistory(ed25519: genesis.ed25519PublicKey) } catch { throw refuse(.signature(error)) }
        try signed.verify(ed25519: genesis.ed25519PublicKey, ledger: genesis.ledger)
        device = record.device
        chain = .device
        ledger = genesis.ledger
        self.genesis = genesis
        head = signed.head
        session = .none
        lastEpoch = 1
    }

    /// A connector's chain from its first record. `genesis` must have been verified; `keys` come from the device chain.
    public init(connector chain: ChainNumber, genesis signed: SignedRecord, keys: KeyHistory) throws(RecordError) {
        guard case .genesis(let genesis) = signed.record.body else {
            throw .chain(chain, sequence: 1, problem: .notGenesis(signed.record.body.kind))
        }
        guard chain != .device, chain.rawValue <= UInt32(genesis.connectors) else {
            let last = ChainNumber(rawValue: UInt32(genesis.connectors))
            throw .chain(chain, sequence: 1, problem: .wrongChain(expected: last, found: chain))
        }
        device = signed.record.device
        self.chain = chain
        ledger = genesis.ledger
        self.genesis = genesis
        self.keys = keys
        head = nil
        firstPrevious = signed.hash
        session = .none
        lastEpoch = 1
    }

    /// A chain that is read from its middle: behind a known head, or (`nil`) from whatever record comes first.
    ///
    /// `isOutsideSession` says that no session is open there, as before a begin record; otherwise a session that was open
    /// is skipped until its end.
    public init(
        resuming chain: ChainNumber, of device: DeviceID, behind head: ChainHead?, keys: KeyHistory,
        ledger: LedgerChainID, isOutsideSession: Bool, genesis: Genesis? = nil
    ) {
        self.device = device
        self.chain = chain
        self.ledger = ledger
        self.genesis = genesis
        self.keys = keys
        self.head = head
        session = isOutsideSession ? .none : .unknown
        lastEpoch = 1
    }

    /// Checks the next record. Throws `RecordError.chain` with the place.
    ///
    /// `check` is handed the record's signature between the rules on its place and those on its body; whoever defers it
    /// must check every claim, in order, before he believes the fault that is thrown here.
    public mutating func accept(
        _ signed: SignedRecord, checking check: SignatureClaim.Check = SignatureClaim.checkNow
    ) throws(RecordError) {
        let record = signed.record
        do {
            try checkPlace(record)
            try checkSignature(signed, check)
            try checkClosing(record.body)
            if record.chain == .device { try acceptDeviceBody(record) } else { try acceptConnectorBody(signed) }
        } catch {
            throw .chain(record.chain, sequence: record.sequence, problem: error)
        }
        if case .open = record.body { closing = nil }
        if case .close(let close) = record.body { closing = close }
        lastEpoch = record.keyEpoch
        head = signed.head
    }

    private func checkPlace(_ record: Record) throws(ChainFault) {
        guard record.device == device else {
            throw .wrongDevice(expected: device, found: record.device)
        }
        guard record.chain == chain else { throw .wrongChain(expected: chain, found: record.chain) }
        if case .rollbackDetected(let body) = record.body {
            try checkRollback(record, body)
            return
        }
        if let head {
            guard head.sequence < UInt64.max, record.sequence == head.sequence + 1 else {
                throw .wrongSequence(expected: head.sequence &+ 1, found: record.sequence)
            }
            guard record.previous == head.hash else {
                throw .wrongPrevious(expected: head.hash, found: record.previous)
            }
        } else if let firstPrevious {
            guard record.sequence == 1 else {
                throw .wrongSequence(expected: 1, found: record.sequence)
            }
            guard record.previous == firstPrevious else {
                throw .wrongPrevious(expected: firstPrevious, found: record.previous)
            }
        }
    }

    /// A rollback record stands behind the proved head: either that head is here (the ledger has every record), or the
    /// journal's head is here and the record says that it is (the device lost the ones between).
    private func checkRollback(_ record: Record, _ body: RollbackDetected) throws(ChainFault) {
        guard body.provedSequence < UInt64.max, record.sequence == body.provedSequence + 1 else {
            throw .rollbackNotBehindGap
        }
        guard head != nil || firstPrevious != nil else { return }
        if let head, record.sequence == head.sequence &+ 1, record.previous == head.hash { return }
        let known = head ?? ChainHead(sequence: 0, hash: .zero)
        guard body.journalSequence == known.sequence, body.journalHash == known.hash else {
            throw .rollbackNotBehindGap
        }
    }

    private func checkSignature(_ signed: SignedRecord, _ check: SignatureClaim.Check) throws(ChainFault) {
        let epoch = signed.record.keyEpoch
        guard epoch >= lastEpoch else { throw .keyEpochWentBack(from: lastEpoch, to: epoch) }
        // The device chain itself changes the keys, so its records carry the newest epoch always.
        guard chain != .device || epoch == keys.current, let key = keys.key(epoch: epoch) else {
            throw .unknownKeyEpoch(epoch)
        }
        // `open` is the first record under the new ledger's id.
        var ledger = ledger
        if case .open(let open) = signed.record.body { ledger = open.newLedger }
        try check(SignatureClaim(signed: signed, key: key, ledger: ledger))
    }

    private mutating func checkClosing(_ body: RecordBody) throws(ChainFault) {
        if let closing {
            guard case .open(let open) = body else { throw .afterClose(body.kind) }
            guard open.oldLedger == ledger, open.newLedger == closing.newLedger,
                open.anchorHeight == closing.anchorHeight, open.anchorHash == closing.anchorHash
            else { throw .openDoesNotMatchClose }
            ledger = open.newLedger
        } else if case .open(let open) = body {
            // Behind a known record there must be a close; at the start of a partial export there is nothing to compare.
            guard head == nil, firstPrevious == nil, open.newLedger == ledger else {
                throw .openWithoutClose
            }
        }
    }
}
