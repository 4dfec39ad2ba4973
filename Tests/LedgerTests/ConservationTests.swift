import ChargerSamples
import Crypto
import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// Random histories of everything that moves money, good and bad, in and out of order.
@Suite("Conservation")
struct ConservationTests {
    /// A history at work: what the test knows of its own moves.
    private struct History {
        var ledger: TestLedger
        var random: SeededRandom
        var grant: GrantHash?
        /// Vouchers that the payer signed; each may be presented again.
        var vouchers: [Voucher] = []
        var session: (id: SessionID, register: Int64, energy: Int64, ticks: UInt32)?
        /// Records that the charger signed and has not sent.
        var queue: [SignedRecord] = []

        mutating func pick(_ count: UInt64) -> Int64 { Int64(random.next() % count) }
    }

    private func expectSums(_ history: History, seed: UInt64, step: Int) throws {
        let ledger = history.ledger
        #expect(try ledger.money() == 10_000_000, "seed \(seed), step \(step)")
        for (key, value) in ledger.state.values where key.text.hasPrefix("account/") {
            #expect(try Account(decoding: value).balance >= .zero, "seed \(seed), step \(step): \(key.text)")
        }
    }

    private func step(_ history: inout History) throws {
        let device = history.ledger.charger.device
        switch history.pick(13) {
        case 0:
            let body = TransactionBody.transfer(
                to: AccountID(hashing: [UInt8(history.pick(3))]), amount: Microunits(1 + history.pick(300_000)))
            try history.ledger.send(body, by: history.ledger.payerKey)
        case 1, 2:
            let body = TransactionBody.grant(
                device: device, chain: .connector(1), amount: Microunits(9_000 + history.pick(900_000)),
                tariff: history.ledger.tariff.hash,
                expiry: UTCMilliseconds(history.ledger.time + 1 + history.pick(200_000)))
            let transaction = try history.ledger.sign(body, by: history.ledger.payerKey)
            if try history.ledger.apply(transaction.bytes).code == 0 {
                history.grant = GrantHash(exactly: transaction.hash)
            }
        case 3:
            let key = history.random.oneIn(2) ? history.ledger.payerKey : history.ledger.charger.ownerKey
            try history.ledger.send(.releaseGrant(device: device, chain: .connector(1)), by: key)
        case 4:
            // Now and then so long that holds may be released.
            history.ledger.time += history.pick(history.random.oneIn(8) ? 2_000_000_000 : 100_000)
            history.ledger.charger.clock = history.ledger.time
        case 5, 6, 7, 8:
            try signSomething(&history)
        case 9, 10:
            // Some of the queue, as a relay would: perhaps twice, perhaps with a hole.
            guard !history.queue.isEmpty else { return }
            let count = 1 + Int(history.pick(UInt64(history.queue.count)))
            var part = Array(history.queue.prefix(count))
            if history.random.oneIn(4), part.count > 1 { part.remove(at: Int(history.pick(UInt64(part.count)))) }
            let result = try history.ledger.send(part)
            if result.code == 0, part.count == count, !history.random.oneIn(5) { history.queue.removeFirst(count) }
            if result.code != 0, result.code != 9 { throw Unexpected(log: result.log) }
        case 11:
            try history.ledger.send(
                .releaseVoucher(device: device, chain: .connector(1)), by: history.ledger.payerKey)
        default:
            // Noise: what nobody signed.
            let noise = (0..<Int(history.pick(90))).map { _ in UInt8(truncatingIfNeeded: history.random.next()) }
            let outcome = try LedgerTransition.apply(
                noise, to: history.ledger.state, in: history.ledger.context)
            #expect(outcome.result.code != 0 && outcome.writes.isEmpty)
        }
    }

    /// A refusal of an honest charger's record.
    private struct Unexpected: Error {
        let log: String
    }

    private func signSomething(_ history: inout History) throws {
        let chain = ChainNumber.connector(1)
        guard var session = history.session else {
            if history.random.oneIn(3) { return try beginOnVoucher(&history) }
            guard let grant = history.grant else { return }
            let register = history.ledger.charger.register(chain) + history.pick(1_000_000)
            let begin = history.ledger.begin(grant, register: register)
            history.queue.append(try history.ledger.charger.append(chain, .begin(begin)))
            history.session = (begin.session, register, 0, 0)
            return
        }
        session.energy += 1 + history.pick(1_700_000)
        let index = UInt32(session.energy / 1_000_000)
        if index > session.ticks {
            let tick = SampleCharger.tick(
                session.id, energy: session.energy, register: session.register, after: session.ticks)
            history.queue.append(try history.ledger.charger.append(chain, .tick(tick)))
            session.ticks = index
            history.session = session
        } else {
            let end = SampleCharger.end(
                session.id, energy: session.energy, register: session.register, ticks: session.ticks)
            history.queue.append(try history.ledger.charger.append(chain, .end(end)))
            history.session = nil
        }
    }

    /// A new voucher or an old one; now and then nothing begins on it.
    private func beginOnVoucher(_ history: inout History) throws {
        let chain = ChainNumber.connector(1)
        let terms = Voucher.Terms(
            number: UInt64(history.vouchers.count), amount: Microunits(1 + history.pick(900_000)),
            highestPrice: history.ledger.tariff.price,
            expiry: UTCMilliseconds(history.ledger.time + history.pick(200_000)))
        history.vouchers.append(try history.ledger.voucher(terms))
        let voucher = history.vouchers[Int(history.pick(UInt64(history.vouchers.count)))]
        history.queue.append(try history.ledger.accept(voucher))
        guard !history.random.oneIn(4) else { return }
        let register = history.ledger.charger.register(chain) + history.pick(1_000_000)
        let begin = history.ledger.begin(voucher.hash, register: register)
        history.queue.append(try history.ledger.charger.append(chain, .begin(begin)))
        history.session = (begin.session, register, 0, 0)
    }

    @Test(
        "money is neither made nor lost, balances stay above zero, and an honest charger's chain never sticks",
        arguments: 0..<6)
    func randomHistories(run: Int) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("conservation run \(run) seed \(seed)")
        var history = History(ledger: try TestLedger(commission: 777, price: 123_457), random: SeededRandom(seed: seed))
        for step in 0..<150 {
            do { try self.step(&history) } catch let error as Unexpected {
                Issue.record("seed \(seed), step \(step): \(error.log)")
                return
            }
            try expectSums(history, seed: seed, step: step)
        }
        // What is left in the queue goes through in the end.
        if !history.queue.isEmpty {
            let result = try history.ledger.send(history.queue)
            #expect(result.code == 0, "seed \(seed): \(result.log)")
        }
        try expectSums(history, seed: seed, step: 150)
    }

    @Test("the same transactions give the same writes in the same order, whatever the state's own order is")
    func deterministic() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let records = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_500_000)
        let batch = try RecordBatch(messages: records.map(\.message)).encoded()
        let first = try LedgerTransition.apply(batch, to: ledger.state, in: ledger.context)
        var shuffled = MemoryState()
        for (key, value) in ledger.state.values.shuffled() { shuffled.values[key] = value }
        let second = try LedgerTransition.apply(batch, to: shuffled, in: ledger.context)
        #expect(first == second)
        #expect(first.writes.map(\.key) == first.writes.map(\.key).sorted())
        #expect(Set(first.writes.map(\.key)).count == first.writes.count)
    }
}
