import Ledger
import LedgerSamples
import LightClient
import Quantities
import ReceiptSamples
import Receipts
import RecordSamples
import SignedRecords
import Testing

@Suite("A receipt that is whole")
struct ReceiptTests {
    @Test("verifies from its bytes, and says what it proves")
    func whole() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        let bytes = receipt.encode()
        #expect(try Receipt(decoding: bytes) == receipt)
        let report = try Receipt.verify(bytes: bytes, anchor: nil)
        #expect(report.energy == MilliwattHours(3_300_000))
        #expect(report.paid == Microunits(1_155_000))
        #expect(report.commission == Microunits(34_650))
        #expect(report.unpaid == .zero)
        #expect(report.ticks == 3)
        #expect(report.records == 5)
        #expect(report.height == 2)
        #expect(report.signedPower == 40)
        #expect(report.totalPower == 40)
        #expect(report.owner == sample.device.owner)
        #expect(report.anchorRelation == .notGiven)
        #expect(report.validatorsHash == receipt.bundle.block.header.validatorsHash)
    }

    @Test("in the middle of a chain, with a pause, behind a key change")
    func middle() throws {
        var sample = try SampleReceipt(keyChange: true, priorSessions: 2, pauses: true)
        let receipt = try sample.receipt()
        #expect(receipt.keyChanges.count == 1)
        let report = try Receipt.verify(bytes: receipt.encode(), anchor: nil)
        #expect(report.beginSequence == 7)
        #expect(report.records == 7)
    }

    @Test("of a session that outran its grant says what stayed unpaid")
    func underpaid() throws {
        var sample = try SampleReceipt()
        let report = try sample.receipt(try sample.settlement(available: Microunits(1_000_000))).verify(anchor: nil)
        #expect(report.paid == Microunits(1_000_000))
        #expect(report.commission == Microunits(30_000))
        #expect(report.unpaid == Microunits(155_000))
        #expect(report.plainText.contains("not paid      0.155 beyond what the grant held"))
    }

    @Test("is readable by people")
    func plainText() throws {
        var sample = try SampleReceipt()
        let text = try sample.receipt().verify(anchor: nil).plainText
        #expect(text.contains("energy        3.300 kWh"))
        #expect(text.contains("register      7.000 to 10.300 kWh"))
        #expect(text.contains("tariff        day and night, 0.35 per kWh"))
        #expect(text.contains("paid          1.155\n"))
        #expect(text.contains("commission    0.03465 of it"))
        #expect(text.contains("signed by     power 40 of 40"))
        #expect(text.contains("compare the validators' hash"))
        #expect(!text.contains("warning"))
    }

    @Test("keeps working when validators were absent or voted nil, and counts only those who signed")
    func nilVotes() throws {
        var sample = try SampleReceipt()
        sample.ledger = SampleChain(
            members: try (1...7).map { try SampleChain.Member(seed: $0) }, time: sample.ledger.time)
        sample.flags = [2: .absent, 5: .nil]
        let report = try Receipt.verify(bytes: try sample.receipt().encode(), anchor: nil)
        #expect(report.signedPower == 50)
        #expect(report.totalPower == 70)
    }
}

@Suite("The builder")
struct ReceiptBuilderTests {
    @Test("cuts the session out of a longer chain and leaves later key changes out")
    func cuts() throws {
        var sample = try SampleReceipt(keyChange: true, priorSessions: 0)
        let before = sample.records
        let bundle = try sample.bundle(try sample.settlement())
        let laterChange = try sample.device.changeKeys(seed: 10)
        let later = try sample.device.session(sample.chain, kilowattHours: 1)
        let receipt = try ReceiptBuilder.build(
            session: sample.session, genesis: sample.device.genesis, keyChanges: sample.keyChanges + [laterChange],
            chainRecords: before + later, tariff: sample.tariff.encoded(), bundle: bundle)
        #expect(receipt.records == before)
        #expect(receipt.keyChanges == sample.keyChanges)
    }

    @Test("says when the session is not there, or not ended")
    func missing() throws {
        var sample = try SampleReceipt()
        let bundle = try sample.bundle(try sample.settlement())
        func build(_ session: SessionID, _ records: [SignedRecord]) throws(ReceiptError) -> Receipt {
            try ReceiptBuilder.build(
                session: session, genesis: sample.device.genesis, keyChanges: [], chainRecords: records,
                tariff: sample.tariff.encoded(), bundle: bundle)
        }
        #expect(throws: ReceiptError.sessionNotFound(.zero)) { try build(.zero, sample.records) }
        #expect(throws: ReceiptError.sessionNotEnded(sample.session)) {
            try build(sample.session, Array(sample.records.dropLast()))
        }
    }
}
