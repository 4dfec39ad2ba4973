import ChargerSamples
import Ledger
import Quantities
import RecordSamples
import SignedRecords
import Testing

/// What people look up, and who may change the rules.
@Suite("Directory and authority")
struct DirectoryTests {
    private static let one = ChainNumber.connector(1)

    @Test("a connector's state follows its signed records: faults in their order, a session, and when it changed")
    func availability() throws {
        var ledger = try TestLedger()
        func state(_ chain: ChainNumber = Self.one) throws -> Availability? {
            try ledger.read(.availability(ledger.charger.device, chain), as: Availability.self)
        }
        func event(_ event: Event, _ chain: ChainNumber = Self.one) throws {
            ledger.time += 1_000
            #expect(try ledger.send([try ledger.charger.append(chain, .event(event))]).code == 0)
        }
        #expect(try state() == nil)
        try event(.faultLatched(FaultLatched(code: 502)))
        try event(.faultLatched(FaultLatched(code: 3)))
        let since = ledger.time
        #expect(try state()?.faults == [3, 502] && state()?.since.rawValue == since)
        try event(.faultLatched(FaultLatched(code: 3)))
        #expect(try state()?.since.rawValue == since)
        try event(.faultCleared(FaultCleared(code: 502, by: .condition)))
        try event(.faultLatched(FaultLatched(code: 7)), .device)
        #expect(try state()?.faults == [3] && state(.device)?.faults == [7])
        try event(.faultCleared(FaultCleared(code: 3, by: .restart)))
        #expect(try state()?.isFaulted == false)
        let grant = try ledger.grant(1_000_000)
        let records = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [], endAt: 5)
        #expect(try ledger.send([records[0]]).code == 0)
        #expect(try state()?.isOccupied == true)
        #expect(try ledger.send([records[1]]).code == 0)
        #expect(try state()?.isOccupied == false)
    }

    @Test("the meter and the firmware are those of the newest record that names them")
    func equipment() throws {
        var ledger = try TestLedger()
        let grant = try ledger.grant(1_000_000)
        let records = try ledger.charger.session(
            Self.one, grant: grant, payer: ledger.payer, tariff: ledger.tariff.hash, ticksAt: [], endAt: 5)
        #expect(try ledger.send(records).code == 0)
        func known() throws -> Equipment? {
            try ledger.read(.equipment(ledger.charger.device, Self.one), as: Equipment.self)
        }
        #expect(try known()?.meter == SampleDevice.meter && known()?.firmware == ContentHash(hashing: [2]))
        var meter = SampleDevice.meter
        meter.serial = "another"
        let change = MeterChange(
            before: SampleDevice.meter, lastImport: nil, after: meter, reading: SampleDevice.reading(1),
            technician: nil)
        #expect(try ledger.send([try ledger.charger.append(Self.one, .meterChange(change))]).code == 0)
        #expect(try known()?.meter?.serial == "another" && known()?.firmware == ContentHash(hashing: [2]))
    }

    @Test("owners describe their chargers, with as many connectors as these have and an operator that is known")
    func sites() throws {
        var ledger = try TestLedger()
        let device = ledger.charger.device
        let connector = Site.Connector(socket: .type2Cable, current: Milliamps(32_000), phases: 3)
        func site(_ connectors: Int = 2, by operatedBy: AccountID? = nil) throws -> TransactionBody {
            .describe(
                device: device,
                try Site(
                    name: "Yard", latitude: 28_200_000, longitude: 112_900_000, operatedBy: operatedBy,
                    connectors: [Site.Connector](repeating: connector, count: connectors)))
        }
        let owner = ledger.charger.ownerKey
        #expect(try ledger.send(try site(), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(try site(1), by: owner).code == 8)
        #expect(try ledger.send(try site(by: ledger.payer), by: owner).code == 5)
        #expect(
            try ledger.send(.registerOperator(try Operator(name: "O", contact: "C")), by: ledger.payerKey).code == 0)
        #expect(try ledger.send(try site(by: ledger.payer), by: owner).code == 0)
        #expect(try ledger.read(.site(device), as: Site.self)?.operatedBy == ledger.payer)
        for (latitude, longitude) in [(90_000_001, 0), (0, -180_000_001)] {
            #expect(throws: LedgerError.self) {
                try Site(
                    name: "S", latitude: Int64(latitude), longitude: Int64(longitude), operatedBy: nil,
                    connectors: [connector])
            }
        }
    }

    @Test("a user registers once; a voucher that was overdrawn marks its account, registered or not")
    func users() throws {
        var ledger = try TestLedger(balance: 100_000)
        func user() throws -> User? { try ledger.read(.user(ledger.payer), as: User.self) }
        let voucher = try ledger.voucher(
            Voucher.Terms(
                number: 1, amount: Microunits(400_000), highestPrice: .init(TestLedger.price),
                expiry: UTCMilliseconds(ledger.time + 1_000_000)))
        #expect(try ledger.send(try ledger.session(on: voucher, energy: 1_200_000)).code == 0)
        #expect(try user()?.overdrawnVouchers == 1 && user()?.registered.rawValue == 0)
        #expect(try ledger.send(.registerUser, by: ledger.payerKey).code == 0)
        #expect(try user()?.overdrawnVouchers == 1 && user()?.registered.rawValue == ledger.time)
        #expect(try ledger.send(.registerUser, by: ledger.payerKey).code == 7)
    }

    // MARK: Authority

    private static let names = ["one", "two", "three"]

    private static func governed(threshold: UInt64 = 2) throws -> TestLedger {
        let members = try names.map { SampleCharger.account(of: try SampleCharger.key($0)) }
        return try TestLedger(
            governance: try Governance(
                threshold: threshold, members: members.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) },
                releaseAuthorities: [SampleCharger.account(of: try SampleCharger.key("release"))]))
    }

    private static func rules(_ revision: UInt64, commission: Int32 = 300, first: Int32 = 250) throws -> Proposal {
        Proposal(
            parameters: try LedgerParameters(
                commission: BasisPoints(commission), minimumGrant: Microunits(20_000), toleranceMilliseconds: 5_000,
                evidenceWindowSeconds: 1_814_400, platform: TestLedger.platform, revision: revision,
                firstCommission: BasisPoints(first)), governance: nil)
    }

    @Test("rules change when enough members want the same ones, once each, of the next revision")
    func votes() throws {
        var ledger = try Self.governed()
        func commission() throws -> Int32? {
            try ledger.read(.parameters, as: LedgerParameters.self)?.commission.rawValue
        }
        let keys = try Self.names.map { try SampleCharger.key($0) }
        let (proposal, other) = (try Self.rules(1), try Self.rules(1, commission: 0))
        #expect(try ledger.send(.vote(proposal), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(.vote(try Self.rules(2)), by: keys[0]).code == 8)
        #expect(try ledger.send(.vote(try Self.rules(1, first: 300)), by: keys[0]).code == 8)
        #expect(try ledger.send(.vote(Proposal(parameters: nil, governance: nil)), by: keys[0]).code == 8)
        #expect(try ledger.send(.vote(proposal), by: keys[0]).code == 0)
        #expect(try ledger.send(.vote(proposal), by: keys[0]).code == 7)
        #expect(try ledger.send(.vote(other), by: keys[1]).code == 0)
        #expect(try commission() == 250)
        #expect(try ledger.send(.vote(proposal), by: keys[2]).code == 0)
        #expect(try commission() == 300)
        #expect(try ledger.read(.votes(proposal.hash), as: Votes.self) == nil)
        // What was overtaken gets no further vote.
        #expect(try ledger.send(.vote(other), by: keys[0]).code == 8)
        #expect(try ledger.send(.vote(try Self.rules(2, commission: 0)), by: keys[1]).code == 0)
    }

    @Test("a member that left does not count, and a ledger without governance keeps its rules")
    func members() throws {
        var ledger = try Self.governed()
        let keys = try Self.names.map { try SampleCharger.key($0) }
        let rules = try Self.rules(1)
        #expect(try ledger.send(.vote(rules), by: keys[0]).code == 0)
        let left = [keys[1], keys[2]].map { SampleCharger.account(of: $0) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let board = Proposal(
            parameters: nil,
            governance: try Governance(revision: 1, threshold: 2, members: left, releaseAuthorities: []))
        #expect(try ledger.send(.vote(board), by: keys[0]).code == 0)
        #expect(try ledger.send(.vote(board), by: keys[1]).code == 0)
        #expect(try ledger.send(.vote(rules), by: keys[0]).code == 6)
        #expect(try ledger.send(.vote(rules), by: keys[1]).code == 0)
        #expect(try ledger.read(.parameters, as: LedgerParameters.self)?.revision == 0)
        #expect(try ledger.send(.vote(rules), by: keys[2]).code == 0)
        #expect(try ledger.read(.parameters, as: LedgerParameters.self)?.revision == 1)
        var fixed = try TestLedger()
        #expect(try fixed.send(.vote(rules), by: keys[0]).code == 5)
        for wrong in [UInt64(0), 4] { #expect(throws: LedgerError.self) { try Self.governed(threshold: wrong) } }
    }

    @Test("firmware stands by an authority's word, its counter never falls, and what was withdrawn stays so")
    func firmware() throws {
        var ledger = try Self.governed()
        let authority = try SampleCharger.key("release")
        func release(_ byte: UInt8, counter: UInt32, withdrawn: Bool = false, product: String = "W") throws
            -> TransactionBody
        {
            .releaseFirmware(
                try FirmwareRelease(
                    product: product, version: "1.\(byte)", digest: ContentHash(hashing: [byte]),
                    securityCounter: counter, isWithdrawn: withdrawn))
        }
        func product() throws -> ProductFirmware? { try ledger.read(.product("W"), as: ProductFirmware.self) }
        #expect(try ledger.send(try release(1, counter: 1), by: ledger.payerKey).code == 6)
        #expect(try ledger.send(try release(1, counter: 1), by: authority).code == 0)
        #expect(try ledger.send(try release(2, counter: 3), by: authority).code == 0)
        #expect(try product() == ProductFirmware(newest: ContentHash(hashing: [2]), minimumCounter: 3))
        #expect(try ledger.send(try release(3, counter: 2), by: authority).code == 8)
        #expect(try ledger.read(.firmware(ContentHash(hashing: [3])), as: FirmwareRelease.self) == nil)
        #expect(try ledger.send(try release(2, counter: 3), by: authority).code == 7)
        #expect(try ledger.send(try release(2, counter: 3, withdrawn: true, product: "X"), by: authority).code == 7)
        #expect(try ledger.send(try release(2, counter: 3, withdrawn: true), by: authority).code == 0)
        #expect(try ledger.send(try release(2, counter: 3), by: authority).code == 7)
        #expect(try product()?.minimumCounter == 3)
        #expect(
            try ledger.read(.firmware(ContentHash(hashing: [2])), as: FirmwareRelease.self)?.isWithdrawn == true)
    }
}
