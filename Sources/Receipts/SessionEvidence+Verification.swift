import SignedRecords

extension SessionEvidence {
    /// What the records say, checked.
    struct Verified {
        let device: Device
        let session: Session
        /// The ledger that the session's records are signed for.
        let ledger: LedgerChainID
    }

    /// What the genesis record and the key-changes say.
    struct Device {
        let genesis: Genesis
        var keys: KeyHistory
        /// The P-256 keys by key epoch, 65 bytes each.
        var ocmfKeys: [UInt32: [UInt8]]
        /// For each key change, the place among the ledgers (0: the first) under which it was made.
        var ledgerOfEpoch: [UInt32: Int] = [:]
    }

    /// What the session's records say.
    struct Session {
        let begin: Begin
        let beginRecord: SignedRecord
        let end: End
        let endRecord: SignedRecord
    }

    /// Checks signatures, chain, moves and sums.
    func verified() throws(ReceiptError) -> Verified {
        let device = try verifiedDevice()
        guard let first = records.first?.record else { throw .notOneSession(reason: "there is no record") }
        guard first.chain != .device, first.chain.rawValue <= UInt32(device.genesis.connectors) else {
            throw .notOneSession(reason: "chain \(first.chain) holds no session")
        }
        let (ledger, head) = try verifiedMoves(of: first.chain, device)
        return Verified(
            device: device, session: try verifiedSession(of: device, under: ledger, behind: head), ledger: ledger)
    }

    // MARK: The device

    private func verifiedDevice() throws(ReceiptError) -> Device {
        let verifier: ChainVerifier
        do throws(RecordError) {
            // Checks the self-signature, the device id, and that both keys sign each other.
            verifier = try ChainVerifier(genesis: genesis)
        } catch {
            throw .genesis(error)
        }
        guard case .genesis(let body) = genesis.record.body else {
            throw .malformed(place: "genesis record", reason: "it is a \(genesis.record.body.kind)")
        }
        var device = Device(
            genesis: body, keys: verifier.keys, ocmfKeys: [verifier.keys.current: body.p256PublicKey])
        // The ledgers' names, as the moves claim them; the moves are verified after the keys that sign them.
        var ledgers = [body.ledger]
        for case .open(let open) in moves.map(\.record.body) { ledgers.append(open.newLedger) }
        var last = genesis.record.sequence
        var place = 0
        for (index, change) in keyChanges.enumerated() {
            guard case .keyChange(let changed) = change.record.body, change.record.sequence > last else {
                throw .malformed(
                    place: "key-change \(index)",
                    reason: "\(change.record.body.kind) number \(change.record.sequence) behind number \(last)")
            }
            place = try accept(change, index, of: &device, ledgers: ledgers, from: place)
            device.ocmfKeys[changed.newEpoch] = changed.p256PublicKey
            device.ledgerOfEpoch[changed.newEpoch] = place
            last = change.record.sequence
        }
        guard let newest = records.last?.record.keyEpoch, newest == device.keys.current else {
            throw .keyChangeNotNeeded(epoch: device.keys.current)
        }
        return device
    }

    /// Takes a key-change, made under the ledger at `from` or at a later one; gives that place. Its signature fits one
    /// ledger's id alone.
    private func accept(
        _ change: SignedRecord, _ index: Int, of device: inout Device, ledgers: [LedgerChainID], from: Int
    ) throws(ReceiptError) -> Int {
        var reason: RecordError?
        for place in from..<ledgers.count {
            // The device's records between are not the driver's business: each change is checked at its own place.
            let head = ChainHead(sequence: change.record.sequence - 1, hash: change.record.previous)
            var verifier = ChainVerifier(
                resuming: .device, of: genesis.record.device, behind: head, keys: device.keys, ledger: ledgers[place],
                isOutsideSession: true, genesis: device.genesis)
            do throws(RecordError) {
                try verifier.accept(change)
                device.keys = verifier.keys
                return place
            } catch {
                if reason == nil { reason = error }
            }
        }
        throw .keyChange(index: index, reason: reason ?? .notCanonical)
    }

    // MARK: The ledgers

    /// Follows the chain's moves; gives the ledger behind them, and the head that the last one left.
    private func verifiedMoves(
        of chain: ChainNumber, _ device: Device
    ) throws(ReceiptError) -> (ledger: LedgerChainID, head: ChainHead?) {
        var ledger = device.genesis.ledger
        var head: ChainHead?
        guard moves.count.isMultiple(of: 2) else { throw .move(index: moves.count - 1, reason: "close without open") }
        for index in stride(from: 0, to: moves.count, by: 2) {
            let (close, open) = (moves[index], moves[index + 1])
            guard case .close = close.record.body else { throw .move(index: index, reason: "it is no close") }
            guard case .open = open.record.body else { throw .move(index: index + 1, reason: "it is no open") }
            try requireBehind(close, head, what: { reason in .move(index: index, reason: reason) })
            var verifier = ChainVerifier(
                resuming: chain, of: genesis.record.device,
                behind: ChainHead(sequence: close.record.sequence - 1, hash: close.record.previous), keys: device.keys,
                ledger: ledger, isOutsideSession: true, genesis: device.genesis)
            for (offset, signed) in [close, open].enumerated() {
                do throws(RecordError) {
                    try verifier.accept(signed)
                } catch {
                    throw .move(index: index + offset, reason: "\(error)")
                }
                try requireKey(of: signed, device, ledgerPlace: index / 2 + offset, index + offset)
            }
            ledger = verifier.ledger
            head = open.head
        }
        return (ledger, head)
    }

    /// No record is signed with a key that was made under a later ledger, or was replaced under an earlier one.
    private func requireKey(
        of signed: SignedRecord, _ device: Device, ledgerPlace: Int, _ index: Int
    ) throws(ReceiptError) {
        let epoch = signed.record.keyEpoch
        let born = device.ledgerOfEpoch[epoch] ?? 0
        let replaced = device.ledgerOfEpoch[epoch &+ 1] ?? .max
        guard born <= ledgerPlace, ledgerPlace <= replaced else {
            throw .move(index: index, reason: "key epoch \(epoch) was not in force under that ledger")
        }
    }

    /// A record stands in its chain behind another, or behind genesis where it is the chain's first.
    private func requireBehind(
        _ signed: SignedRecord, _ head: ChainHead?, what refusal: (String) -> ReceiptError
    ) throws(ReceiptError) {
        let record = signed.record
        if record.sequence == 1, record.previous != genesis.hash {
            throw refusal("the chain's first record does not name the genesis record")
        }
        guard let head else { return }
        guard record.sequence > head.sequence else {
            throw refusal("number \(record.sequence) does not come after number \(head.sequence)")
        }
        if record.sequence - 1 == head.sequence, record.previous != head.hash {
            throw refusal("it does not follow the open record directly before it")
        }
    }

    // MARK: The session

    private func verifiedSession(
        of device: Device, under ledger: LedgerChainID, behind head: ChainHead?
    ) throws(ReceiptError) -> Session {
        guard let first = records.first else { throw .notOneSession(reason: "there is no record") }
        // A connector chain's first record stands behind genesis; later ones behind records of others.
        try requireBehind(first, head, what: { .notOneSession(reason: $0) })
        var verifier = ChainVerifier(
            resuming: first.record.chain, of: genesis.record.device,
            behind: ChainHead(sequence: first.record.sequence - 1, hash: first.record.previous), keys: device.keys,
            ledger: ledger, isOutsideSession: true, genesis: device.genesis)
        var begun: (Begin, SignedRecord)?
        var ended: (End, SignedRecord)?
        for (index, signed) in records.enumerated() {
            guard ended == nil else { throw .notOneSession(reason: "record \(index) follows the end record") }
            do throws(RecordError) {
                try verifier.accept(signed)
            } catch {
                throw .record(index: index, reason: error)
            }
            switch signed.record.body {
            case .begin(let begin):
                guard begun == nil else { throw .notOneSession(reason: "record \(index) is a second begin") }
                begun = (begin, signed)
            case .end(let end):
                ended = (end, signed)
            case .voucherAcceptance:
                guard index == 0 else { throw .notOneSession(reason: "record \(index) accepts a voucher") }
            default:
                guard begun != nil else {
                    throw .notOneSession(reason: "record \(index), \(signed.record.body.kind), before begin")
                }
            }
        }
        guard let begun, let ended else { throw .notOneSession(reason: "begin or end is missing") }
        if case .voucherAcceptance(let voucher) = first.record.body {
            guard voucher.voucherHash == begun.0.grant else {
                throw .notOneSession(reason: "the voucher before begin pays another session")
            }
            guard begun.0.isPaid(by: voucher.payer) else {
                throw .notOneSession(reason: "begin names another payer than the voucher before it")
            }
        }
        return Session(begin: begun.0, beginRecord: begun.1, end: ended.0, endRecord: ended.1)
    }
}
