import Ledger
import Quantities
import SignedRecords
import Testing

@Suite("State keys and values")
struct StateTests {
    private let device = DeviceID(exactly: [UInt8](repeating: 0xD1, count: 32))
    private let account = AccountID(exactly: [UInt8](repeating: 0xAC, count: 32))
    private let hash = RecordHash(exactly: [UInt8](repeating: 0x4A, count: 32))
    private let tariff = TariffHash(exactly: [UInt8](repeating: 0x7A, count: 32))
    private let grantName = GrantHash(exactly: [UInt8](repeating: 0x6A, count: 32))
    private let session = SessionID(exactly: [UInt8](repeating: 0x5E, count: 16))

    @Test("keys are the texts that clients prove")
    func keys() {
        let d = String(repeating: "d1", count: 32)
        #expect(StateKey.parameters.text == "parameters")
        #expect(StateKey.account(account).text == "account/" + String(repeating: "ac", count: 32))
        #expect(StateKey.charger(device).text == "charger/\(d)")
        #expect(StateKey.tariff(tariff).text == "tariff/" + String(repeating: "7a", count: 32))
        #expect(StateKey.grant(device, .connector(12)).text == "grant/\(d)/12")
        #expect(StateKey.hold(device, .connector(12)).text == "hold/\(d)/12")
        #expect(StateKey.head(device, .device).text == "head/\(d)/0")
        #expect(StateKey.open(device, .connector(1)).text == "open/\(d)/1")
        #expect(StateKey.session(device, session).text == "session/\(d)/" + String(repeating: "5e", count: 16))
        #expect(StateKey.equivocation(device, .connector(1)).text == "equivocation/\(d)/1")
        #expect(StateKey.released(grantName).text == "released/" + String(repeating: "6a", count: 32))
        #expect(StateKey.record(device, .connector(2), 18).text == "record/\(d)/2/18")
        #expect(StateKey.key(device, epoch: 3).text == "key/\(d)/3")
    }

    private func everyValue() throws -> [any StateValue] {
        let grant = Grant(
            hash: grantName, payer: account, amount: Microunits(500_000), spent: Microunits(70_000), tariff: tariff,
            expiry: UTCMilliseconds(1_795_000_000_000))
        var open = OpenSession(
            session: session, grant: grantName, payer: account, tariff: tariff, beginSequence: 7, beginHash: hash,
            beginImport: MilliwattHours(5_000_000), funded: true)
        open.energy = MilliwattHours(1_000_250)
        open.tickIndex = 1
        open.paid = Microunits(300_075)
        open.commission = Microunits(7_501)
        return [
            try LedgerParameters(
                commission: BasisPoints(250), minimumGrant: Microunits(10_000), toleranceMilliseconds: 10_000,
                evidenceWindowSeconds: 1_814_400, platform: account),
            Account(balance: Microunits(1_234_567), nextNonce: 300), try Tariff(name: "Tag", price: .init(300_000)),
            grant, ReleasedGrant(grant, device: device, chain: .connector(2)),
            ChargerRegistration(
                owner: account, genesis: hash, ed25519PublicKey: [UInt8](repeating: 1, count: 32),
                p256PublicKey: [UInt8](repeating: 4, count: 65), tariff: tariff, connectors: 2, keyEpoch: 1,
                bench: false, isFrozen: true),
            ChainHeadState(sequence: 1_000, hash: hash),
            AcceptedRecord(hash: hash, accepted: UTCMilliseconds(1_795_000_000_000), keyEpoch: 2),
            Equivocation(sequence: 3, accepted: hash, other: [1, 2, 3]), open,
            SessionSettlement(
                chain: .connector(1), beginSequence: 7, beginHash: hash, endSequence: 14, endHash: hash,
                energy: MilliwattHours(5_100_000), paid: Microunits(1_530_000), commission: Microunits(38_250),
                owner: account, payer: PayerHash(exactly: account.bytes), tariff: tariff),
            RetiredKey(ed25519PublicKey: [UInt8](repeating: 9, count: 32)),
        ]
    }

    @Test("every value reads back, and no other bytes give it")
    func roundTrips() throws {
        func check<Value: StateValue>(_ value: Value) throws {
            let bytes = value.encoded()
            #expect(try Value(decoding: bytes) == value)
            for length in bytes.indices {
                #expect(throws: LedgerError.self, "\(Value.noun) cut to \(length)") {
                    try Value(decoding: Array(bytes[..<length]))
                }
            }
            #expect(throws: LedgerError.self) { try Value(decoding: bytes + [0]) }
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let read = try? Value(decoding: flipped) else { continue }
                #expect(read != value && read.encoded() == flipped, "\(Value.noun), bit \(bit)")
            }
        }
        for value in try everyValue() { try check(value) }
    }

    @Test("a session's settlement has the places that receipts rely on")
    func settlementPlaces() throws {
        let settlement = SessionSettlement(
            chain: .connector(1), beginSequence: 7, beginHash: hash, endSequence: 14, endHash: hash,
            energy: MilliwattHours(5_100_000), paid: Microunits(1_530_000), commission: Microunits(38_250),
            owner: account, payer: PayerHash(exactly: [UInt8](repeating: 0xBB, count: 32)), tariff: tariff)
        let expected = CBOR.array([
            .unsigned(1), .unsigned(7), .bytes(hash.bytes), .unsigned(14), .bytes(hash.bytes), .unsigned(5_100_000),
            .unsigned(1_530_000), .unsigned(38_250), .bytes(account.bytes), .bytes([UInt8](repeating: 0xBB, count: 32)),
            .bytes(tariff.bytes),
        ])
        #expect(settlement.encoded() == expected.encode())
        #expect(
            ChainHeadState(sequence: 9, hash: hash).encoded()
                == CBOR.array([.unsigned(9), .bytes(hash.bytes)]).encode())
    }

    @Test("values that contradict themselves are refused")
    func contradictions() throws {
        let grant = Grant(
            hash: grantName, payer: account, amount: Microunits(5), spent: Microunits(6), tariff: tariff,
            expiry: UTCMilliseconds(1))
        #expect(throws: LedgerError.self) { try Grant(decoding: grant.encoded()) }
        #expect(throws: LedgerError.self) { try Tariff(name: "", price: .init(1)) }
        #expect(throws: LedgerError.self) { try Tariff(name: "a\u{1B}b", price: .init(1)) }
        #expect(throws: LedgerError.self) { try Tariff(name: String(repeating: "x", count: 65), price: .init(1)) }
        #expect(throws: LedgerError.self) { try Tariff(name: "x", price: .init(-1)) }
        #expect(throws: LedgerError.self) { try Tariff(name: "x", price: .init(1_000_000_000_001)) }
        for (basisPoints, minimum) in [(Int32(10_001), Int64(1)), (-1, 1), (0, 0)] {
            #expect(throws: LedgerError.self) {
                try LedgerParameters(
                    commission: BasisPoints(basisPoints), minimumGrant: Microunits(minimum), toleranceMilliseconds: 0,
                    evidenceWindowSeconds: 1, platform: account)
            }
        }
        #expect(throws: LedgerError.self) {
            try LedgerTransition.genesis(
                parameters: try LedgerParameters(
                    commission: .zero, minimumGrant: Microunits(1), toleranceMilliseconds: 0, evidenceWindowSeconds: 1,
                    platform: account),
                balances: [account: Microunits(.max), AccountID.zero: Microunits(1)])
        }
    }

    @Test("a tariff with windows is refused, not read as one without")
    func windows() throws {
        let bytes = CBOR.array([.unsigned(1), .text("Day"), .unsigned(5), .array([.unsigned(1)])]).encode()
        #expect(throws: LedgerError.malformed(what: "tariff", reason: "windows has 1 items; this version has none")) {
            try Tariff(decoding: bytes)
        }
        let newer = CBOR.array([.unsigned(2), .text("Day"), .unsigned(5), .array([])]).encode()
        #expect(throws: LedgerError.self) { try Tariff(decoding: newer) }
    }

    @Test("an overlay hides the base, reports its writes in key order, and an unreadable base stays an error")
    func overlay() throws {
        var base = MemoryState()
        base.values[.parameters] = [1]
        base.unreadable = .tariff(tariff)
        var overlay = StateOverlay(over: base)
        #expect(try overlay.value(of: .parameters) == [1])
        overlay.write(.parameters, nil)
        overlay.write(.account(account), [2])
        #expect(try overlay.value(of: .parameters) == nil)
        #expect(try overlay.value(of: .account(account)) == [2])
        #expect(
            overlay.writes == [
                StateWrite(key: .account(account), value: [2]), StateWrite(key: .parameters, value: nil),
            ])
        #expect(throws: LedgerError.stateUnavailable(reason: "disk")) { try overlay.value(of: .tariff(tariff)) }
    }
}
