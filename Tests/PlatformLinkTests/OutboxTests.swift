import Ledger
import PlatformLink
import Quantities
import RecordSamples
import SignedRecords
import Testing

@Suite("The outbox")
struct OutboxTests {
    private static let chain = ChainNumber.connector(1)

    private static func records(_ count: Int) throws -> [SignedRecord] {
        var device = try SampleDevice()
        return try device.session(chain, kilowattHours: UInt32(count - 2))
    }

    private static func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    private static func outbox(_ limits: OutboxLimits = OutboxLimits(), acknowledged: UInt64 = 0) -> Outbox {
        Outbox(chain: chain, acknowledged: acknowledged, limits: limits, seed: 7)
    }

    @Test("sends the stored bytes in order, in batches bounded by count")
    func order() throws {
        let records = try Self.records(10)
        var outbox = Self.outbox(OutboxLimits(recordsPerBatch: 4, recordsInFlight: 100))
        var sent: [[UInt8]] = []
        var ranges: [ClosedRange<UInt64>] = []
        while let batch = try outbox.nextBatch(from: records, now: Self.at(0)) {
            sent += batch.messages
            ranges.append(batch.first...batch.last)
            outbox.handedOver(batch, now: Self.at(0))
        }
        #expect(sent == records.map(\.message))
        #expect(ranges == [1...4, 5...8, 9...10])
        #expect(outbox.acknowledged == 0)
    }

    @Test("bounds a batch by bytes, and sends a record alone that passes the bound by itself")
    func bytes() throws {
        let records = try Self.records(6)
        let limit = records[1].message.count + records[2].message.count
        var outbox = Self.outbox(OutboxLimits(bytesPerBatch: limit, recordsInFlight: 100))
        while let batch = try outbox.nextBatch(from: records, now: Self.at(0)) {
            #expect(batch.messages.count == 1 || batch.messages.reduce(0) { $0 + $1.count } <= limit)
            outbox.handedOver(batch, now: Self.at(0))
        }
        #expect(outbox.sentThrough == 6)
        var tight = Self.outbox(OutboxLimits(bytesPerBatch: 1, recordsInFlight: 100))
        #expect(try tight.nextBatch(from: records, now: Self.at(0))?.messages.count == 1)
    }

    @Test("stops at the bound of records in flight until a proof comes")
    func inFlight() throws {
        let records = try Self.records(10)
        var outbox = Self.outbox(OutboxLimits(recordsPerBatch: 3, recordsInFlight: 4))
        var sizes: [Int] = []
        while let batch = try outbox.nextBatch(from: records, now: Self.at(0)) {
            sizes.append(batch.messages.count)
            outbox.handedOver(batch, now: Self.at(0))
        }
        #expect(sizes == [3, 1])
        outbox.proved(3, now: Self.at(1))
        let next = try #require(try outbox.nextBatch(from: Array(records.dropFirst(3)), now: Self.at(1)))
        #expect(next.first == 5)
        #expect(next.messages == records[4..<7].map(\.message))
    }

    @Test("sends the same bytes again when no proof comes, later and later, up to the cap; a proof starts over")
    func resend() throws {
        let records = try Self.records(4)
        let limits = OutboxLimits(resendAfter: .seconds(8), resendCap: .seconds(60))
        var outbox = Self.outbox(limits)
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<6 {
            let batch = try #require(try outbox.nextBatch(from: records, now: Self.at(now)))
            #expect(batch.messages == records.map(\.message))
            outbox.handedOver(batch, now: Self.at(now))
            #expect(try outbox.nextBatch(from: records, now: Self.at(now)) == nil)
            let due = try #require(outbox.resendAt)
            let wait = (due - Self.at(now)).rawValue
            #expect(try outbox.nextBatch(from: records, now: due - Nanoseconds(1)) == nil)
            waits.append(wait / 1_000_000_000)
            now += wait / 1_000_000_000 + 1
        }
        for (wait, full) in zip(waits, [8, 16, 32, 60, 60, 60] as [Int64]) {
            #expect((full / 2 - 1...full).contains(wait), "\(waits)")
        }
        outbox.proved(4, now: Self.at(now))
        #expect(outbox.resendAt == nil)
        #expect(try outbox.nextBatch(from: [], now: Self.at(now)) == nil)
    }

    @Test("holds back after a refusal and sends everything from the proved head again")
    func refused() throws {
        let records = try Self.records(4)
        var outbox = Self.outbox()
        let batch = try #require(try outbox.nextBatch(from: records, now: Self.at(0)))
        outbox.handedOver(batch, now: Self.at(0))
        outbox.refused(now: Self.at(0))
        let held = try #require(outbox.heldUntil)
        #expect(held > Self.at(0))
        #expect(try outbox.nextBatch(from: records, now: held - Nanoseconds(1)) == nil)
        #expect(try outbox.nextBatch(from: records, now: held)?.first == 1)
    }

    @Test("refuses a journal with a hole, a swap, another chain or a wrong start")
    func hole() throws {
        let records = try Self.records(5)
        var device = try SampleDevice()
        let foreign = try device.session(.connector(2), kilowattHours: 3)
        for broken in [
            [records[0], records[2]], [records[1], records[0]], Array(records.dropFirst()), [records[0], foreign[1]],
        ] {
            var outbox = Self.outbox()
            #expect(throws: PlatformLinkError.self) { try outbox.nextBatch(from: broken, now: Self.at(0)) }
        }
    }

    /// A ledger that takes what follows its head, behind a network that loses, repeats and reorders.
    @Test("brings every record to a ledger behind a lossy network, in order", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func lossy(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let records = try Self.records(60)
        var outbox = Outbox(
            chain: Self.chain, acknowledged: 0,
            limits: OutboxLimits(recordsPerBatch: 7, recordsInFlight: 21, resendAfter: .seconds(4)), seed: seed)
        var written = 3
        var ledger = 0
        var network: [OutboxBatch] = []
        var now: Int64 = 0
        while outbox.acknowledged < 60 {
            now += 1
            try #require(now < 20_000, "seed \(seed): the ledger is at \(ledger)")
            if written < 60, random.oneIn(3) { written += 1 }
            let stored = Array(records[Int(outbox.acknowledged)..<written])
            while let batch = try outbox.nextBatch(from: stored, now: Self.at(now)) {
                #expect(batch.messages == records[Int(batch.first) - 1..<Int(batch.last)].map(\.message))
                if random.oneIn(5) {
                    outbox.refused(now: Self.at(now))
                    break
                }
                outbox.handedOver(batch, now: Self.at(now))
                if !random.oneIn(4) { network.append(batch) }
                if random.oneIn(6) { network.append(batch) }
            }
            if !network.isEmpty {
                let batch = network.remove(at: random.oneIn(3) ? network.count - 1 : 0)
                if Int(batch.first) <= ledger + 1 { ledger = max(ledger, Int(batch.last)) }
            }
            if random.oneIn(2) { outbox.proved(UInt64(ledger), now: Self.at(now)) }
        }
        #expect(ledger == 60)
    }
}

@Suite("A proved head")
struct ProvedHeadVerdictTests {
    private let ours = RecordHash(hashing: [1])
    private let other = RecordHash(hashing: [2])

    private func verdict(
        _ sequence: UInt64?, _ hash: RecordHash? = nil, journal: UInt64, acknowledged: UInt64, holds: RecordHash?
    ) -> ProvedHeadVerdict {
        ProvedHeadVerdict(
            proved: sequence.map { ChainHeadState(sequence: $0, hash: hash ?? ours) }, journalHead: journal,
            acknowledged: acknowledged, ourHash: holds)
    }

    @Test("acknowledges only our own hash at that number")
    func accepted() {
        #expect(verdict(5, journal: 9, acknowledged: 3, holds: ours) == .accepted(sequence: 5, hash: ours))
        #expect(verdict(9, journal: 9, acknowledged: 3, holds: ours) == .accepted(sequence: 9, hash: ours))
        #expect(verdict(3, journal: 9, acknowledged: 3, holds: ours) == .unchanged)
        #expect(verdict(3, journal: 9, acknowledged: 3, holds: nil) == .unchanged)
        #expect(verdict(nil, journal: 9, acknowledged: 0, holds: nil) == .nothingAccepted)
        #expect(verdict(nil, journal: 0, acknowledged: 0, holds: nil) == .nothingAccepted)
    }

    @Test("that contradicts the journal is told apart")
    func contradictions() {
        let head = ChainHeadState(sequence: 5, hash: other)
        #expect(
            verdict(5, other, journal: 9, acknowledged: 3, holds: ours) == .differs(proved: head, journal: ours))
        #expect(
            verdict(5, other, journal: 9, acknowledged: 5, holds: ours) == .differs(proved: head, journal: ours))
        #expect(
            verdict(5, other, journal: 4, acknowledged: 3, holds: nil) == .aheadOfJournal(proved: head, journal: 4))
        #expect(
            verdict(5, other, journal: 0, acknowledged: 0, holds: nil) == .aheadOfJournal(proved: head, journal: 0))
        #expect(verdict(5, journal: 9, acknowledged: 6, holds: ours) == .wentBack(proved: 5, acknowledged: 6))
        #expect(verdict(nil, journal: 9, acknowledged: 1, holds: nil) == .wentBack(proved: 0, acknowledged: 1))
        #expect(verdict(5, journal: 9, acknowledged: 3, holds: nil) == .recordMissing(5))
    }
}

@Suite("The back-off")
struct BackOffTests {
    @Test("doubles from its base to its cap, each wait in the upper half; a success starts over")
    func doubles() {
        var backOff = BackOff(base: .seconds(1), cap: .seconds(60), seed: 3)
        for round in 0..<2 {
            for full in [1, 2, 4, 8, 16, 32, 60, 60, 60] as [Int64] {
                let wait = backOff.failed().rawValue
                #expect(
                    (full * 500_000_000...full * 1_000_000_000).contains(wait), "round \(round): \(wait) of \(full) s")
            }
            backOff.succeeded()
        }
    }

    @Test("is the same for one seed and spread over many")
    func spread() {
        var one = BackOff(base: .seconds(8), cap: .seconds(8), seed: 1)
        var same = BackOff(base: .seconds(8), cap: .seconds(8), seed: 1)
        for _ in 0..<20 { #expect(one.failed() == same.failed()) }
        let waits = (UInt64(0)..<64).map { seed -> Int64 in
            var backOff = BackOff(base: .seconds(8), cap: .seconds(8), seed: seed)
            return backOff.failed().rawValue
        }
        #expect(Set(waits).count == 64)
        #expect(waits.filter { $0 < 6_000_000_000 }.count > 16)
        #expect(waits.filter { $0 > 6_000_000_000 }.count > 16)
    }

    @Test("never overflows, however long it fails")
    func long() {
        var backOff = BackOff(base: Nanoseconds(1), cap: .seconds(3_600), seed: 1)
        for _ in 0..<200 { #expect(backOff.failed() <= .seconds(3_600)) }
        #expect(backOff.failures == 200)
    }
}
