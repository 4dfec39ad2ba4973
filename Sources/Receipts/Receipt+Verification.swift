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
        let evidence = evidence
        let verified = try evidence.verified()
        let proved = try verifiedLedger(verified)
        try checkVoucher(verified, proved)
        try compare(verified.session, with: proved)
        let power: Int64
        do throws(LightClientError) {
            power = try Verifier.verifyAllSignatures(bundle.block, chainID: verified.ledger.text)
        } catch {
            throw .block(error)
        }
        return ReceiptReport(
            verified, evidence: evidence, proved: proved, block: bundle.block, signedPower: power,
            anchorRelation: try AnchorRelation(of: bundle.block, to: anchor), digest: Hash.sha256(encode()))
    }

    /// Where a voucher paid: that its payer signed it for this ledger, with these terms, and that it was not overdrawn.
    private func checkVoucher(_ verified: SessionEvidence.Verified, _ proved: Proved) throws(ReceiptError) {
        guard let first = records.first?.record, case .voucherAcceptance(let acceptance) = first.body else { return }
        do {
            _ = try Voucher.read(
                acceptance, by: genesis.record.device, at: first.chain, of: verified.device.genesis.owner,
                tariff: proved.tariff, ledger: verified.ledger)
        } catch {
            throw .voucher(error)
        }
        let paid = proved.settlement.paid
        guard paid <= acceptance.amount else {
            throw .settlementMismatch(
                field: "paid on the voucher", records: "at most \(acceptance.amount.rawValue)",
                ledger: "\(paid.rawValue)")
        }
    }

    // MARK: The ledger

    /// What the ledger's proved values and the tariff say.
    struct Proved {
        let settlement: SessionSettlement
        let parameters: LedgerParameters
        let tariff: Tariff
    }

    private func verifiedLedger(_ verified: SessionEvidence.Verified) throws(ReceiptError) -> Proved {
        let session = verified.session
        let header = bundle.block.header
        guard header.chainID == verified.ledger.text else {
            throw .wrongLedger(expected: verified.ledger.text, found: header.chainID)
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
    private func compare(_ session: SessionEvidence.Session, with proved: Proved) throws(ReceiptError) {
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
        try compareConsumption(session, with: proved)
        let due: Settlement
        do throws(LedgerError) {
            // What the grant held at begin is not in the records; the ledger took at most that, and never more than the
            // consumption costs. Where it took less than the cost, the report says how much stayed unpaid.
            due = try Settlement(
                settlement.consumption, under: proved.tariff, available: settlement.paid,
                commission: settlement.commissionRate ?? proved.parameters.firstCommission)
        } catch {
            throw .settlementMismatch(field: "amounts", records: "\(error)", ledger: "\(settlement.paid.rawValue)")
        }
        try same("paid in microunits", due.paid.rawValue, settlement.paid.rawValue)
        try same("commission in microunits", due.commission.rawValue, settlement.commission.rawValue)
    }

    /// What the ledger counted is what the records show: as much energy at each price as their own times give, or less of it
    /// where the ledger could not vouch for a time (then it stands at the price without a clock) or a grant's limit of energy
    /// was reached.
    private func compareConsumption(
        _ session: SessionEvidence.Session, with proved: Proved
    ) throws(ReceiptError) {
        let counted = proved.settlement.consumption
        let shown = session.consumption(under: proved.tariff, records: records)
        func refuse(_ field: String, _ records: Int64, _ ledger: Int64) -> ReceiptError {
            .settlementMismatch(field: field, records: "at most \(records)", ledger: "\(ledger)")
        }
        guard counted.energies.count == shown.energies.count else {
            throw refuse("prices", Int64(shown.energies.count), Int64(counted.energies.count))
        }
        guard let energy = counted.energy, energy <= session.end.energy else {
            throw refuse("energy paid for in mWh", session.end.energy.rawValue, counted.energy?.rawValue ?? .max)
        }
        let timed = proved.tariff.isPlain ? counted.energies.count : counted.energies.count - 1
        for (index, pair) in zip(shown.energies, counted.energies).prefix(timed).enumerated() where pair.1 > pair.0 {
            throw refuse("energy at price \(index) in mWh", pair.0.rawValue, pair.1.rawValue)
        }
        guard counted.milliseconds <= shown.milliseconds else {
            throw refuse("milliseconds", shown.milliseconds, counted.milliseconds)
        }
    }
}
