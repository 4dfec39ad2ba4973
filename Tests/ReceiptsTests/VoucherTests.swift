import Crypto
import Ledger
import Quantities
import ReceiptSamples
import Receipts
import RecordSamples
import SignedRecords
import Testing

@Suite("A receipt paid by a voucher")
struct VoucherTests {
    private static let key = Curve25519.Signing.PrivateKey()
    private static let payer = AccountID(hashing: Array(key.publicKey.rawRepresentation))

    /// A session behind an acceptance of a voucher with these changes.
    private func sample(
        pays: Bool = true, payer: AccountID = payer, ledger: String? = nil, price: Int64 = 350_000,
        bearer: Curve25519.Signing.PrivateKey? = nil, answeredAt chain: ChainNumber? = nil,
        changing change: (inout VoucherAcceptance) -> Void = { _ in }
    ) throws -> (sample: SampleReceipt, records: [SignedRecord]) {
        var sample = try SampleReceipt()
        var device = try SampleDevice()
        let terms = Voucher.Terms(
            number: 1, amount: Microunits(9_000_000), highestPrice: PricePerKilowattHour(price),
            expiry: UTCMilliseconds(1_900_000_000_000), owner: device.owner,
            bearer: bearer.map { Array($0.publicKey.rawRepresentation) })
        let voucher = try Voucher.sign(
            terms, key: Self.key, ledger: try ledger.map { try LedgerChainID($0) } ?? device.ledger)
        var acceptance = VoucherAcceptance(
            payer: voucher.payer, amount: terms.amount, tariff: sample.tariff.hash, expiry: terms.expiry,
            voucher: voucher.bytes)
        if let bearer {
            let challenge = [UInt8](repeating: 4, count: 32)
            let statement = BearerAnswer.statement(
                ledger: device.ledger, device: device.device, chain: chain ?? sample.chain, challenge: challenge,
                voucher: voucher.hash)
            acceptance.answer = BearerAnswer(
                challenge: challenge, signature: Array(try bearer.signature(for: statement)))
        }
        change(&acceptance)
        var records = [try device.append(sample.chain, .voucherAcceptance(acceptance))]
        let grant = pays ? voucher.hash : GrantHash(hashing: [9])
        var begin = device.begin(sample.chain, register: 7_000_000, grant: grant)
        begin.tariff = sample.tariff.hash
        begin.payer = PayerHash.derive(account: payer, session: begin.session)
        records.append(try device.append(sample.chain, .begin(begin)))
        let end = End(
            session: begin.session, reason: .unplugged, reading: SampleDevice.reading(7_000_500),
            energy: MilliwattHours(500), ticks: 0)
        records.append(try device.append(sample.chain, .end(end)))
        sample.device = device
        sample.session = begin.session
        sample.records = Array(records.dropFirst())
        return (sample, records)
    }

    @Test("carries the acceptance, and says so")
    func carried() throws {
        var (sample, records) = try sample()
        let bundle = try sample.bundle(try sample.settlement())
        let receipt = try ReceiptBuilder.build(
            session: sample.session, genesis: sample.device.genesis, keyChanges: [], chainRecords: records,
            tariff: sample.tariff.encoded(), bundle: bundle)
        #expect(receipt.records.count == 3)
        #expect(try receipt.verify(anchor: nil).isVoucher)
        #expect(try receipt.verify(anchor: nil).plainText.contains("voucher       "))
    }

    @Test("carries the answer of the bearer whom the voucher names, and is refused without it or with another's")
    func bearer() throws {
        let card = Curve25519.Signing.PrivateKey()
        func verify(_ made: (sample: SampleReceipt, records: [SignedRecord])) throws {
            var sample = made.sample
            _ = try Receipt(
                genesis: sample.device.genesis, keyChanges: [], records: made.records,
                tariff: sample.tariff.encoded(), bundle: try sample.bundle(try sample.settlement())
            ).verify(anchor: nil)
        }
        try verify(try sample(bearer: card))
        let one = try sample(bearer: card) { $0.answer = nil }
        #expect(throws: ReceiptError.self) { try verify(one) }
        let other = try sample(bearer: card, answeredAt: .connector(31))
        #expect(throws: ReceiptError.self) { try verify(other) }
        let needless = try sample {
            $0.answer = BearerAnswer(
                challenge: [UInt8](repeating: 4, count: 32), signature: [UInt8](repeating: 4, count: 64))
        }
        #expect(throws: ReceiptError.self) { try verify(needless) }
    }

    @Test("is refused where begin names another payer than the voucher")
    func otherPayer() throws {
        var (sample, records) = try sample(payer: AccountID(hashing: [0x71]))
        let receipt = Receipt(
            genesis: sample.device.genesis, keyChanges: [], records: records, tariff: sample.tariff.encoded(),
            bundle: try sample.bundle(try sample.settlement()))
        let refusal = ReceiptError.notOneSession(reason: "begin names another payer than the voucher before it")
        #expect(throws: refusal) { try receipt.verify(anchor: nil) }
    }

    @Test("is refused where the voucher is not what its acceptance says, or not for this ledger or tariff")
    func forged() throws {
        func refused(_ made: (sample: SampleReceipt, records: [SignedRecord]), _ words: String) throws {
            var sample = made.sample
            let receipt = Receipt(
                genesis: sample.device.genesis, keyChanges: [], records: made.records,
                tariff: sample.tariff.encoded(), bundle: try sample.bundle(try sample.settlement()))
            let error = #expect(throws: ReceiptError.self) { try receipt.verify(anchor: nil) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        try refused(try sample(ledger: "another"), "voucher: signature")
        try refused(try sample(price: 349_999), "voucher: tariff")
        try refused(try sample { $0.tariff = TariffHash(hashing: [1]) }, "voucher: tariff")
        try refused(try sample { $0.amount = Microunits(9_000_001) }, "voucher: amount")
        // 500 mWh cost 175: the ledger never takes more than was accepted.
        try refused(try sample { $0.amount = Microunits(174) }, "paid on the voucher")
    }

    @Test("does not carry an acceptance that stood alone before it, and is refused with one")
    func alone() throws {
        var (sample, records) = try sample(pays: false)
        let bundle = try sample.bundle(try sample.settlement())
        let receipt = try ReceiptBuilder.build(
            session: sample.session, genesis: sample.device.genesis, keyChanges: [], chainRecords: records,
            tariff: sample.tariff.encoded(), bundle: bundle)
        #expect(receipt.records.count == 2)
        let forged = Receipt(
            genesis: receipt.genesis, keyChanges: [], records: records, tariff: receipt.tariff, bundle: bundle)
        #expect(throws: ReceiptError.notOneSession(reason: "the voucher before begin pays another session")) {
            try forged.verify(anchor: nil)
        }
    }
}
