import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Records")
struct RecordTests {
    private let event = RecordBody.checkpoint(Checkpoint(heads: [], ledgerHeight: 4, ledgerHash: .zero))

    @Test("the first record of a connector's chain stands behind genesis; the head moves record by record")
    func chains() throws {
        var ledger = try TestLedger()
        let first = try ledger.charger.append(.connector(1), event)
        let second = try ledger.charger.append(.connector(1), event)
        let other = try ledger.charger.append(.connector(2), event)
        let own = try ledger.charger.append(.device, event)
        #expect(first.record.previous == ledger.charger.genesis.hash)
        let result = try ledger.send([first, other, second, own])
        #expect(result.code == 0, "\(result.log)")
        #expect(try counts(result) == [4, 0])
        #expect(try ledger.head() == ChainHeadState(sequence: 2, hash: second.hash))
        #expect(try ledger.head(.connector(2)) == ChainHeadState(sequence: 1, hash: other.hash))
        #expect(try ledger.head(.device) == ChainHeadState(sequence: 2, hash: own.hash))
    }

    @Test("a record that comes again changes nothing, at the head and below it")
    func duplicates() throws {
        var ledger = try TestLedger()
        let records = try (0..<3).map { _ in try ledger.charger.append(.connector(1), event) }
        #expect(try ledger.send(records).code == 0)
        let before = ledger.state.values
        let again = try ledger.send(records)
        #expect(again.code == 0)
        #expect(try counts(again) == [0, 3])
        #expect(ledger.state.values == before)
        let fourth = try ledger.charger.append(.connector(1), event)
        #expect(try counts(try ledger.send(records + [fourth])) == [1, 3])
    }

    @Test("a gap is refused with what is missing; the good prefix before it stands")
    func gaps() throws {
        var ledger = try TestLedger()
        let records = try (0..<6).map { _ in try ledger.charger.append(.connector(1), event) }
        let result = try ledger.send([records[0], records[1], records[4], records[5]])
        #expect(result.code == 9)
        #expect(result.log == "record 2: chain 1: expected record 3, found 5; missing 3 to 4")
        #expect(try counts(result) == [2, 0])
        #expect(try ledger.head() == ChainHeadState(sequence: 2, hash: records[1].hash))
        #expect(try ledger.send(Array(records[2...])).code == 0)
        #expect(try ledger.head()?.sequence == 6)
    }

    @Test("two records with one number are recorded as equivocation, once, and refused, at the head and below it")
    func equivocation() throws {
        var ledger = try TestLedger()
        let fork = ledger.charger.next(.connector(1), event)
        let records = try (0..<3).map { _ in try ledger.charger.append(.connector(1), event) }
        #expect(try ledger.send(records).code == 0)
        var other = fork
        other.time.monotonic += 1
        let second = try ledger.charger.sign(other)
        let result = try ledger.send([second])
        #expect(result.code == 11)
        let key = StateKey.equivocation(ledger.charger.device, .connector(1))
        let evidence = try #require(try ledger.read(key, as: Equivocation.self))
        #expect(evidence == Equivocation(sequence: 1, accepted: records[0].hash, other: second.message))
        #expect(try ledger.head()?.hash == records[2].hash)
        // More of it changes nothing.
        var third = other
        third.time.monotonic += 1
        #expect(try ledger.send([try ledger.charger.sign(third)]).code == 11)
        #expect(try ledger.read(key, as: Equivocation.self) == evidence)
        // The chain goes on.
        #expect(try ledger.send([try ledger.charger.append(.connector(1), event)]).code == 0)
    }

    @Test("nobody but the device can make evidence against it")
    func forgedEquivocation() throws {
        var ledger = try TestLedger()
        var fork = ledger.charger.next(.connector(1), event)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), event)]).code == 0)
        fork.time.monotonic += 1
        let forged = try ledger.charger.sign(fork, key: try SampleCharger.key("enemy"))
        #expect(try ledger.send([forged]).code == 2)
        #expect(ledger.state.values[.equivocation(ledger.charger.device, .connector(1))] == nil)
    }

    @Test("a record with the next number and another past is refused")
    func brokenLink() throws {
        var ledger = try TestLedger()
        let first = try ledger.charger.append(.connector(1), event)
        #expect(try ledger.send([first]).code == 0)
        var next = ledger.charger.next(.connector(1), event)
        next.previous = RecordHash(hashing: [1])
        let result = try ledger.send([try ledger.charger.sign(next)])
        #expect(result.code == 10)
        #expect(result.log.contains(first.hash.hex))
        var start = ledger.charger.next(.connector(2), event)
        start.previous = .zero
        #expect(try ledger.send([try ledger.charger.sign(start)]).code == 10)
    }

    @Test("wrong keys, ledgers, chains, devices, epochs, and starts of chains are refused without a trace")
    func foreign() throws {
        var ledger = try TestLedger()
        let before = ledger.state.values
        let next = ledger.charger.next(.connector(1), event)
        let forged = try ledger.charger.sign(next, key: try SampleCharger.key("enemy"))
        #expect(try ledger.send([forged]).code == 2)
        let elsewhere = try SignedRecord(
            signing: next, key: ledger.charger.key, ledger: try LedgerChainID("another"))
        #expect(try ledger.send([elsewhere]).code == 2)
        var chain = next
        chain.chain = .connector(3)
        #expect(try ledger.send([try ledger.charger.sign(chain)]).code == 8)
        var epoch = next
        epoch.keyEpoch = 2
        #expect(try ledger.send([try ledger.charger.sign(epoch)]).code == 8)
        var unknown = try SampleCharger("unregistered")
        #expect(try ledger.send([try unknown.append(.connector(1), event)]).code == 5)
        #expect(try ledger.apply(try RecordBatch(messages: [[1, 2, 3]]).encoded()).code == 1)
        var genesis = ledger.charger.genesis.record
        genesis.sequence = 2
        genesis.previous = ledger.charger.genesis.hash
        #expect(try ledger.send([try ledger.charger.sign(genesis)]).code == 8)
        #expect(ledger.state.values == before)
        // The genesis record itself comes again as any other.
        #expect(try counts(try ledger.send([ledger.charger.genesis])) == [0, 1])
    }

    @Test("no flipped bit of a batch is accepted")
    func bitFlips() throws {
        var ledger = try TestLedger()
        let record = try ledger.charger.append(.connector(1), event)
        let batch = try RecordBatch(messages: [record.message]).encoded()
        let state = ledger.state
        for bit in 0..<batch.count * 8 {
            var flipped = batch
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            let outcome = try LedgerTransition.apply(flipped, to: state, in: ledger.context)
            #expect(outcome.result.code != 0 && outcome.writes.isEmpty, "bit \(bit)")
        }
        #expect(try ledger.apply(batch).code == 0)
    }

    @Test("CheckTx: form, registration, window and signature")
    func check() throws {
        var ledger = try TestLedger()
        func check(_ records: [SignedRecord]) throws -> UInt32 {
            let bytes = try RecordBatch(messages: records.map(\.message)).encoded()
            return try LedgerTransition.check(bytes, against: ledger.state, in: ledger.context).code
        }
        let first = try ledger.charger.append(.connector(1), event)
        let second = try ledger.charger.append(.connector(1), event)
        #expect(try check([first, second]) == 0)
        #expect(try check([second]) == 0)
        var far = ledger.charger.next(.connector(1), event)
        far.sequence = LedgerTransition.window + 1
        #expect(try check([try ledger.charger.sign(far)]) == 9)
        far.sequence = LedgerTransition.window
        #expect(try check([try ledger.charger.sign(far)]) == 0)
        #expect(try check([try ledger.charger.sign(far, key: try SampleCharger.key("enemy"))]) == 2)
        #expect(try check([try SampleCharger("unregistered").genesis]) == 5)
        #expect(try LedgerTransition.check([0x82], against: ledger.state, in: ledger.context).code == 1)

        let transfer = TransactionBody.transfer(to: .zero, amount: Microunits(1))
        func check(nonce: UInt64) throws -> UInt32 {
            let bytes = try ledger.sign(transfer, by: ledger.payerKey, nonce: nonce).bytes
            return try LedgerTransition.check(bytes, against: ledger.state, in: ledger.context).code
        }
        #expect(try check(nonce: 0) == 0)
        #expect(try check(nonce: LedgerTransition.window - 1) == 0)
        #expect(try check(nonce: LedgerTransition.window) == 3)
        let enemy = try SignedTransaction.sign(
            transfer, nonce: 0, key: ledger.payerKey, ledger: try LedgerChainID("another"))
        #expect(try LedgerTransition.check(enemy.bytes, against: ledger.state, in: ledger.context).code == 2)
    }

    @Test("a batch waits for earlier records, and a nonce for earlier nonces")
    func turns() throws {
        var ledger = try TestLedger()
        let first = try ledger.charger.append(.connector(1), event)
        let second = try ledger.charger.append(.connector(1), event)
        func turn(_ bytes: [UInt8]) throws -> LedgerTransition.Turn {
            try LedgerTransition.turn(of: bytes, against: ledger.state, in: ledger.context)
        }
        let later = try RecordBatch(messages: [second.message]).encoded()
        #expect(try turn(later) == .later)
        #expect(try turn(try RecordBatch(messages: [first.message, second.message]).encoded()) == .now)
        #expect(try ledger.send([first]).code == 0)
        #expect(try turn(later) == .now)
        let transfer = TransactionBody.transfer(to: .zero, amount: Microunits(1))
        #expect(try turn(try ledger.sign(transfer, by: ledger.payerKey, nonce: 1).bytes) == .later)
        let due = try ledger.sign(transfer, by: ledger.payerKey, nonce: 0).bytes
        #expect(try turn(due) == .now)
        #expect(try ledger.apply(due).code == 0)
        #expect(try turn(due) == .over)
    }

    /// Remembers what it was told, and counts.
    private final class CountingMemory: SignatureMemory {
        var known: Set<CheckedSignature> = []
        var hits = 0

        func contains(_ signature: CheckedSignature) -> Bool {
            let isKnown = known.contains(signature)
            if isKnown { hits += 1 }
            return isKnown
        }

        func insert(_ signature: CheckedSignature) { known.insert(signature) }
    }

    @Test("a checked signature is used again for the same key, message and purpose only, and never for a bad one")
    func memory() throws {
        var ledger = try TestLedger()
        let memory = CountingMemory()
        let record = try ledger.charger.append(.connector(1), event)
        let forged = try ledger.charger.sign(record.record, key: try SampleCharger.key("enemy"))
        let batch = try RecordBatch(messages: [record.message]).encoded()
        _ = try LedgerTransition.check(batch, against: ledger.state, in: ledger.context, signatures: memory)
        #expect(memory.known.count == 1 && memory.hits == 0)
        let bad = try RecordBatch(messages: [forged.message]).encoded()
        #expect(try ledger.apply(bad, signatures: memory).code == 2)
        #expect(memory.known.count == 1)
        #expect(try ledger.apply(batch, signatures: memory).code == 0)
        #expect(memory.hits == 1)
        let known = try #require(memory.known.first)
        #expect(known.context == .record && known.messageHash == record.hash.bytes)
        #expect(known.publicKey == Array(ledger.charger.key.publicKey.rawRepresentation))
    }

    @Test("a clock that goes back a little with each record gains nothing: the chain's bound never falls")
    func boundNeverFalls() throws {
        var ledger = try TestLedger()
        let chain = ChainNumber.connector(1)
        let event = RecordBody.checkpoint(Checkpoint(heads: [], ledgerHeight: 1, ledgerHash: .zero))
        let start = ledger.time
        ledger.time += 3_600_000
        var bounds: [Int64] = []
        for behind in [0, 9_000, 18_000, -60_000] as [Int64] {
            ledger.charger.clock = start + 100_000 - behind
            let signed = try ledger.charger.append(chain, event)
            #expect(try ledger.send([signed]).code == 0)
            let key = StateKey.record(ledger.charger.device, chain, signed.record.sequence)
            bounds.append(try #require(try ledger.read(key, as: AcceptedRecord.self)).notBefore.rawValue - start)
        }
        // The third is too far behind the first: nobody vouches for it, and the bound is when it was accepted.
        #expect(bounds == [90_000, 90_000, 3_590_000, 3_590_000])
    }
}
