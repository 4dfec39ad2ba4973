import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Vouchers")
struct VoucherTests {
    static let one = ChainNumber.connector(1)
    static let register: Int64 = 5_000_000

    private static func terms(_ ledger: TestLedger, _ amount: Int64 = 1_000_000, number: UInt64 = 7) -> Voucher.Terms {
        Voucher.Terms(
            number: number, amount: Microunits(amount), highestPrice: PricePerKilowattHour(TestLedger.price),
            expiry: UTCMilliseconds(ledger.time + 86_400_000))
    }

    private func session(
        _ ledger: inout TestLedger, _ voucher: Voucher, chain: ChainNumber = one, energy: Int64 = 1_200_000
    ) throws -> [SignedRecord] {
        try ledger.session(on: voucher, chain: chain, energy: energy)
    }

    @Test("a session on a voucher is paid from the payer's account, and the rest is his again at its end")
    func paid() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        let records = try session(&ledger, voucher)
        #expect(records.map(\.record.body.kind) == [.voucherAcceptance, .begin, .tick, .end])
        #expect(try ledger.send(Array(records[..<1])).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_000_000)
        #expect(try ledger.hold()?.remainder == Microunits(1_000_000))
        #expect(try ledger.use(voucher)?.held == Microunits(1_000_000))
        #expect(try ledger.send(Array(records[1...2])).code == 0)
        // The tick at 1.0 kWh has been paid already.
        #expect(try ledger.hold()?.spent == Microunits(300_000))
        #expect(try ledger.balance(ledger.charger.owner) == 292_500)
        #expect(try ledger.send(Array(records[3...])).code == 0)
        #expect(try ledger.hold() == nil)
        #expect(try ledger.balance(ledger.payer) == 9_640_000)
        #expect(try ledger.balance(ledger.charger.owner) + ledger.balance(TestLedger.platform) == 360_000)
        let use = try #require(try ledger.use(voucher))
        #expect(use.spent == Microunits(360_000) && use.held == .zero && !use.isOverdrawn)
        guard case .begin(let begin) = records[1].record.body else { return }
        #expect(try ledger.settlement(begin.session)?.paid == Microunits(360_000))
        #expect(try ledger.money() == 10_000_000)
        // Sent again by any relay: nothing moves.
        #expect(try counts(ledger.send(records)) == [0, 4])
        #expect(try ledger.balance(ledger.payer) == 9_640_000)
    }

    @Test("a voucher that is used twice pays its amount once, and is marked; both sessions are recorded")
    func usedTwice() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger, 900_000))
        let one = try session(&ledger, voucher)
        let two = try session(&ledger, voucher, chain: .connector(2))
        // The second comes while the first has not ended.
        #expect(try ledger.send(Array(one[..<2])).code == 0)
        #expect(try ledger.send(Array(two[..<2])).code == 0)
        #expect(try ledger.use(voucher)?.isOverdrawn == true)
        #expect(try ledger.open(.connector(2))?.funded == false)
        #expect(try ledger.send(Array(one[2...])).code == 0)
        #expect(try ledger.send(Array(two[2...])).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 - 360_000)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        // What was left of it went back for good: everyone can read it now.
        let three = try session(&ledger, voucher)
        #expect(try ledger.send(three).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        #expect(try ledger.balance(ledger.payer) == 9_640_000 && ledger.money() == 10_000_000)
    }

    @Test("an account that holds less pays what it holds, and the voucher is marked")
    func poorPayer() throws {
        var ledger = try TestLedger(balance: 100_000)
        let voucher = try ledger.voucher(Self.terms(ledger))
        let records = try session(&ledger, voucher)
        #expect(try ledger.send(records).code == 0)
        #expect(try ledger.balance(ledger.payer) == 0 && ledger.use(voucher)?.isOverdrawn == true)
        #expect(try ledger.money() == 100_000)
    }

    @Test("a session that began after the expiry is recorded and unpaid; one that began before and comes late is paid")
    func expiry() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        let inTime = try session(&ledger, voucher)
        ledger.time += 86_400_000
        #expect(try ledger.send(inTime).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        ledger.charger.clock = ledger.time
        let late = try session(&ledger, voucher)
        #expect(try ledger.send(late).code == 0)
        #expect(try ledger.use(voucher)?.spent == Microunits(360_000))
        #expect(try ledger.use(voucher)?.isOverdrawn == false)
    }

    @Test("an acceptance that no session follows gives the money back with the next record")
    func alone() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_000_000)
        let fault = Event.faultLatched(FaultLatched(code: 3))
        #expect(try ledger.send([try ledger.charger.append(Self.one, .event(fault))]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.hold() == nil)
        #expect(try ledger.use(voucher)?.held == .zero)
        // And with another acceptance.
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        let other = try ledger.voucher(Self.terms(ledger, 2_000_000, number: 8))
        #expect(try ledger.send([try ledger.accept(other)]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 8_000_000)
        // A begin that does not stand directly behind its acceptance is no session of the voucher's.
        var copy = ledger
        let begin = copy.begin(voucher.hash)
        #expect(try copy.send([try copy.charger.append(Self.one, .begin(begin))]).code == 12)
    }

    @Test("what a charger states of a voucher holds, or its record is refused and nothing changes")
    func refusals() throws {
        var ledger = try TestLedger()
        let good = Self.terms(ledger)
        func refused(_ code: UInt32, _ words: String, _ change: (inout VoucherAcceptance) throws -> Void) throws {
            var copy = ledger
            var body = ledger.acceptance(of: try copy.voucher(good))
            try change(&body)
            let before = copy.state.values
            let result = try copy.send([try copy.charger.append(Self.one, .voucherAcceptance(body))])
            #expect(result.code == code && result.log.contains(words), "\(result.log)")
            #expect(copy.state.values == before)
        }
        func with(_ change: (inout Voucher.Terms) -> Void) throws -> Voucher {
            var terms = good
            change(&terms)
            return try ledger.voucher(terms)
        }
        try refused(8, "payer") { $0.payer = AccountID(hashing: [1]) }
        try refused(8, "amount") { $0.amount = Microunits(1_000_001) }
        try refused(8, "amount") { $0.amount = .zero }
        try refused(8, "expiry") { $0.expiry = UTCMilliseconds($0.expiry.rawValue + 1) }
        try refused(5, "tariff") { $0.tariff = .zero }
        let cheap = try with { $0.highestPrice = PricePerKilowattHour(TestLedger.price - 1) }
        try refused(8, "tariff") { $0 = ledger.acceptance(of: cheap) }
        let elsewhere = try with { $0.device = DeviceID(hashing: [1]) }
        try refused(8, "charger") { $0 = ledger.acceptance(of: elsewhere) }
        let others = try with { $0.owner = ledger.payer }
        try refused(8, "charger") { $0 = ledger.acceptance(of: others) }
        let foreign = try Voucher.sign(good, key: ledger.payerKey, ledger: try LedgerChainID("another"))
        try refused(2, "voucher") { $0 = ledger.acceptance(of: foreign) }
        try refused(1, "voucher") {
            $0 = VoucherAcceptance(
                payer: $0.payer, amount: $0.amount, tariff: $0.tariff, expiry: $0.expiry, voucher: [1, 2, 3])
        }
        // The right ones: for this charger, for this owner.
        let here = try with {
            $0.device = ledger.charger.device; $0.owner = ledger.charger.owner
        }
        #expect(try ledger.send([try ledger.accept(here)]).code == 0)
    }

    @Test("a voucher does not pay under another tariff or for another payer than its acceptance says")
    func otherBegin() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        #expect(try ledger.send([try ledger.accept(voucher)]).code == 0)
        for wrong in [true, false] {
            var copy = ledger
            var begin = copy.begin(voucher.hash)
            if wrong {
                begin.tariff = .zero
            } else {
                begin.payer = PayerHash.derive(account: .zero, session: begin.session)
            }
            #expect(try copy.send([try copy.charger.append(Self.one, .begin(begin))]).code == 12)
        }
    }

    @Test("a frozen charger's vouchers are unpaid, and one that waits for its begin gives the money back at once")
    func frozen() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        let records = try session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<1])).code == 0)
        var twin = ledger.charger
        _ = try twin.append(.connector(2), .event(.faultLatched(FaultLatched(code: 3))))
        let one = try ledger.charger.append(.connector(2), .event(.faultLatched(FaultLatched(code: 4))))
        var other = ledger.charger.next(.connector(2), .event(.faultLatched(FaultLatched(code: 5))))
        (other.sequence, other.previous) = (one.record.sequence, one.record.previous)
        let two = try ledger.charger.sign(other)
        #expect(try ledger.send(.reportFraud(one: one.message, other: two.message), by: ledger.payerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000)
        // The chain goes on: the session is recorded and unpaid.
        #expect(try ledger.send(Array(records[1...])).code == 0)
        #expect(try ledger.send(try session(&ledger, voucher)).code == 0)
        #expect(try ledger.balance(ledger.payer) == 10_000_000 && ledger.use(voucher)?.spent == .zero)
        #expect(try ledger.use(voucher)?.isOverdrawn == false)
    }

    @Test("the hold of a charger that is gone is released long after, not before, and its late records still go in")
    func release() throws {
        var ledger = try TestLedger()
        var terms = Self.terms(ledger)
        terms.expiry = UTCMilliseconds(ledger.time + 100 * Grant.maximumLifetimeMilliseconds)
        let voucher = try ledger.voucher(terms)
        let records = try session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<3])).code == 0)
        let body = TransactionBody.releaseVoucher(device: ledger.charger.device, chain: Self.one)
        ledger.time += Grant.maximumLifetimeMilliseconds + Grant.graceMilliseconds - 1
        #expect(try ledger.send(body, by: ledger.charger.ownerKey).code == 6)
        ledger.time += 1
        #expect(try ledger.send(body, by: ledger.charger.ownerKey).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_700_000)
        #expect(try ledger.send(Array(records[3...])).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_700_000 && ledger.money() == 10_000_000)
        #expect(try ledger.use(voucher)?.spent == Microunits(300_000))
        #expect(try ledger.send(body, by: ledger.payerKey).code == 5)
    }

    @Test("records lost with a restored image give the session's rest back")
    func rollback() throws {
        var ledger = try TestLedger()
        let voucher = try ledger.voucher(Self.terms(ledger))
        let records = try session(&ledger, voucher)
        #expect(try ledger.send(Array(records[..<3])).code == 0)
        ledger.charger.rewind(Self.one, to: records[2].head)
        let body = RollbackDetected(
            journalSequence: 1, journalHash: records[0].hash, provedSequence: 3, ledgerHeight: 9)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .rollbackDetected(body))]).code == 0)
        #expect(try ledger.balance(ledger.payer) == 9_700_000 && ledger.hold() == nil && ledger.open() == nil)
        #expect(try ledger.use(voucher)?.spent == Microunits(300_000))
    }

    @Test("no flipped bit, no cut and no byte more leaves a voucher that verifies; a record's signature is none")
    func bitFlips() throws {
        let ledger = try TestLedger()
        var terms = Self.terms(ledger)
        terms.device = ledger.charger.device
        let bytes = try ledger.voucher(terms).bytes
        #expect(try Voucher(decoding: bytes).terms == terms)
        #expect(bytes.count <= 220)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LedgerError.self, "bit \(bit)") {
                try Voucher(decoding: flipped).verify(ledger: ledger.chainID)
            }
        }
        for length in bytes.indices {
            #expect(throws: LedgerError.self) { try Voucher(decoding: Array(bytes[..<length])) }
        }
        #expect(throws: LedgerError.self) { try Voucher(decoding: bytes + [0]) }
        // What this version does not know is signed by the payer, and yet no voucher.
        let more = CBOR.fields([
            (1, .unsigned(7)), (2, .bytes(Array(ledger.payerKey.publicKey.rawRepresentation))), (3, .unsigned(1)),
            (4, .unsigned(1)), (5, .unsigned(1)), (8, .unsigned(1)),
        ])
        let unknown = try COSESign1.sign(
            payload: more.encode(), aad: SigningContext.voucher.additionalData(ledger: ledger.chainID),
            key: ledger.payerKey)
        #expect(throws: LedgerError.self) { try Voucher(decoding: unknown.message) }
        for context in [SigningContext.record, .transaction] {
            let payload = try COSESign1.decode(bytes, maximumBytes: 2_048).payload
            let other = try COSESign1.sign(
                payload: payload, aad: context.additionalData(ledger: ledger.chainID), key: ledger.payerKey)
            #expect(throws: LedgerError.self) { try Voucher(decoding: other.message).verify(ledger: ledger.chainID) }
        }
    }
}
