import Ledger
import LedgerSamples
import LightClient
import Receipts
import RecordSamples
import SignedRecords
import Testing

/// The platform died, or the owner left it: the device's chains closed under one ledger and opened under another.
@Suite("A receipt of a device that moved to another ledger")
struct MovedReceiptTests {
    private func refusal(_ receipt: Receipt) -> ReceiptError? {
        do throws(ReceiptError) {
            _ = try receipt.verify(anchor: nil)
            return nil
        } catch {
            return error
        }
    }

    private func with(_ receipt: Receipt, moves: [SignedRecord]) -> Receipt {
        Receipt(
            genesis: receipt.genesis, keyChanges: receipt.keyChanges, moves: moves, records: receipt.records,
            tariff: receipt.tariff, bundle: receipt.bundle)
    }

    @Test("verifies against the new ledger, through one move or three", arguments: [["b"], ["b", "c", "b"]])
    func moved(_ ledgers: [String]) throws {
        var sample = try SampleReceipt(priorSessions: 1, ledgers: ledgers)
        let receipt = try sample.receipt()
        let report = try Receipt.verify(bytes: receipt.encode(), anchor: nil)
        #expect(report.ledger == ledgers.last)
        #expect(report.moves.map(\.to) == ledgers)
        #expect(report.moves.map(\.from) == ["wattseal-test"] + ledgers.dropLast())
        #expect(report.plainText.contains("from ledger wattseal-test to b, record 5 of the connector's chain"))
    }

    @Test("verifies with the key changed before, between and after the moves", arguments: [0, 1, 2])
    func keyChange(after: Int) throws {
        var sample = try SampleReceipt(keyChange: true, ledgers: ["b", "c"], keyChangeAfter: after)
        let receipt = try sample.receipt()
        #expect(receipt.keyChanges.count == 1)
        #expect(try Receipt.verify(bytes: receipt.encode(), anchor: nil).keyEpoch == 2)
    }

    @Test("verifies where the move is the first thing in the chain, and begin follows directly")
    func first() throws {
        var sample = try SampleReceipt(ledgers: ["b"])
        let report = try sample.receipt().verify(anchor: nil)
        #expect(report.moves.first?.sequence == 2)
        #expect(report.beginSequence == 3)
    }

    @Test("is refused with a move left out, doubled, swapped, or cut in half")
    func tampered() throws {
        var sample = try SampleReceipt(ledgers: ["b", "c"])
        let receipt = try sample.receipt()
        let moves = receipt.moves
        try #require(moves.count == 4)
        #expect(refusal(receipt) == nil)
        for wrong in [
            [], Array(moves[..<2]), Array(moves[2...]), moves + moves[2...], Array(moves[..<3]),
            [moves[1], moves[0], moves[2], moves[3]], [moves[2], moves[3], moves[0], moves[1]], [moves[0], moves[3]],
        ] {
            #expect(refusal(with(receipt, moves: wrong)) != nil, "\(wrong.map(\.record.sequence))")
        }
    }

    @Test("is refused with the moves of another chain or another device, or with other records among them")
    func foreign() throws {
        var sample = try SampleReceipt(ledgers: ["b"])
        let receipt = try sample.receipt()
        #expect(refusal(with(receipt, moves: receipt.records.dropLast(3) + [])) != nil)
        // The same words in the device's own chain.
        var device = try SampleDevice()
        let new = try LedgerChainID("b")
        let close = try device.append(
            .device, .close(Close(newLedger: new, anchorHeight: 7, anchorHash: ContentHash(hashing: [98]))))
        let old = device.ledger
        device.ledger = new
        let open = try device.append(
            .device,
            .open(Open(oldLedger: old, newLedger: new, anchorHeight: 7, anchorHash: ContentHash(hashing: [98])))
        )
        guard case .move(index: 0, _)? = refusal(with(receipt, moves: [close, open])) else {
            Issue.record("\(String(describing: refusal(with(receipt, moves: [close, open]))))")
            return
        }
    }

    @Test("is refused against the ledger that was left")
    func oldLedger() throws {
        var sample = try SampleReceipt(ledgers: ["b"])
        sample.ledger = try SampleChain()
        #expect(refusal(try sample.receipt()) == .wrongLedger(expected: "b", found: "wattseal-test"))
    }

    @Test("says version 2, and version 2 without a move is refused; sessions before the move stay version 1")
    func versions() throws {
        var moved = try SampleReceipt(ledgers: ["b"])
        let bytes = try moved.receipt().encode()
        #expect(bytes[2..<20].elementsEqual("wattseal-receipt/2".utf8))
        var plain = try SampleReceipt()
        let items = try #require(
            try CBOR.decode(plain.receipt().encode(), limits: CBORLimits(maximumBytes: 1 << 20, maximumDepth: 4))
                .arrayValue)
        #expect(items[0] == .text("wattseal-receipt/1"))
        let forged = CBOR.array([.text("wattseal-receipt/2")] + items[1...2] + [.array([])] + items[3...]).encode()
        #expect(throws: ReceiptError.malformed(place: "moves", reason: "none, where version 2 has them")) {
            try Receipt(decoding: forged)
        }
    }

    @Test("is built from the chain as the journal keeps it: moves that were pruned come first")
    func built() throws {
        var sample = try SampleReceipt(ledgers: ["b", "c"])
        let bundle = try sample.bundle(try sample.settlement())
        let receipt = try ReceiptBuilder.build(
            session: sample.session, genesis: sample.device.genesis, keyChanges: [],
            chainRecords: sample.moves + sample.records, tariff: sample.tariff.encoded(), bundle: bundle)
        #expect(receipt.moves == sample.moves)
    }
}
