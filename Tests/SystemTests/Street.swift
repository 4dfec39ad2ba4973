import Crypto
import Foundation
import Ledger
import LedgerNode
import Quantities
import SignedRecords
import Testing

/// Four houses of different makers on one ledger, and the people who charge there.
final class Street {
    /// A public charger under an operator; takes vouchers.
    let operated: Rig
    /// A public charger of another maker, with another meter on a serial line.
    let serial: Rig
    /// A private charger with a socket, which its owner shares.
    let home: Rig
    /// Four connectors on one board.
    let yard: Rig
    let wallet: Wallet
    private var keys: [String: Curve25519.Signing.PrivateKey] = [:]
    private(set) var tariffs: [String: Tariff] = [:]

    var rigs: [Rig] { [operated, serial, home, yard] }

    static let funds: Int64 = 40_000_000
    static let deposit: Int64 = 50_000

    init() async throws {
        var options = Rig.Options()
        options.grant = 0
        options.vouchers = true
        options.product = "Northern Charge"
        operated = try await Rig(options)
        options.neighbour = operated
        options.vouchers = false
        options.product = "Meridian Wallbox"
        options.meter = "iem3155"
        options.bus = "rtu"
        serial = try await Rig(options)
        options.meter = "sdm630"
        options.bus = "tcp"
        options.product = "Hearth Socket"
        options.board = "simulated-socket"
        home = try await Rig(options)
        options.product = "Yard Four"
        options.board = "simulated"
        options.connectors = 4
        yard = try await Rig(options)
        wallet = try Wallet(rpc: operated.nodeURL)
        for person in ["guest", "booker", "card", "one", "two", "three", "four"] {
            keys[person] = Curve25519.Signing.PrivateKey()
        }
    }

    func end() { for rig in rigs.reversed() { rig.end() } }

    // MARK: People

    func key(_ person: String) throws -> Curve25519.Signing.PrivateKey { try #require(keys[person], "\(person)") }

    func account(_ person: String) throws -> AccountID {
        AccountID(hashing: Array(try key(person).publicKey.rawRepresentation))
    }

    func owner(of rig: Rig) throws -> Curve25519.Signing.PrivateKey {
        try KeyFile.load(rig.folder.path + "/owner.key")
    }

    func balance(_ account: AccountID) async throws -> Int64 {
        try await wallet.account(account).balance.rawValue
    }

    @discardableResult
    func send(_ body: TransactionBody, by key: Curve25519.Signing.PrivateKey) async throws -> GrantHash {
        GrantHash(exactly: try await wallet.send(body, key: key).hash)
    }

    /// The driver of the first house, who has all the money, gives everyone some.
    func fund() async throws {
        let rich = try KeyFile.load(operated.folder.path + "/driver.key")
        var accounts = try keys.keys.sorted().map { try account($0) }
        for rig in rigs { accounts.append(try AccountID(hex: rig.owner)) }
        for account in accounts { try await send(.transfer(to: account, amount: Microunits(Self.funds)), by: rich) }
    }

    // MARK: Houses

    func device(_ rig: Rig) throws -> DeviceID { try DeviceID(hex: string("device", in: rig.status())) }

    /// Starts a daemon, publishes its owner's tariff, registers the charger.
    func open(_ rig: Rig, _ tariff: Tariff) async throws {
        try rig.startDaemon()
        try await rig.wait("the daemon's status", seconds: 60) {
            (try? string("device", in: rig.status())).map { !$0.isEmpty } ?? false
        }
        let genesis = rig.folder.path + "/genesis.cose"
        try Rig.run(
            "wattseal", ["records", "export", "--journal", rig.journal, "--chain", "0", "--to", "1", "-o", genesis])
        let owner = try owner(of: rig)
        try await send(.publishTariff(tariff), by: owner)
        let message = [UInt8](try Data(contentsOf: URL(fileURLWithPath: genesis)))
        try await send(.registerCharger(genesis: message, tariff: tariff.hash), by: owner)
        tariffs[rig.folder.path] = tariff
    }

    func tariff(_ rig: Rig) throws -> TariffHash { try #require(tariffs[rig.folder.path]).hash }

    static func now(plus milliseconds: Int64 = 0) -> UTCMilliseconds {
        UTCMilliseconds(Int64(Date().timeIntervalSince1970 * 1_000) + milliseconds)
    }

    /// A grant of so much money at a connector.
    func grant(
        _ rig: Rig, _ connector: UInt32 = 1, by key: Curve25519.Signing.PrivateKey, _ amount: Int64,
        energyLimit: Int64? = nil
    ) async throws {
        try await send(
            .grant(
                device: try device(rig), chain: .connector(connector), amount: Microunits(amount),
                tariff: try tariff(rig), expiry: Self.now(plus: 3_600_000),
                energyLimit: energyLimit.map(MilliwattHours.init)),
            by: key)
    }

    func release(_ rig: Rig, _ connector: UInt32 = 1, by key: Curve25519.Signing.PrivateKey) async throws {
        try await send(.releaseGrant(device: try device(rig), chain: .connector(connector)), by: key)
    }

    // MARK: Cars

    func plug(_ rig: Rig, _ connector: Int = 1, kilowattHours: Int? = nil) throws {
        try rig.tell(kilowattHours.map { "stop-after-kwh \($0)" } ?? "stop-after-kwh 900", connector: connector)
        try rig.tell("want on", connector: connector)
        try rig.tell("plug", connector: connector)
    }

    /// Waits for the next end record of a connector, then unplugs; the record.
    func ended(_ rig: Rig, _ connector: Int = 1, sessions: Int) async throws -> [String: Any] {
        try await rig.wait("end \(sessions) at connector \(connector) of \(rig.options.product)", seconds: 240) {
            try self.ends(rig, connector).count >= sessions
        }
        try rig.tell("unplug", connector: connector)
        return try #require(try ends(rig, connector).last)
    }

    func ends(_ rig: Rig, _ connector: Int = 1) throws -> [[String: Any]] {
        try rig.records(chain: connector).filter { $0["kind"] as? String == "end" }
    }

    /// Unplugs a car that has had enough, and waits for the end.
    func carFull(_ rig: Rig, _ connector: Int = 1, sessions: Int) async throws -> [String: Any] {
        try await rig.wait("a full car at \(rig.options.product)", seconds: 240) {
            try bool("car.stopped_by_target", in: rig.plantStatus(connector: connector))
        }
        try rig.tell("unplug", connector: connector)
        return try await ended(rig, connector, sessions: sessions)
    }

    // MARK: Afterwards

    /// Every session's settlement, each held against its receipt.
    func settlements() async throws -> [SessionSettlement] {
        var all: [SessionSettlement] = []
        for rig in rigs {
            try await rig.acknowledged()
            for connector in 1...rig.options.connectors {
                for end in try ends(rig, connector) {
                    let session = try SessionID(hex: string("body.session", in: end))
                    let key = StateKey.session(try device(rig), session)
                    let settlement = try #require(
                        try await wallet.value(key, as: SessionSettlement.self), "no settlement of \(session)")
                    #expect(settlement.energy.rawValue == Int64(try integer("body.energy_mwh", in: end)))
                    try await verifyReceipt(rig, session, settlement)
                    all.append(settlement)
                }
            }
        }
        return all
    }

    private func verifyReceipt(_ rig: Rig, _ session: SessionID, _ settlement: SessionSettlement) async throws {
        let receipt = "\(rig.folder.path)/\(session.hex).receipt"
        let deadline = ContinuousClock.now + .seconds(60)
        // The proof of a settlement follows its acknowledgement.
        while true {
            do {
                try Rig.run("wattseal", ["receipt", "--journal", rig.journal, "--session", session.hex, "-o", receipt])
                break
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        let report = try Rig.run("wattseal", ["verify", receipt])
        #expect(report.contains(session.hex) && report.contains(rig.options.product), "\(report)")
        #expect(report.contains(settlement.payer.hex) && report.contains(settlement.owner.hex))
    }
}
