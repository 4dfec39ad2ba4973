import Ledger
public import LightClient
import Quantities
import SignedRecords

extension Receipt {
    /// Decodes and verifies.
    public static func verify(bytes: [UInt8], anchor: LightBlock?) throws(ReceiptError) -> ReceiptReport {
        try Receipt(decoding: bytes).verify(anchor: anchor)
    }

    /// Checks everything: the records' signatures, chain and sums; the tariff's hash; the settlement's proof, and that
    /// it is what the records and the tariff give; every signature of the commit. No clock is asked, nothing expires.
    ///
    /// - Parameter anchor: A block that the reader trusts. Nil: the report names the validator set that all rests on,
    ///   and the reader compares it.
    /// - Throws: The first thing that does not hold.
    public func verify(anchor: LightBlock?) throws(ReceiptError) -> ReceiptReport {
        let device = try verifiedDevice()
        let session = try verifiedSession(of: device)
        let proved = try verifiedLedger(of: device, session)
        try compare(session, with: proved)
        let power: Int64
        do throws(LightClientError) {
            power = try Verifier.verifyAllSignatures(bundle.block, chainID: device.genesis.ledger.text)
        } catch {
            throw .block(error)
        }
        return ReceiptReport(
            device: device, session: session, proved: proved, block: bundle.block, signedPower: power,
            anchorRelation: try AnchorRelation(of: bundle.block, to: anchor))
    }

    // MARK: The device

    /// What the genesis record and the key-changes say.
    struct Device {
        let genesis: Genesis
        let keys: KeyHistory
    }

    private func verifiedDevice() throws(ReceiptError) -> Device {
        var verifier: ChainVerifier
        do throws(RecordError) {
            // Checks the self-signature, the device id, and that both keys sign each other.
            verifier = try ChainVerifier(genesis: genesis)
        } catch {
            throw .genesis(error)
        }
        guard case .genesis(let body) = genesis.record.body else {
            throw .malformed(place: "genesis record", reason: "it is a \(genesis.record.body.kind)")
        }
        var last = genesis.record.sequence
        for (index, change) in keyChanges.enumerated() {
            guard case .keyChange = change.record.body, change.record.sequence > last else {
                throw .malformed(
                    place: "key-change \(index)",
                    reason: "\(change.record.body.kind) number \(change.record.sequence) behind number \(last)")
            }
            // The device's records between are not the driver's business: each change is checked at its own place.
            let place = ChainHead(sequence: change.record.sequence - 1, hash: change.record.previous)
            verifier = ChainVerifier(
                resuming: .device, of: genesis.record.device, behind: place, keys: verifier.keys, ledger: body.ledger,
                isOutsideSession: true, genesis: body)
            do throws(RecordError) {
                try verifier.accept(change)
            } catch {
                throw .keyChange(index: index, reason: error)
            }
            last = change.record.sequence
        }
        guard let newest = records.last?.record.keyEpoch, newest == verifier.keys.current else {
            throw .keyChangeNotNeeded(epoch: verifier.keys.current)
        }
        return Device(genesis: body, keys: verifier.keys)
    }

    // MARK: The session

    /// What the session's records say.
    struct Session {
        let begin: Begin
        let beginRecord: SignedRecord
        let end: End
        let endRecord: SignedRecord
    }

    private func verifiedSession(of device: Device) throws(ReceiptError) -> Session {
        guard let first = records.first?.record else { throw .notOneSession(reason: "there is no record") }
        // A connector chain's first record stands behind genesis (DECISIONS); later ones behind records of others.
        if first.sequence == 1, first.previous != genesis.hash {
            throw .notOneSession(reason: "the chain's first record does not name the genesis record")
        }
        guard first.chain != .device else { throw .notOneSession(reason: "chain 0 holds no session") }
        var verifier = ChainVerifier(
            resuming: first.chain, of: genesis.record.device,
            behind: ChainHead(sequence: first.sequence - 1, hash: first.previous), keys: device.keys,
            ledger: device.genesis.ledger, isOutsideSession: true, genesis: device.genesis)
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
        return Session(begin: begun.0, beginRecord: begun.1, end: ended.0, endRecord: ended.1)
    }

    // MARK: The ledger

    /// What the ledger's proved values and the tariff say.
    struct Proved {
        let settlement: SessionSettlement
        let parameters: LedgerParameters
        let tariff: Tariff
    }

    private func verifiedLedger(of device: Device, _ session: Session) throws(ReceiptError) -> Proved {
        let header = bundle.block.header
        guard header.chainID == device.genesis.ledger.text else {
            throw .wrongLedger(expected: device.genesis.ledger.text, found: header.chainID)
        }
        let hash = TariffHash(hashing: tariff)
        guard hash == session.begin.tariff else {
            throw .tariffMismatch(expected: session.begin.tariff, found: hash)
        }
        let settlementKey = StateKey.session(genesis.record.device, session.begin.session)
        try Self.check(bundle.settlement, is: settlementKey, under: header)
        try Self.check(bundle.parameters, is: .parameters, under: header)
        return Proved(
            settlement: try Self.decode(SessionSettlement.self, bundle.settlement.value, settlementKey.text),
            parameters: try Self.decode(LedgerParameters.self, bundle.parameters.value, StateKey.parameters.text),
            tariff: try Self.decode(Tariff.self, tariff, StateKey.tariff(hash).text))
    }

    private static func check(
        _ entry: ProvedEntry, is key: StateKey, under header: Header
    ) throws(ReceiptError) {
        guard entry.key == key.bytes else {
            throw .proof(key: key.text, reason: "the entry is of another key")
        }
        do throws(LightClientError) {
            let proof = try CommitmentProof(protobuf: entry.proof)
            try proof.verifyMembership(spec: .smt, root: header.appHash, key: entry.key, value: entry.value)
        } catch {
            throw .proof(key: key.text, reason: "\(error)")
        }
    }

    private static func decode<Value: StateValue>(
        _ type: Value.Type, _ bytes: [UInt8], _ key: String
    ) throws(ReceiptError) -> Value {
        do throws(LedgerError) {
            let value = try Value(decoding: bytes)
            guard value.encoded() == bytes else {
                throw LedgerError.malformed(what: Value.noun, reason: "not its one encoding")
            }
            return value
        } catch {
            throw .state(key: key, reason: "\(error)")
        }
    }

    /// The settlement is the one that the records and the tariff give.
    private func compare(_ session: Session, with proved: Proved) throws(ReceiptError) {
        func same<Value: Equatable>(
            _ field: String, _ records: Value, _ ledger: Value
        ) throws(ReceiptError) {
            guard records == ledger else {
                throw .settlementMismatch(field: field, records: "\(records)", ledger: "\(ledger)")
            }
        }
        let settlement = proved.settlement
        try same("chain", session.beginRecord.record.chain, settlement.chain)
        try same("begin number", session.beginRecord.record.sequence, settlement.beginSequence)
        try same("begin hash", session.beginRecord.hash, settlement.beginHash)
        try same("end number", session.endRecord.record.sequence, settlement.endSequence)
        try same("end hash", session.endRecord.hash, settlement.endHash)
        try same("energy in mWh", session.end.energy.rawValue, settlement.energy.rawValue)
        try same("payer", session.begin.payer, settlement.payer)
        try same("tariff", session.begin.tariff, settlement.tariff)
        let due: Settlement
        do throws(LedgerError) {
            // What the grant held at begin is not in the records; the ledger took at most that, and never more than the
            // energy costs. Where it took less than the cost, the report says how much stayed unpaid.
            due = try Settlement(
                energy: session.end.energy, price: proved.tariff.price, available: settlement.paid,
                commission: proved.parameters.commission)
        } catch {
            throw .settlementMismatch(field: "amounts", records: "\(error)", ledger: "\(settlement.paid.rawValue)")
        }
        try same("paid in microunits", due.paid.rawValue, settlement.paid.rawValue)
        try same("commission in microunits", due.commission.rawValue, settlement.commission.rawValue)
    }
}
