import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Vouchers that name their bearer")
struct BearerTests {
    private static let one = ChainNumber.connector(1)
    private let card = Curve25519.Signing.PrivateKey()

    private func voucher(_ ledger: TestLedger) throws -> Voucher {
        try ledger.voucher(
            Voucher.Terms(
                number: 7, amount: Microunits(1_000_000), highestPrice: PricePerKilowattHour(TestLedger.price),
                expiry: UTCMilliseconds(ledger.time + 86_400_000), bearer: Array(card.publicKey.rawRepresentation)))
    }

    private func answer(
        _ ledger: TestLedger, _ voucher: GrantHash, chain: ChainNumber = one, device: DeviceID? = nil,
        chainID: LedgerChainID? = nil, key: Curve25519.Signing.PrivateKey? = nil
    ) throws -> BearerAnswer {
        let challenge = [UInt8](repeating: 3, count: 32)
        let statement = BearerAnswer.statement(
            ledger: chainID ?? ledger.chainID, device: device ?? ledger.charger.device, chain: chain,
            challenge: challenge, voucher: voucher)
        return BearerAnswer(
            challenge: challenge, signature: Array(try (key ?? card).signature(for: statement)))
    }

    /// The result of sending an acceptance with this answer.
    private func code(_ ledger: TestLedger, _ voucher: Voucher, _ answer: BearerAnswer?) throws -> UInt32 {
        var ledger = ledger
        var acceptance = ledger.acceptance(of: voucher)
        acceptance.answer = answer
        return try ledger.send([try ledger.charger.append(Self.one, .voucherAcceptance(acceptance))]).code
    }

    /// Caught by: each part of the statement, and `checkBearer`.
    @Test("is settled only with its bearer's answer to this charger, for this connector and voucher")
    func bearer() throws {
        let ledger = try TestLedger()
        let voucher = try voucher(ledger)
        #expect(try code(ledger, voucher, answer(ledger, voucher.hash)) == 0)
        #expect(try code(ledger, voucher, nil) != 0)
        #expect(try code(ledger, voucher, answer(ledger, voucher.hash, chain: .connector(2))) != 0)
        #expect(try code(ledger, voucher, answer(ledger, voucher.hash, device: DeviceID(hashing: [1]))) != 0)
        #expect(try code(ledger, voucher, answer(ledger, voucher.hash, chainID: LedgerChainID("another"))) != 0)
        #expect(try code(ledger, voucher, answer(ledger, GrantHash(hashing: [1]))) != 0)
        #expect(try code(ledger, voucher, answer(ledger, voucher.hash, key: ledger.payerKey)) != 0)
        var other = try answer(ledger, voucher.hash)
        other.challenge[0] ^= 1
        #expect(try code(ledger, voucher, other) != 0)
    }

    @Test("no answer stands beside a voucher that names no bearer; a key of 31 bytes is none")
    func none() throws {
        let ledger = try TestLedger()
        var terms = try voucher(ledger).terms
        terms.bearer = nil
        let plain = try ledger.voucher(terms)
        #expect(try code(ledger, plain, nil) == 0)
        #expect(try code(ledger, plain, answer(ledger, plain.hash)) != 0)
        terms.bearer = [UInt8](repeating: 1, count: 31)
        #expect(throws: LedgerError.self) { try ledger.voucher(terms) }
    }

    @Test("the answer stands in the record and comes back from it; a voucher signed by a card stands like any other")
    func coding() throws {
        let ledger = try TestLedger()
        let voucher = try voucher(ledger)
        #expect(try Voucher(decoding: voucher.bytes).terms.bearer == Array(card.publicKey.rawRepresentation))
        let (statement, payload) = Voucher.toSign(
            voucher.terms, payerKey: Array(card.publicKey.rawRepresentation), ledger: ledger.chainID)
        let message = COSESign1(payload: payload, signature: Array(try card.signature(for: statement))).message
        let made = try Voucher(decoding: message)
        try made.verify(ledger: ledger.chainID)
        #expect(
            made.terms == voucher.terms && made.payer == AccountID(hashing: Array(card.publicKey.rawRepresentation)))
    }
}
