import Ledger
import Quantities
import RecordSamples
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
            beginImport: MilliwattHours(5_000_000), funded: true,
            consumption: Consumption(
                energies: [MilliwattHours(700_000), .zero, MilliwattHours(300_250)], milliseconds: 61_000,
                newest: UTCMilliseconds(1_795_000_000_000)),
            commissionRate: BasisPoints(250))
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
            AcceptedRecord(
                hash: hash, accepted: UTCMilliseconds(1_795_000_000_000), keyEpoch: 2,
                notBefore: UTCMilliseconds(1_794_999_990_000)),
            Equivocation(sequence: 3, accepted: hash, other: [1, 2, 3]), open,
            SessionSettlement(
                chain: .connector(1), beginSequence: 7, beginHash: hash, endSequence: 14, endHash: hash,
                energy: MilliwattHours(5_100_000), paid: Microunits(1_530_000), commission: Microunits(38_250),
                owner: account, payer: PayerHash(exactly: account.bytes), tariff: tariff),
            RetiredKey(ed25519PublicKey: [UInt8](repeating: 9, count: 32)),
        ] + (try everySharingValue())
    }

    private func everySharingValue() throws -> [any StateValue] {
        let time = UTCMilliseconds(1_795_000_000_000)
        let week = try LocalWeek(offset: -90)
        let night = try WeeklyWindow(days: 65, from: 0, to: 360)
        var limited = Grant(
            hash: grantName, payer: account, amount: Microunits(500_000), spent: Microunits(70_000), tariff: tariff,
            expiry: time, energyLimit: MilliwattHours(9_000_000), allowance: grantName)
        limited.delivered = MilliwattHours(2_000_000)
        var equipment = Equipment()
        equipment.meter = SampleDevice.meter
        var availability = Availability(since: time)
        availability.faults = [3, 502]
        let rules = try LedgerParameters(
            commission: BasisPoints(300), minimumGrant: Microunits(10_000), toleranceMilliseconds: 10_000,
            evidenceWindowSeconds: 1_814_400, platform: account, revision: 2, firstCommission: BasisPoints(250))
        let board = try Governance(revision: 1, threshold: 1, members: [account], releaseAuthorities: [account])
        return [
            try Tariff(
                name: "T", price: .init(300_000), windows: [.init(night, price: .init(150_000))], week: week,
                hourlyFee: Microunits(5), sessionFee: Microunits(6)),
            limited, rules, board, Proposal(parameters: rules, governance: board), Votes(members: [account]),
            SessionSettlement(
                chain: .connector(1), beginSequence: 7, beginHash: hash, endSequence: 14, endHash: hash,
                energy: MilliwattHours(5_100_000), paid: Microunits(1_530_000), commission: Microunits(38_250),
                owner: account, payer: PayerHash(exactly: account.bytes), tariff: tariff,
                consumption: Consumption(
                    energies: [MilliwattHours(5_000_000), MilliwattHours(100_000)], milliseconds: 3),
                commissionRate: BasisPoints(300)),
            try Operator(name: "O", contact: "C"), User(registered: time, overdrawnVouchers: 2),
            try Site(
                name: "S", latitude: -1, longitude: 2, operatedBy: account,
                connectors: [.init(socket: .type2Socket, current: Milliamps(16_000), phases: 1)]),
            equipment, availability, OwnerClaim(until: time),
            try Sharing(week: week, windows: [night], deposit: Microunits(1_000), noticeMinutes: 30),
            Allowance(
                payer: account, bearer: account, operatedBy: account, amount: Microunits(7), highestPrice: .init(8),
                expiry: time),
            try FirmwareRelease(product: "P", version: "1", digest: ContentHash(hashing: [1]), securityCounter: 4),
            ProductFirmware(newest: ContentHash(hashing: [1]), minimumCounter: 4), Refund(total: Microunits(9)),
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
