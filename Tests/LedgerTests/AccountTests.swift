import ChargerSamples
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Accounts")
struct AccountTests {
    private let other = AccountID(hashing: [0x0B])

    @Test("a transfer moves exactly its amount")
    func transfer() throws {
        var ledger = try TestLedger()
        #expect(try ledger.send(.transfer(to: other, amount: Microunits(2_500)), by: ledger.payerKey) == .success)
        #expect(try ledger.balance(other) == 2_500)
        #expect(try ledger.balance(ledger.payer) == 9_997_500)
        #expect(try ledger.send(.transfer(to: ledger.payer, amount: Microunits(4)), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_997_500)
    }

    @Test("what an account does not hold does not move, and the refusal uses the nonce up")
    func insufficient() throws {
        var ledger = try TestLedger()
        let transaction = try ledger.sign(.transfer(to: other, amount: Microunits(10_000_001)), by: ledger.payerKey)
        let result = try ledger.apply(transaction.bytes)
        #expect(
            result
                == TransactionResult(
                    LedgerError.insufficientFunds(needed: Microunits(10_000_001), available: Microunits(10_000_000))))
        #expect(try ledger.account(ledger.payer) == Account(balance: Microunits(10_000_000), nextNonce: 1))
        #expect(try ledger.balance(other) == 0)
        #expect(try ledger.apply(transaction.bytes).code == LedgerError.nonce(expected: 1, found: 0).code)
    }

    @Test("nonces are taken in turn; nothing is replayed")
    func nonces() throws {
        var ledger = try TestLedger()
        let body = TransactionBody.transfer(to: other, amount: Microunits(1))
        let later = try ledger.sign(body, by: ledger.payerKey, nonce: 1)
        #expect(try ledger.apply(later.bytes) == TransactionResult(LedgerError.nonce(expected: 0, found: 1)))
        #expect(try ledger.account(ledger.payer).nextNonce == 0)
        let first = try ledger.sign(body, by: ledger.payerKey, nonce: 0)
        #expect(try ledger.apply(first.bytes).code == 0)
        #expect(try ledger.apply(first.bytes) == TransactionResult(LedgerError.nonce(expected: 1, found: 0)))
        #expect(try ledger.apply(later.bytes).code == 0)
        #expect(try ledger.balance(other) == 2)
    }

    @Test("a signature for another ledger, or by another key, changes nothing at all")
    func signatures() throws {
        var ledger = try TestLedger()
        let before = ledger.state.values
        let body = TransactionBody.transfer(to: other, amount: Microunits(1))
        let foreign = try SignedTransaction.sign(
            body, nonce: 0, key: ledger.payerKey, ledger: try LedgerChainID("another"))
        #expect(try ledger.apply(foreign.bytes).code == 2)
        let honest = try COSESign1.decode(try ledger.sign(body, by: ledger.payerKey).bytes)
        let thief = try COSESign1.sign(
            payload: honest.payload, aad: SigningContext.transaction.additionalData(ledger: ledger.chainID),
            key: try SampleCharger.key("thief"))
        #expect(try ledger.apply(thief.message).code == 2)
        #expect(ledger.state.values == before)
    }

    @Test("a tariff stands once, under its hash")
    func tariffs() throws {
        var ledger = try TestLedger()
        let tariff = try Tariff(name: "Night", price: .init(150_000))
        #expect(try ledger.send(.publishTariff(tariff), by: ledger.payerKey).code == 0)
        #expect(try ledger.read(.tariff(tariff.hash), as: Tariff.self) == tariff)
        #expect(tariff.hash == TariffHash(hashing: tariff.encoded()))
        #expect(try ledger.send(.publishTariff(tariff), by: ledger.payerKey).code == 7)
    }

    @Test("a state that cannot be read is fatal, never a result")
    func unreadable() throws {
        var ledger = try TestLedger()
        let transaction = try ledger.sign(.transfer(to: other, amount: Microunits(1)), by: ledger.payerKey)
        ledger.state.unreadable = .account(other)
        #expect(throws: LedgerError.stateUnavailable(reason: "disk")) { try ledger.apply(transaction.bytes) }
        ledger.state.unreadable = nil
        ledger.state.values[.account(ledger.payer)] = [0xFF]
        #expect(throws: LedgerError.self) { try ledger.apply(transaction.bytes) }
        ledger.state.values[.parameters] = nil
        #expect(throws: LedgerError.self) { try ledger.apply(transaction.bytes) }
    }
}
