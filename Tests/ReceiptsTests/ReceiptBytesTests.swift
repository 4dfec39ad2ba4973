import LedgerSamples
import LightClient
import Quantities
import Receipts
import RecordSamples
import SignedRecords
import Testing

@Suite("A receipt's bytes")
struct ReceiptBytesTests {
    /// Tries to verify every variant; gives the places of those that were believed.
    private func believed(_ variants: [[UInt8]]) async -> [Int] {
        await withTaskGroup(of: [Int].self) { group in
            let lanes = 2
            for lane in 0..<lanes {
                group.addTask {
                    var found: [Int] = []
                    for index in stride(from: lane, to: variants.count, by: lanes) {
                        if (try? Receipt.verify(bytes: variants[index], anchor: nil)) != nil { found.append(index) }
                        // Other tests run beside this one and have deadlines.
                        await Task.yield()
                    }
                    return found
                }
            }
            return await group.reduce(into: []) { $0 += $1 }.sorted()
        }
    }

    private func sample(_ kind: Kind = .simple) throws -> [UInt8] {
        if kind == .moved {
            var sample = try SampleReceipt(
                kilowattHours: 1, keyChange: true, ledgers: ["second-ledger", "third"], keyChangeAfter: 1)
            return try sample.receipt().encode()
        }
        var sample = try SampleReceipt(kilowattHours: 1, keyChange: true, priorSessions: 1)
        // Seven validators, one absent and one nil vote: every kind of commit entry is in it.
        sample.ledger = SampleChain(
            members: try (1...7).map { try SampleChain.Member(seed: $0) }, time: sample.ledger.time)
        sample.flags = [1: .absent, 6: .nil]
        return try sample.receipt().encode()
    }

    enum Kind: CaseIterable {
        case simple
        /// On the third ledger of its device.
        case moved
    }

    @Test("cannot change in any one: a flipped bit in every byte is found", arguments: Kind.allCases)
    func oneBitOfEveryByte(_ kind: Kind) async throws {
        let bytes = try sample(kind)
        try #require((try? Receipt.verify(bytes: bytes, anchor: nil)) != nil)
        let variants = bytes.indices.map { index in
            var flipped = bytes
            flipped[index] ^= 1 << UInt8(index % 8)
            return flipped
        }
        #expect(await believed(variants) == [])
    }

    @Test("cannot change in any bit: all eight bits of every thirteenth byte are tried")
    func everyBitOfSomeBytes() async throws {
        let bytes = try sample(.moved)
        let variants = stride(from: 3, to: bytes.count, by: 13).flatMap { index in
            (UInt8(0)..<8).map { bit in
                var flipped = bytes
                flipped[index] ^= 1 << bit
                return flipped
            }
        }
        #expect(await believed(variants) == [])
    }

    @Test("cannot be cut short or made longer")
    func truncated() async throws {
        let bytes = try sample()
        #expect(await believed(bytes.indices.map { Array(bytes[..<$0]) }) == [])
        #expect(await believed([bytes + [0], [0] + bytes, bytes + bytes]) == [])
    }

    @Test("carry no proposer priority, which no hash covers")
    func priorities() throws {
        var sample = try SampleReceipt()
        let receipt = try sample.receipt()
        let block = receipt.bundle.block
        let changed = try ValidatorSet(
            block.validators.validators.map {
                try Validator(publicKey: $0.publicKey, power: $0.power, proposerPriority: 5)
            })
        var bundle = receipt.bundle
        bundle.block.validators = changed
        #expect(
            throws: ReceiptError.malformed(
                place: "validator 0", reason: "a proposer priority, which nothing covers")
        ) { try ProofBundle(decoding: bundle.encode()) }
        #expect(
            ProofBundle(settlement: bundle.settlement, parameters: bundle.parameters, block: bundle.block)
                == receipt.bundle)
    }

    @Test("are the same each time")
    func deterministic() throws {
        var first = try SampleReceipt()
        var second = try SampleReceipt()
        let one = try first.receipt()
        // The P-256 cross signature in genesis is drawn anew each time; all else follows from the seeds.
        let other = try second.receipt()
        #expect(one.tariff == other.tariff)
        #expect(try Receipt(decoding: one.encode()).encode() == one.encode())
    }
}
