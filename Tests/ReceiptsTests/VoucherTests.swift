import Ledger
import Quantities
import ReceiptSamples
import Receipts
import RecordSamples
import SignedRecords
import Testing

@Suite("A receipt paid by a voucher")
struct VoucherTests {
    private func sample(pays: Bool, payer: UInt8 = 0x70) throws -> (sample: SampleReceipt, records: [SignedRecord]) {
        var sample = try SampleReceipt()
        var device = try SampleDevice()
        let voucher = VoucherAcceptance(
            payer: AccountID(hashing: [payer]), amount: Microunits(9_000_000), tariff: sample.tariff.hash,
            expiry: UTCMilliseconds(1_900_000_000_000), voucher: [1, 2, 3])
        var records = [try device.append(sample.chain, .voucherAcceptance(voucher))]
        let grant = pays ? voucher.voucherHash : GrantHash(hashing: [9])
        var begin = device.begin(sample.chain, register: 7_000_000, grant: grant)
        begin.tariff = sample.tariff.hash
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
        var (sample, records) = try sample(pays: true)
        let bundle = try sample.bundle(try sample.settlement())
        let receipt = try ReceiptBuilder.build(
            session: sample.session, genesis: sample.device.genesis, keyChanges: [], chainRecords: records,
            tariff: sample.tariff.encoded(), bundle: bundle)
        #expect(receipt.records.count == 3)
        #expect(try receipt.verify(anchor: nil).isVoucher)
        #expect(try receipt.verify(anchor: nil).plainText.contains("voucher       "))
    }

    @Test("is refused where begin names another payer than the voucher")
    func otherPayer() throws {
        var (sample, records) = try sample(pays: true, payer: 0x71)
        let receipt = Receipt(
            genesis: sample.device.genesis, keyChanges: [], records: records, tariff: sample.tariff.encoded(),
            bundle: try sample.bundle(try sample.settlement()))
        let refusal = ReceiptError.notOneSession(reason: "begin names another payer than the voucher before it")
        #expect(throws: refusal) { try receipt.verify(anchor: nil) }
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
