import ChargerSamples
import Crypto
import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

@Suite("Devices that come from another ledger")
struct MoveTests {
    /// A charger with a history on another ledger: a session, a key change, another session, then the move here.
    private struct Mover {
        var charger: SampleCharger
        /// Chain 0's genesis, key changes, closes and opens.
        var identity: [SignedRecord]
        var connectors: [[SignedRecord]]
        /// Everything, chain by chain.
        var export: [SignedRecord]

        init(
            to name: String = "wattseal-test",
            changing change: (ChainNumber, inout RecordBody) throws -> Void = { _, _ in }
        ) throws {
            charger = try SampleCharger("mover", ledger: "old-ledger")
            let payer = SampleCharger.account(of: try SampleCharger.key("payer"))
            func session(_ charger: inout SampleCharger) throws -> [SignedRecord] {
                try charger.session(
                    .connector(1), grant: GrantHash(hashing: [1]), payer: payer, tariff: TariffHash(hashing: [1]),
                    ticksAt: [1_000_000], endAt: 1_500_000)
            }
            var first = try session(&charger)
            let change1 = try charger.changeKeys("second")
            // Something of no consequence stands between.
            let between = try charger.append(
                .device, .checkpoint(Checkpoint(heads: [], ledgerHeight: 1, ledgerHash: .zero)))
            first += try session(&charger)
            let moved = try charger.move(to: name, changing: change)
            identity = [charger.genesis, change1] + moved[0]
            connectors = Array(moved[1...])
            export = [charger.genesis, change1, between] + moved[0] + first + moved[1] + moved[2]
        }

        var registration: MovedRegistration {
            MovedRegistration(identity: identity.map(\.message), connectors: connectors.flatMap { $0 }.map(\.message))
        }
    }

    private func ledger() throws -> TestLedger {
        var ledger = try TestLedger(registering: false)
        #expect(try ledger.send(.publishTariff(ledger.tariff), by: ledger.payerKey).code == 0)
        return ledger
    }

    private func register(
        _ mover: Mover, _ registration: MovedRegistration? = nil, by key: Curve25519.Signing.PrivateKey? = nil
    ) throws -> (result: TransactionResult, ledger: TestLedger) {
        var ledger = try ledger()
        let body = TransactionBody.registerMoved(registration ?? mover.registration, tariff: ledger.tariff.hash)
        let result = try ledger.send(body, by: key ?? mover.charger.ownerKey)
        if result.code != 0 {
            #expect(!ledger.state.values.keys.contains { $0.text.contains("/\(mover.charger.device.hex)") })
        }
        return (result, ledger)
    }

    @Test("its identity, its keys and its heads are taken over; from open on it records and earns here")
    func registration() throws {
        let mover = try Mover()
        var (result, ledger) = try register(mover)
        #expect(result == .success)
        ledger.charger = mover.charger
        let registered = try #require(try ledger.read(.charger(mover.charger.device), as: ChargerRegistration.self))
        #expect(registered.owner == mover.charger.owner && registered.genesis == mover.charger.genesis.hash)
        #expect(registered.keyEpoch == 2 && registered.connectors == 2)
        #expect(registered.ed25519PublicKey == Array(try SampleCharger.key("second").publicKey.rawRepresentation))
        for (chain, records) in [(ChainNumber.device, mover.identity), (.connector(1), mover.connectors[0])] {
            let open = try #require(records.last)
            #expect(try ledger.head(chain) == ChainHeadState(sequence: open.record.sequence, hash: open.hash))
        }
        let moved = try #require(try ledger.read(.moved(mover.charger.device), as: MovedDevice.self))
        #expect(moved.oldLedger.text == "old-ledger" && moved.anchorHeight == 3)
        #expect(moved.openSequences == [5, 8, 2])
        let grant = try ledger.grant(1_000_000)
        let session = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_500_000)
        let sent = try ledger.send(session)
        #expect(sent.code == 0, "\(sent.log)")
        #expect(try ledger.balance(mover.charger.owner) > 0)
        // Keys change here as anywhere.
        let change = try ledger.charger.changeKeys("third")
        #expect(try ledger.send([change]).code == 0)
    }

    @Test("an export is all that the owner needs; one without a chain's move is refused with the chain's name")
    func fromExport() throws {
        let mover = try Mover()
        let bytes = mover.export.flatMap(\.message)
        let registration = try MovedRegistration(export: bytes)
        #expect(registration == mover.registration)
        #expect(try register(mover, registration).result == .success)
        let without = mover.export.filter { $0.record.chain != .connector(2) }.flatMap(\.message)
        #expect(throws: LedgerError.self) { try MovedRegistration(export: without) }
        #expect(throws: LedgerError.self) { try MovedRegistration(export: mover.charger.genesis.message) }
        #expect(throws: LedgerError.self) { try MovedRegistration(export: Array(bytes.dropLast())) }
        #expect(throws: LedgerError.self) { try MovedRegistration(export: []) }
    }

    @Test("the transaction reads back as it was written, and 32 connectors fit")
    func encoding() throws {
        let mover = try Mover()
        let ledger = try ledger()
        let body = TransactionBody.registerMoved(mover.registration, tariff: ledger.tariff.hash)
        #expect(try SignedTransaction(decoding: ledger.sign(body, by: ledger.payerKey).bytes).body == body)
        var big = try SampleCharger("big", ledger: "old-ledger", connectors: 32)
        let moved = try big.move(to: "wattseal-test", connectors: 32)
        let registration = MovedRegistration(
            identity: [big.genesis.message] + moved[0].map(\.message),
            connectors: moved[1...].flatMap { $0 }.map(\.message))
        let whole = TransactionBody.registerMoved(registration, tariff: ledger.tariff.hash)
        var target = ledger
        #expect(try target.send(whole, by: big.ownerKey).code == 0)
    }

    @Test("only the owner, only once, only under a tariff that stands; a replay has no turn")
    func permission() throws {
        let mover = try Mover()
        #expect(try register(mover, by: try SampleCharger.key("thief")).result.code == 6)
        var (_, ledger) = try register(mover)
        let body = TransactionBody.registerMoved(mover.registration, tariff: ledger.tariff.hash)
        #expect(try ledger.send(body, by: mover.charger.ownerKey).code == 7)
        let replay = try ledger.sign(body, by: mover.charger.ownerKey, nonce: 0)
        #expect(try ledger.apply(replay.bytes).code == 3)
        var other = try self.ledger()
        let unknown = TransactionBody.registerMoved(mover.registration, tariff: TariffHash(hashing: [9]))
        #expect(try other.send(unknown, by: mover.charger.ownerKey).code == 5)
    }

    @Test("a move to another ledger is none to this one")
    func otherLedger() throws {
        #expect(try register(try Mover(to: "third-ledger")).result.code == 8)
        // Opened for this one, but signed for another.
        let lying = try Mover(to: "third-ledger") { _, body in
            if case .open(var open) = body {
                open.newLedger = try LedgerChainID("wattseal-test")
                body = .open(open)
            }
            if case .close(var close) = body {
                close.newLedger = try LedgerChainID("wattseal-test")
                body = .close(close)
            }
        }
        #expect(try register(lying).result.code == 2)
        // A plain registration by the genesis of another ledger stays refused.
        var ledger = try ledger()
        let plain = TransactionBody.registerCharger(
            genesis: try Mover().charger.genesis.message, tariff: ledger.tariff.hash)
        #expect(try ledger.send(plain, by: try Mover().charger.ownerKey).code == 8)
    }

    @Test("a wrong anchor, or two, in any chain", arguments: [ChainNumber.device, .connector(1), .connector(2)])
    func wrongAnchor(chain: ChainNumber) throws {
        // Close and open of one chain disagree.
        let torn = try Mover { number, body in
            guard number == chain, case .open(var open) = body else { return }
            open.anchorHeight += 1
            body = .open(open)
        }
        #expect(try register(torn).result.code == 8)
        // They agree with one another, and not with the other chains.
        let odd = try Mover { number, body in
            guard number == chain else { return }
            if case .open(var open) = body {
                open.anchorHash = .zero
                body = .open(open)
            }
            if case .close(var close) = body {
                close.anchorHash = .zero
                body = .close(close)
            }
        }
        #expect(try register(odd).result.code == 8)
    }

    @Test("a missing, doubled, foreign or reordered record")
    func missing() throws {
        let mover = try Mover()
        let good = mover.registration
        let stranger = try SampleCharger.key("stranger")
        func refused(_ identity: [[UInt8]], _ connectors: [[UInt8]], _ code: UInt32, line: Int = #line) throws {
            let result = try register(mover, MovedRegistration(identity: identity, connectors: connectors)).result
            #expect(result.code == code, "line \(line): \(result.log)")
        }
        // Without a chain, without a close, without an open.
        try refused(good.identity, Array(good.connectors[..<2]), 8)
        try refused(good.identity, [good.connectors[0], good.connectors[1], good.connectors[1], good.connectors[3]], 8)
        try refused(good.identity, [good.connectors[2], good.connectors[3], good.connectors[0], good.connectors[1]], 8)
        // Without the close of chain 0, without the key change, without genesis.
        try refused([good.identity[0], good.identity[1], good.identity[3]], good.connectors, 8)
        try refused([good.identity[0]] + good.identity[2...], good.connectors, 8)
        try refused(Array(good.identity[1...]), good.connectors, 8)
        try refused(Array(good.identity[..<3]), good.connectors, 8)
        try refused([good.identity[0], good.identity[1], good.identity[1]] + good.identity[2...], good.connectors, 8)
        // A close that the device's key never signed; an open that it never signed.
        for index in [0, 1] {
            let record = try SignedRecord(decoding: good.connectors[index]).record
            let name = index == 0 ? "old-ledger" : "wattseal-test"
            let forged = try SignedRecord(signing: record, key: stranger, ledger: LedgerChainID(name))
            var connectors = good.connectors
            connectors[index] = forged.message
            try refused(good.identity, connectors, 2)
            connectors = good.connectors
            connectors[index][connectors[index].count - 1] ^= 1
            try refused(good.identity, connectors, 2)
        }
        var identity = good.identity
        identity[2][identity[2].count - 1] ^= 1
        try refused(identity, good.connectors, 2)
        // A key that was retired signs no move.
        var old = try SignedRecord(decoding: good.connectors[0]).record
        old.keyEpoch = 1
        let late = try SignedRecord(signing: old, key: mover.charger.key, ledger: LedgerChainID("old-ledger"))
        try refused(good.identity, [late.message] + good.connectors[1...], 8)
    }

    @Test("a chain's first record behind another genesis is none of this device's")
    func firstRecord() throws {
        let mover = try Mover()
        var close = try SignedRecord(decoding: mover.registration.connectors[2]).record
        #expect(close.sequence == 1)
        close.previous = RecordHash(hashing: [1])
        let signed = try mover.charger.sign(close)
        let resigned = try SignedRecord(
            signing: signed.record, key: mover.charger.signingKey, ledger: LedgerChainID("old-ledger"))
        var connectors = mover.registration.connectors
        connectors[2] = resigned.message
        let result = try register(
            mover, MovedRegistration(identity: mover.registration.identity, connectors: connectors)
        ).result
        #expect(result.code == 10, "\(result.log)")
    }

    @Test("records from before the move are refused, whoever relays them; the node goes on")
    func earlierRecords() throws {
        let mover = try Mover()
        var (_, ledger) = try register(mover)
        for signed in mover.export where signed.record.body.kind != .open {
            let bytes = try RecordBatch(messages: [signed.message]).encoded()
            // Neither the mempool nor a block takes them for the node's own fault.
            _ = try LedgerTransition.check(bytes, against: ledger.state, in: ledger.context)
            let result = try ledger.send([signed])
            #expect(result.code == 8, "\(signed.record.chain)/\(signed.record.sequence): \(result.log)")
        }
        // The open records themselves are known.
        let open = try #require(mover.connectors[0].last)
        #expect(try counts(ledger.send([open])) == [0, 1])
        #expect(ledger.state.values[.equivocation(mover.charger.device, .connector(1))] == nil)
    }

    @Test("a second move: the whole way of chain 0 is shown, and only the last step of the connectors'")
    func twice() throws {
        var mover = try Mover(to: "second-ledger")
        let again = try mover.charger.move(to: "wattseal-test")
        mover.identity += again[0]
        mover.connectors = Array(again[1...])
        #expect(try register(mover).result == .success)
        // Going through another ledger than it did.
        var skipping = mover
        skipping.identity.removeSubrange(2...3)
        #expect(try register(skipping).result.code != 0)
    }
}
