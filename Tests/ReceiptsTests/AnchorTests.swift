import LedgerSamples
import LightClient
import ReceiptSamples
import Receipts
import RecordSamples
import Testing

@Suite("An anchor")
struct AnchorTests {
    @Test("with the same validators says so, from below, from above, and as the very block")
    func same() throws {
        var sample = try SampleReceipt()
        let below = try sample.ledger.append(appHash: [])
        let receipt = try sample.receipt()
        let above = try sample.ledger.append(appHash: [])
        #expect(try receipt.verify(anchor: below).anchorRelation == .sameValidators(anchorHeight: 1))
        #expect(try receipt.verify(anchor: above).anchorRelation == .sameValidators(anchorHeight: 3))
        #expect(try receipt.verify(anchor: receipt.bundle.block).anchorRelation == .sameValidators(anchorHeight: 2))
        #expect(try receipt.verify(anchor: below).plainText.contains("the validators of the anchor (height 1)"))
    }

    @Test("with other validators is followed as far as a third of its power still signs, however old it is")
    func skipping() throws {
        var sample = try SampleReceipt()
        let anchor = try sample.ledger.append(appHash: [], seconds: 100_000_000)
        sample.ledger.nextMembers = try (3...6).map { try SampleChain.Member(seed: $0) }
        try sample.ledger.append(appHash: [])
        try sample.ledger.append(appHash: [])
        let receipt = try sample.receipt()
        let report = try receipt.verify(anchor: anchor)
        #expect(report.anchorRelation == .followsFromAnchor(anchorHeight: 1))
        #expect(report.validatorsHash != anchor.header.validatorsHash)
    }

    @Test("from which the block does not follow refuses the receipt")
    func unrelated() throws {
        var sample = try SampleReceipt()
        let anchor = try sample.ledger.append(appHash: [])
        sample.ledger.nextMembers = try (4...7).map { try SampleChain.Member(seed: $0) }
        try sample.ledger.append(appHash: [])
        try sample.ledger.append(appHash: [])
        let receipt = try sample.receipt()
        #expect(throws: ReceiptError.self) { try receipt.verify(anchor: anchor) }

        // A forged ledger: same name, validators of the forger's own.
        var forged = try SampleReceipt()
        forged.ledger = SampleChain(
            members: try (21...24).map { try SampleChain.Member(seed: $0) }, time: forged.ledger.time)
        let lie = try forged.receipt()
        #expect(throws: Never.self) { try lie.verify(anchor: nil) }
        #expect(throws: ReceiptError.self) { try lie.verify(anchor: anchor) }
    }

    @Test("of another ledger, of another block at that height, or without its own signatures is refused")
    func broken() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        var other = try SampleChain(chainID: "another-ledger")
        #expect(throws: ReceiptError.self) { try receipt.verify(anchor: try other.append(appHash: [])) }
        var fork = try SampleChain()
        try fork.append(appHash: [])
        let twin = try fork.append(appHash: [9])
        #expect(throws: ReceiptError.self) { try receipt.verify(anchor: twin) }
        var unsigned = receipt.bundle.block
        unsigned.signedHeader.commit.signatures[0].signature[0] ^= 1
        unsigned.signedHeader.commit.signatures[1].signature[0] ^= 1
        #expect(throws: ReceiptError.self) { try receipt.verify(anchor: unsigned) }
    }
}
