import ChargerSamples
import Crypto
import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("Chargers")
struct ChargerTests {
    private func register(
        _ charger: SampleCharger, by key: Curve25519.Signing.PrivateKey? = nil, tariff: TariffHash? = nil
    ) throws -> (TransactionResult, TestLedger) {
        var ledger = try TestLedger(registering: false)
        #expect(try ledger.send(.publishTariff(ledger.tariff), by: ledger.payerKey).code == 0)
        let body = TransactionBody.registerCharger(
            genesis: charger.genesis.message, tariff: tariff ?? ledger.tariff.hash)
        return (try ledger.send(body, by: key ?? charger.ownerKey), ledger)
    }

    @Test("registration takes keys, owner and connectors from the genesis record and starts chain 0")
    func registration() throws {
        let charger = try SampleCharger("new", connectors: 3)
        let (result, ledger) = try register(charger)
        #expect(result == .success)
        let registration = try #require(try ledger.read(.charger(charger.device), as: ChargerRegistration.self))
        #expect(registration.owner == charger.owner)
        #expect(registration.genesis == charger.genesis.hash)
        #expect(registration.ed25519PublicKey == Array(charger.key.publicKey.rawRepresentation))
        #expect(registration.connectors == 3 && registration.keyEpoch == 1 && !registration.bench)
        #expect(registration.tariff == ledger.tariff.hash)
        #expect(
            try ledger.read(.head(charger.device, .device), as: ChainHeadState.self)
                == ChainHeadState(sequence: 1, hash: charger.genesis.hash))
        #expect(ledger.state.values[.head(charger.device, .connector(1))] == nil)
    }

    @Test("only the owner that the record names registers it, once, under a tariff that stands")
    func permission() throws {
        let charger = try SampleCharger("new")
        #expect(try register(charger, by: try SampleCharger.key("thief")).0.code == 6)
        #expect(try register(charger, tariff: TariffHash(hashing: [9])).0.code == 5)
        var (result, ledger) = try register(charger)
        #expect(result.code == 0)
        let again = TransactionBody.registerCharger(genesis: charger.genesis.message, tariff: ledger.tariff.hash)
        #expect(try ledger.send(again, by: charger.ownerKey).code == 7)
    }

    @Test("a genesis record that proves nothing is refused")
    func broken() throws {
        let stranger = try SampleCharger.key("stranger")
        #expect(try register(try SampleCharger("x", signedBy: stranger)).0.code == 2)
        let changes: [(UInt32, SampleCharger.Change)] = [
            (2, { _, genesis in genesis.p256Signature[5] ^= 1 }),
            (2, { _, genesis in genesis.p256PublicKey = [UInt8](repeating: 4, count: 65) }),
            (8, { _, genesis in genesis.ledger = try LedgerChainID("another") }),
            (8, { record, _ in record.device = DeviceID(hashing: [7]) }),
            (8, { record, _ in record.sequence = 2 }),
            (8, { record, _ in record.keyEpoch = 2 }),
            (8, { record, _ in record.previous = RecordHash(hashing: [1]) }),
            (8, { record, _ in record.chain = .connector(1) }),
            (8, { record, _ in record.body = .pause(Pause(session: .zero, reason: .car)) }),
        ]
        for (index, (code, change)) in changes.enumerated() {
            let (result, ledger) = try register(try SampleCharger("x", changing: change))
            #expect(result.code == code, "change \(index): \(result.log)")
            #expect(!ledger.state.values.keys.contains { $0.text.hasPrefix("charger/") })
        }
        #expect(try register(try SampleCharger("x", ledger: "another")).0.code == 8)
    }

    @Test("the owner alone sets the tariff")
    func tariff() throws {
        var ledger = try TestLedger()
        let night = try Tariff(name: "Night", price: .init(100_000))
        #expect(try ledger.send(.publishTariff(night), by: ledger.payerKey).code == 0)
        let body = TransactionBody.setTariff(device: ledger.charger.device, tariff: night.hash)
        #expect(try ledger.send(body, by: ledger.payerKey).code == 6)
        #expect(try ledger.send(body, by: ledger.charger.ownerKey).code == 0)
        let registration = try ledger.read(.charger(ledger.charger.device), as: ChargerRegistration.self)
        #expect(registration?.tariff == night.hash)
        let unknown = TransactionBody.setTariff(device: ledger.charger.device, tariff: TariffHash(hashing: [1]))
        #expect(try ledger.send(unknown, by: ledger.charger.ownerKey).code == 5)
    }

    @Test("after a key change chain 0 needs the new key; a connector's waiting records still count under the old one")
    func keyChange() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let session = try ledger.charger.session(
            .connector(1), grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [1_000_000],
            endAt: 1_500_000)
        let oldKey = ledger.charger.signingKey
        let change = try ledger.charger.changeKeys("second")
        let result = try ledger.send([change])
        #expect(result.code == 0, "\(result.log)")
        let registration = try #require(try ledger.read(.charger(ledger.charger.device), as: ChargerRegistration.self))
        #expect(registration.keyEpoch == 2)
        #expect(registration.ed25519PublicKey == Array(try SampleCharger.key("second").publicKey.rawRepresentation))
        // The session was signed before the change and comes after it.
        #expect(try ledger.send(session).code == 0)
        // From then on the connector's chain moves to the new key and never back.
        let event = RecordBody.checkpoint(Checkpoint(heads: [], ledgerHeight: 1, ledgerHash: .zero))
        #expect(try ledger.send([try ledger.charger.append(.connector(1), event)]).code == 0)
        var back = ledger.charger.next(.connector(1), event)
        back.keyEpoch = 1
        #expect(try ledger.send([try ledger.charger.sign(back, key: oldKey)]).code == 8)
        var old = ledger.charger.next(.device, event)
        old.keyEpoch = 1
        #expect(try ledger.send([try ledger.charger.sign(old, key: oldKey)]).code == 8)
        #expect(try ledger.send([try ledger.charger.append(.device, event)]).code == 0)
        // A record of epoch 2 under the old key.
        let forged = try ledger.charger.sign(ledger.charger.next(.device, event), key: oldKey)
        #expect(try ledger.send([forged]).code == 2)
    }

    @Test("keys do not change with a session open, nor without the new key's word")
    func refusedKeyChange() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        #expect(try ledger.send([try ledger.charger.append(.connector(1), .begin(ledger.begin(grant)))]).code == 0)
        var busy = ledger.charger
        #expect(try ledger.send([try busy.changeKeys("second")]).code == 12)
        var ledger2 = try TestLedger()
        let disagreeing = try ledger2.charger.changeKeys("second", agreedBy: try SampleCharger.key("third"))
        #expect(try ledger2.send([disagreeing]).code == 2)
    }
}
