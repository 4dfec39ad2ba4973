import Crypto
import Foundation
import Ledger
import LedgerNode
import Quantities
import SignedRecords
import Testing

@Suite("Four makers' chargers on one ledger, with real processes", .serialized, .needsBinaries)
struct StreetTests {
    @Test("grants, an allowance, a voucher, a reservation, the owner's hours and priority: everyone pays what they had")
    func street() async throws {
        let street = try await Street()
        defer { street.end() }
        try await street.fund()
        try await open(street)
        // The private charger needs the longest: a guest charges until who reserved it comes.
        let from = Street.now(plus: 130_000)
        let booked = try await reserve(street, from: from)
        try await street.grant(street.home, by: street.key("guest"), 30_000_000)
        try street.plug(street.home)

        try await allowance(street)
        try await energyLimit(street)
        try await fourAtOnce(street)

        try await privateCharger(street, from: from, deposit: booked)
        try await voucher(street)
        try await settle(street)
        for rig in street.rigs { #expect(rig.daemon?.stop() == 0) }
    }

    private func open(_ street: Street) async throws {
        let allDay = try WeeklyWindow(from: 0, to: 1_440)
        try await street.open(street.operated, try Tariff(name: "Northern", price: .init(300_000)))
        // One price at every hour, whoever vouches for the clock of the machine that this runs on.
        try await street.open(
            street.serial,
            try Tariff(
                name: "Meridian", price: .init(900_000), windows: [.init(allDay, price: .init(250_000))],
                sessionFee: Microunits(10_000)))
        try await street.open(street.home, try Tariff(name: "Hearth", price: .init(200_000)))
        try await street.open(street.yard, try Tariff(name: "Yard", price: .init(350_000)))
        let sharing = try Sharing(
            week: .utc, windows: [allDay], deposit: Microunits(Street.deposit), noShowMinutes: 30)
        let home = try street.device(street.home)
        try await street.send(.share(device: home, sharing), by: street.owner(of: street.home))
        // The operator of the first charger is its owner.
        let owner = try street.owner(of: street.operated)
        try await street.send(.registerOperator(try Operator(name: "Northern", contact: "service desk")), by: owner)
        let site = try Site(
            name: "Station", latitude: 28_228_000, longitude: 112_939_000,
            operatedBy: try AccountID(hex: street.operated.owner),
            connectors: [.init(socket: .type2Cable, current: Milliamps(32_000), phases: 3)])
        try await street.send(.describe(device: try street.device(street.operated), site), by: owner)
    }

    private func reserve(_ street: Street, from: UTCMilliseconds) async throws -> Int64 {
        let before = try await street.balance(street.account("booker"))
        try await street.send(
            .reserve(
                device: try street.device(street.home), chain: .connector(1), from: from,
                until: UTCMilliseconds(from.rawValue + 1_800_000), deposit: Microunits(Street.deposit)),
            by: street.key("booker"))
        #expect(try await street.balance(street.account("booker")) == before - Street.deposit)
        return before
    }

    /// A card draws on what its holder's household set aside for any charger of the operator.
    private func allowance(_ street: Street) async throws {
        let device = try street.device(street.operated)
        let allowance = try await street.send(
            .allow(
                bearer: street.account("card"), operatedBy: AccountID(hex: street.operated.owner),
                amount: Microunits(8_000_000), highestPrice: .init(300_000), expiry: Street.now(plus: 80_000_000)),
            by: street.key("one"))
        try await street.send(
            .draw(
                allowance: allowance, device: device, chain: .connector(1), amount: Microunits(6_000_000),
                tariff: street.tariff(street.operated), expiry: Street.now(plus: 3_600_000)),
            by: street.key("card"))
        try street.plug(street.operated, kilowattHours: 2)
        let end = try await street.carFull(street.operated, sessions: 1)
        try await street.operated.acknowledged()
        try await street.release(street.operated, by: street.key("card"))
        let left = try #require(try await street.wallet.value(.allowance(allowance), as: Allowance.self))
        let paid = Int64(try integer("body.energy_mwh", in: end)) * 300_000 / 1_000_000
        #expect(left.amount.rawValue == 8_000_000 - paid)
        try await street.send(.releaseAllowance(allowance), by: street.key("one"))
        #expect(try await street.balance(street.account("one")) == Street.funds - paid)
        #expect(try await street.balance(street.account("card")) == Street.funds)
    }

    /// The grant's energy, not its money, ends the session.
    private func energyLimit(_ street: Street) async throws {
        try await street.grant(street.serial, by: street.key("two"), 30_000_000, energyLimit: 6_000_000)
        try street.plug(street.serial)
        let end = try await street.ended(street.serial, sessions: 1)
        #expect(try string("body.reason", in: end) == "energyLimit")
        let energy = Int64(try integer("body.energy_mwh", in: end))
        #expect((1_000_000...6_000_000).contains(energy))
        try await street.serial.acknowledged()
        try await street.release(street.serial, by: street.key("two"))
        #expect(try await street.balance(street.account("two")) == Street.funds - energy * 250_000 / 1_000_000 - 10_000)
    }

    private func fourAtOnce(_ street: Street) async throws {
        let users = ["one", "two", "three", "four"]
        var before: [String: Int64] = [:]
        for user in users { before[user] = try await street.balance(street.account(user)) }
        for (index, user) in users.enumerated() {
            try await street.grant(street.yard, UInt32(index + 1), by: street.key(user), 5_000_000)
        }
        for connector in 1...4 { try street.plug(street.yard, connector, kilowattHours: connector == 4 ? 2 : 1) }
        for (index, user) in users.enumerated() {
            let end = try await street.carFull(street.yard, index + 1, sessions: 1)
            let paid = Int64(try integer("body.energy_mwh", in: end)) * 350_000 / 1_000_000
            try await street.yard.acknowledged()
            try await street.release(street.yard, UInt32(index + 1), by: street.key(user))
            #expect(try await street.balance(street.account(user)) == (before[user] ?? 0) - paid, "\(user)")
        }
    }

    /// The guest goes when the reservation begins; who made it comes, and goes when the owner wants to charge.
    private func privateCharger(_ street: Street, from: UTCMilliseconds, deposit before: Int64) async throws {
        let home = street.home
        let device = try street.device(home)
        let guest = try await street.ended(home, sessions: 1)
        #expect(try string("body.reason", in: guest) == "scheduleEnd")
        #expect(Street.now() >= UTCMilliseconds(from.rawValue - 8_000), "the guest had the time up to the reservation")
        try await home.acknowledged()
        try await street.release(home, by: street.key("guest"))
        // A car needs a few seconds to stop: the session ended before the reservation begins.
        try await home.wait("the reservation's begin", seconds: 30) { Street.now(plus: -2_000) > from }
        // A block's time is that of the votes for the one before.
        try await street.send(.registerUser, by: street.key("guest"))
        await #expect(throws: WalletError.self, "the connector is kept for another") {
            try await street.grant(home, by: street.key("guest"), 9_000_000)
        }
        try await street.grant(home, by: street.key("booker"), 30_000_000)
        try street.plug(home)
        try await home.wait("the reserved session", seconds: 60) {
            try home.records(chain: 1).filter { $0["kind"] as? String == "tick" }.count > 0
                && home.records(chain: 1).filter { $0["kind"] as? String == "begin" }.count == 2
        }
        try await home.wait("the begin on the ledger", seconds: 60) {
            try integer("records.acknowledged_total", in: home.status()) >= 5
        }
        let owner = try street.owner(of: home)
        try await street.send(
            .claim(device: device, chain: .connector(1), until: Street.now(plus: 600_000)), by: owner)
        let booked = try await street.ended(home, sessions: 2)
        #expect(try string("body.reason", in: booked) == "scheduleEnd")
        try await home.acknowledged()
        try await street.release(home, by: street.key("booker"))
        // The deposit came back when the session began.
        let paid = Int64(try integer("body.energy_mwh", in: booked)) * 200_000 / 1_000_000
        #expect(try await street.balance(street.account("booker")) == before - paid)
        try await street.grant(home, by: owner, 9_000_000)
        try street.plug(home, kilowattHours: 1)
        _ = try await street.carFull(home, sessions: 3)
        try await home.acknowledged()
        try await street.release(home, by: owner)
    }

    private func voucher(_ street: Street) async throws {
        let rig = street.operated
        let voucher = try Voucher.sign(
            Voucher.Terms(
                number: 1, amount: Microunits(5_000_000), highestPrice: .init(300_000),
                expiry: Street.now(plus: 86_400_000)),
            key: street.key("three"), ledger: try LedgerChainID(rig.chain))
        let before = try await street.balance(street.account("three"))
        rig.node.stop()
        try await rig.wait("the loss to be noticed", seconds: 60) { try !bool("ledger.reachable", in: rig.status()) }
        try Rig.run(
            "wattseal",
            ["ask", "--socket", rig.folder.path + "/control.sock", "voucher \(Hexadecimal.encode(voucher.bytes))"])
        try street.plug(rig, kilowattHours: 1)
        let end = try await street.carFull(rig, sessions: 2)
        try await rig.restartNode()
        try await rig.acknowledged()
        let paid = Int64(try integer("body.energy_mwh", in: end)) * 300_000 / 1_000_000
        #expect(try await street.balance(street.account("three")) == before - paid)
    }

    /// Every session has its settlement and its receipt; what was paid is with the owners and the platform, to the microunit.
    private func settle(_ street: Street) async throws {
        let settlements = try await street.settlements()
        #expect(settlements.count == 10)
        #expect(settlements.allSatisfy { $0.paid > .zero })
        let platform = try #require(try await street.wallet.value(.parameters, as: LedgerParameters.self)).platform
        let commission = settlements.reduce(Int64(0)) { $0 + $1.commission.rawValue }
        #expect(try await street.balance(platform) == commission)
        for settlement in settlements {
            #expect(settlement.commission.rawValue == settlement.paid.rawValue * 250 / 10_000)
        }
        // The owner of the private charger paid himself once.
        for rig in street.rigs where rig !== street.home {
            let owner = try AccountID(hex: rig.owner)
            let earned = settlements.filter { $0.owner == owner }.reduce(Int64(0)) {
                $0 + ($1.paid - $1.commission).rawValue
            }
            #expect(try await street.balance(owner) == Street.funds + earned)
        }
    }
}
