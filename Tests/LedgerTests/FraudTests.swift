import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Fraud")
struct FraudTests {
    private let event = RecordBody.checkpoint(Checkpoint(heads: [], ledgerHeight: 4, ledgerHash: .zero))

    /// Two contents for the next number of a chain; the chain does not move.
    private func fork(_ ledger: TestLedger, _ chain: ChainNumber) throws -> (SignedRecord, SignedRecord) {
        var record = ledger.charger.next(chain, event)
        let one = try ledger.charger.sign(record)
        record.time.monotonic += 1
        return (one, try ledger.charger.sign(record))
    }

    private func registration(_ ledger: TestLedger) throws -> ChargerRegistration {
        try #require(try ledger.read(.charger(ledger.charger.device), as: ChargerRegistration.self))
    }

    @Test("anyone shows two records that never came in a batch: kept, the charger frozen, unused grants returned")
    func shown() throws {
        var ledger = try TestLedger()
        _ = try ledger.grant(1_000_000)
        let money = try ledger.money()
        let (one, other) = try fork(ledger, .connector(2))
        let stranger = try SampleCharger.key("stranger")
        #expect(try !registration(ledger).isFrozen)
        let result = try ledger.send(.reportFraud(one: one.message, other: other.message), by: stranger)
        #expect(result.code == 0 && result.isEquivocation, "\(result.log)")
        #expect(
            result.log
                == "charger \(ledger.charger.device): fraud proof: chain 2, record 1: two contents")
        let key = StateKey.equivocation(ledger.charger.device, .connector(2))
        #expect(
            try ledger.read(key, as: Equivocation.self)
                == Equivocation(sequence: 1, accepted: one.hash, other: other.message))
        #expect(try registration(ledger).isFrozen)
        #expect(try ledger.standing() == nil)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.money() == money)
        let body = TransactionBody.grant(
            device: ledger.charger.device, chain: .connector(1), amount: Microunits(100_000),
            tariff: ledger.tariff.hash,
            expiry: UTCMilliseconds(ledger.time + 1_000))
        let refused = try ledger.send(body, by: ledger.payerKey)
        #expect(!refused.isEquivocation && refused.code == 6 && refused.log.contains("frozen"), "\(refused.log)")
        // Once is enough; its records are still taken.
        #expect(try ledger.send(.reportFraud(one: other.message, other: one.message), by: stranger).code == 7)
        let batch = try ledger.send([try ledger.charger.append(.connector(1), event)])
        #expect(batch.code == 0 && !batch.isEquivocation)
    }

    @Test("the record that the ledger has is the accepted one, whichever is shown first")
    func accepted() throws {
        var ledger = try TestLedger()
        let (one, other) = try fork(ledger, .device)
        #expect(try ledger.send([one]).code == 0)
        let report = TransactionBody.reportFraud(one: other.message, other: one.message)
        #expect(try ledger.send(report, by: ledger.payerKey).code == 0)
        let kept = try ledger.read(.equivocation(ledger.charger.device, .device), as: Equivocation.self)
        #expect(kept == Equivocation(sequence: 2, accepted: one.hash, other: other.message))
    }

    @Test("what proves nothing freezes nobody: a forgery, one record twice, two numbers, two chains, another ledger's")
    func nothing() throws {
        var ledger = try TestLedger()
        let (one, other) = try fork(ledger, .connector(1))
        let forged = try ledger.charger.sign(other.record, key: try SampleCharger.key("enemy"))
        let elsewhere = try SignedRecord(
            signing: other.record, key: ledger.charger.key, ledger: try LedgerChainID("another"))
        var further = other.record
        further.sequence += 1
        let later = try ledger.charger.sign(further)
        let (beside, _) = try fork(ledger, .connector(2))
        var stranger = try SampleCharger("unregistered")
        let unknown = try stranger.append(.connector(1), event)
        for (second, code) in [
            (forged, 2), (one, 8), (elsewhere, 2), (later, 8), (beside, 8), (unknown, 8),
        ] as [(SignedRecord, UInt32)] {
            for pair in [(one, second), (second, one)] {
                let body = TransactionBody.reportFraud(one: pair.0.message, other: pair.1.message)
                let result = try ledger.send(body, by: ledger.payerKey)
                #expect(result.code == code || (result.code == 5 && second == unknown), "\(result.log)")
            }
        }
        #expect(try !registration(ledger).isFrozen)
        #expect(ledger.state.values[.equivocation(ledger.charger.device, .connector(1))] == nil)
    }

    @Test("a contradiction in a batch freezes as well; the open session is settled, later ones are unpaid")
    func inABatch() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(5_000_000)
        let (one, other) = try fork(ledger, .connector(2))
        #expect(try ledger.send([one]).code == 0)
        let begin = ledger.begin(grant)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(begin))]).code == 0)
        #expect(try ledger.send([other]).code == 11)
        #expect(try registration(ledger).isFrozen)
        let tick = SampleCharger.tick(begin.session, energy: 1_000_000, register: 5_000_000, after: 0)
        let end = SampleCharger.end(begin.session, energy: 1_000_000, register: 5_000_000, ticks: 1)
        let rest = [
            try ledger.charger.append(.connector(1), .tick(tick)), try ledger.charger.append(.connector(1), .end(end)),
        ]
        #expect(try ledger.send(rest).code == 0)
        #expect(try ledger.settlement(begin.session)?.paid == Microunits(300_000))
        let next = ledger.begin(grant, register: 6_000_000)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(next))]).code == 0)
        #expect(try ledger.open()?.funded == false)
    }

    @Test("a restored image that says rollback-detected is accepted, freezes nobody, and frees its connector")
    func restored() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(5_000_000)
        let opening = try ledger.charger.append(.connector(1), .begin(ledger.begin(grant)))
        #expect(try ledger.send([opening]).code == 0)
        let rollback = RollbackDetected(
            journalSequence: 0, journalHash: .zero, provedSequence: opening.record.sequence, ledgerHeight: 3)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .rollbackDetected(rollback))]).code == 0)
        #expect(try !registration(ledger).isFrozen)
        #expect(try ledger.open() == nil)
        #expect(try ledger.head()?.sequence == 2)
    }
}
