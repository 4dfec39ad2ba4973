import Ledger
import LedgerSamples
import LightClient
import Quantities
import ReceiptSamples
import Receipts
import RecordSamples
import SignedRecords
import Testing

/// Each lie is built whole and consistent but for one thing, and is refused for that thing.
@Suite("A receipt that lies")
struct ReceiptRefusalTests {
    private func refusal(_ receipt: Receipt, anchor: LightBlock? = nil) -> ReceiptError? {
        do throws(ReceiptError) {
            _ = try receipt.verify(anchor: anchor)
            return nil
        } catch {
            return error
        }
    }

    private func with(
        _ receipt: Receipt, genesis: SignedRecord? = nil, keyChanges: [SignedRecord]? = nil,
        records: [SignedRecord]? = nil, tariff: [UInt8]? = nil, bundle: ProofBundle? = nil
    ) -> Receipt {
        Receipt(
            genesis: genesis ?? receipt.genesis, keyChanges: keyChanges ?? receipt.keyChanges,
            records: records ?? receipt.records, tariff: tariff ?? receipt.tariff, bundle: bundle ?? receipt.bundle)
    }

    @Test("with a record left out, doubled or swapped")
    func recordsMissing() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        for index in receipt.records.indices {
            var records = receipt.records
            records.remove(at: index)
            #expect(refusal(with(receipt, records: records)) != nil, "without record \(index)")
            records = receipt.records
            records.insert(records[index], at: index)
            #expect(refusal(with(receipt, records: records)) != nil, "with record \(index) twice")
        }
        #expect(refusal(with(receipt, records: [])) != nil)
        var records = receipt.records
        records.swapAt(1, 2)
        guard case .record(index: 1, reason: _)? = refusal(with(receipt, records: records)) else {
            Issue.record("a swap is found at its place")
            return
        }
    }

    @Test("with another device's genesis, a key change too many, or one missing")
    func keys() throws {
        var sample = try SampleReceipt(keyChange: true)
        let receipt = try sample.receipt()
        let other = try SampleDevice(seed: 2)
        #expect(refusal(with(receipt, genesis: other.genesis)) != nil)
        #expect(refusal(with(receipt, keyChanges: [])) == .keyChangeNotNeeded(epoch: 1))
        let later = try sample.device.changeKeys(seed: 11)
        #expect(refusal(with(receipt, keyChanges: receipt.keyChanges + [later])) == .keyChangeNotNeeded(epoch: 3))
        #expect(refusal(with(receipt, keyChanges: receipt.keyChanges + receipt.keyChanges)) != nil)
    }

    @Test("with a first record that does not stand behind genesis")
    func detached() throws {
        var sample = try SampleReceipt()
        var record = sample.records[0].record
        record.previous = RecordHash(hashing: [1])
        sample.records[0] = try SignedRecord(signing: record, key: sample.device.key, ledger: sample.device.ledger)
        let receipt = try sample.receipt()
        #expect(
            refusal(receipt) == .notOneSession(reason: "the chain's first record does not name the genesis record"))
    }

    @Test("with another tariff, at another price")
    func tariff() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        let other = try Tariff(name: "dear", price: PricePerKilowattHour(900_000))
        #expect(
            refusal(with(receipt, tariff: other.encoded()))
                == .tariffMismatch(expected: sample.tariff.hash, found: other.hash))
    }

    struct Change: Sendable, CustomTestStringConvertible {
        let field: String
        let apply: @Sendable (SessionSettlement) -> SessionSettlement
        var testDescription: String { field }

        init(
            _ field: String, chain: UInt32? = nil, beginSequence: UInt64? = nil, beginHash: RecordHash? = nil,
            endSequence: UInt64? = nil, endHash: RecordHash? = nil, energy: Int64? = nil, paid: Int64? = nil,
            commission: Int64? = nil, payer: PayerHash? = nil, tariff: TariffHash? = nil
        ) {
            self.field = field
            apply = { old in
                SessionSettlement(
                    chain: chain.map { ChainNumber(rawValue: $0) } ?? old.chain,
                    beginSequence: beginSequence ?? old.beginSequence, beginHash: beginHash ?? old.beginHash,
                    endSequence: endSequence ?? old.endSequence, endHash: endHash ?? old.endHash,
                    energy: energy.map { MilliwattHours($0) } ?? old.energy,
                    paid: paid.map { Microunits($0) } ?? old.paid,
                    commission: commission.map { Microunits($0) } ?? old.commission, owner: old.owner,
                    payer: payer ?? old.payer, tariff: tariff ?? old.tariff)
            }
        }
    }

    static let changes: [Change] = [
        Change("chain", chain: 2),
        Change("begin number", beginSequence: 2),
        Change("begin hash", beginHash: RecordHash(hashing: [1])),
        Change("end number", endSequence: 6),
        Change("end hash", endHash: RecordHash(hashing: [1])),
        Change("energy in mWh", energy: 3_300_001),
        Change("paid in microunits", paid: 1_155_001),
        Change("commission in microunits", commission: 34_651),
        Change("commission in microunits", commission: 34_649),
        Change("payer", payer: PayerHash(hashing: [1])),
        Change("tariff", tariff: TariffHash(hashing: [1])),
    ]

    @Test("whose ledger settled something else than the records say", arguments: changes)
    func settlement(_ change: Change) throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt(change.apply(try sample.settlement()))
        guard case .settlementMismatch(let field, _, _)? = refusal(receipt) else {
            Issue.record("\(String(describing: refusal(receipt)))")
            return
        }
        #expect(field == change.field)
    }

    @Test("with a proof of another key, another value, or under another app hash")
    func proofs() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        let bundle = receipt.bundle
        var changed = bundle
        changed.settlement = bundle.parameters
        guard case .proof? = refusal(with(receipt, bundle: changed)) else {
            Issue.record("another key")
            return
        }
        changed = bundle
        changed.settlement.value = try sample.settlement(available: Microunits(5)).encoded()
        guard case .proof? = refusal(with(receipt, bundle: changed)) else {
            Issue.record("another value")
            return
        }
        changed = bundle
        changed.settlement.proof = bundle.parameters.proof
        guard case .proof? = refusal(with(receipt, bundle: changed)) else {
            Issue.record("another proof")
            return
        }
        let block = try sample.ledger.append(appHash: [UInt8](repeating: 3, count: 32))
        changed = ProofBundle(settlement: bundle.settlement, parameters: bundle.parameters, block: block)
        guard case .proof? = refusal(with(receipt, bundle: changed)) else {
            Issue.record("another app hash")
            return
        }
    }

    @Test("with too little power behind its header, or one bad signature among enough good ones")
    func commit() throws {
        var sample = try SampleReceipt()
        sample.flags = [0: .nil, 1: .absent]
        guard case .block(.insufficientPower(got: 20, needed: 26))? = refusal(try sample.receipt()) else {
            Issue.record("half the power")
            return
        }
        sample.flags = [3: .nil]
        let receipt = try sample.receipt()
        #expect(refusal(receipt) == nil)
        // The fourth entry is a nil vote that no threshold needs: its signature counts all the same.
        var bundle = receipt.bundle
        bundle.block.signedHeader.commit.signatures[3].signature[7] ^= 1
        #expect(refusal(with(receipt, bundle: bundle)) == .block(.wrongSignature(index: 3)))
    }

    @Test("of a header that belongs to another ledger")
    func otherLedger() throws {
        var sample = try SampleReceipt()
        sample.ledger = try SampleChain(chainID: "another-ledger")
        #expect(
            refusal(try sample.receipt()) == .wrongLedger(expected: "wattseal-test", found: "another-ledger"))
    }
}
