import ChargerSamples
import Crypto
import Foundation
import Glibc
import Ledger
import LedgerNode
import LightClient
import Quantities
import SignedRecords
import Testing

/// Every command of the wallet against a real node, as processes: what it prints, and what it refuses.
@Suite("Wallet commands", .serialized, .enabled(if: ProgramUnderTest.isBuilt, "platform-node is not built"))
struct WalletCommandTests {
    private let home: TemporaryHome
    private let driverKey: Curve25519.Signing.PrivateKey
    private let driverFile: String
    private let ownerFile: String
    private var charger: SampleCharger
    private var folder: String { home.path }
    private var driver: String { SampleCharger.account(of: driverKey).hex }
    private var owner: String { charger.owner.hex }
    private var device: String { charger.device.hex }

    init() throws {
        home = try TemporaryHome()
        driverKey = try SampleCharger.key("driver")
        charger = try SampleCharger(
            ledger: "wattseal-standalone", clock: LedgerNodeConfiguration.systemClock().unixMilliseconds)
        driverFile = try WalletProgram.keyFile(driverKey, "driver", in: home.path)
        ownerFile = try WalletProgram.keyFile(charger.ownerKey, "owner", in: home.path)
    }

    /// A ledger with the charger on it, under a plain tariff.
    private func ledger() throws -> (wallet: WalletProgram, tariff: String) {
        let wallet = try WalletProgram(
            folder: folder, arguments: ["--account", "\(driver)=10000000", "--account", "\(owner)=1000000"])
        let genesis = folder + "/genesis.cbor"
        try Data(charger.genesis.message).write(to: URL(fileURLWithPath: genesis))
        let tariff = try wallet.text("tariff", ["tariff", "--name", "Day", "--price", "300000", "--key", ownerFile])
        let registered = try wallet.text(
            "device", ["register", "--genesis", genesis, "--tariff", tariff, "--key", ownerFile])
        #expect(registered == device)
        return (wallet, tariff)
    }

    private func connector(_ wallet: WalletProgram, _ number: Int = 1) throws -> [String: Any] {
        let charger = try wallet.object(["chargers", "--device", device])
        let connectors = try #require(charger["connectors"] as? [[String: Any]])
        return try #require(connectors.dropFirst(number - 1).first)
    }

    @Test("tariffs with hours and fees; grants with a limit of energy")
    func tariffs() throws {
        let (wallet, plain) = try ledger()
        let hash = try wallet.text(
            "tariff",
            [
                "tariff", "--name", "Night \"and\" day", "--price", "300000", "--window",
                "Mon-Fri 22:00-06:00=150000", "--window", "Sat,Sun 00:00-24:00=200000", "--utc-offset", "-03:30",
                "--hourly-fee", "60000", "--session-fee", "1000", "--price-without-clock", "250000", "--key", ownerFile,
            ])
        let shown = try wallet.object(["show", "tariff", hash])
        let windows = try #require(shown["windows"] as? [[String: Any]])
        #expect(
            windows.map { $0["hours"] as? String } == [
                "Mon-Fri 22:00-24:00", "Tue-Sat 00:00-06:00", "Sat-Sun 00:00-24:00",
            ])
        #expect(windows.map { $0["price_micro"] as? Int } == [150_000, 150_000, 200_000])
        #expect(shown["name"] as? String == "Night \"and\" day" && shown["utc_offset"] as? String == "-03:30")
        #expect(shown["hourly_fee_micro"] as? Int == 60_000 && shown["session_fee_micro"] as? Int == 1_000)
        #expect(shown["price_without_clock_micro"] as? Int == 250_000)
        let tariff = ["tariff", "--name", "T", "--price", "1", "--key", ownerFile]
        try wallet.refused("expected HOURS=PRICE", tariff + ["--window", "Mon 22:00-23:00"])
        try wallet.refused("days Funday", tariff + ["--window", "Funday 22:00-23:00=1"])
        try wallet.refused("expected one like +02:00", tariff + ["--window", "22:00-23:00=1", "--utc-offset", "2h"])
        try wallet.refused("says nothing without --window", tariff + ["--utc-offset", "+01:00"])
        try wallet.refused("price: expected 0 to", tariff + ["--window", "22:00-23:00=-1"])
        try wallet.refused("fee: expected 0 to", tariff + ["--hourly-fee", "1000000000001"])

        let grant = ["grant", "--device", device, "--amount", "2000000", "--key", driverFile]
        try wallet.refused("--energy-limit 0: expected at least 1", grant + ["--energy-limit", "0"])
        try wallet.refused("--expires-in 604801", grant + ["--expires-in", "604801"])
        try wallet.refused(
            "--amount 0: expected 1 or more", ["grant", "--device", device, "--amount", "0", "--key", driverFile])
        try wallet.refused("tariff: expected the charger's", grant + ["--tariff", hash])
        let name = try wallet.text("grant", grant + ["--energy-limit", "1500000"])
        let standing = try wallet.object(["show", "grant", "\(device)/1"])
        #expect(standing["grant"] as? String == name && standing["tariff"] as? String == plain)
        #expect(standing["energy_limit_mwh"] as? Int == 1_500_000 && standing["delivered_mwh"] as? Int == 0)
        wallet.stop()
    }

    @Test("who and where: operators, users, sites, and the list of chargers by distance")
    func directory() throws {
        let (wallet, _) = try ledger()
        let operatorFile = try WalletProgram.keyFile(SampleCharger.key("operator"), "operator", in: folder)
        let operatorAccount = SampleCharger.account(of: try SampleCharger.key("operator")).hex
        let describe = [
            "describe", "--device", device, "--name", "Yard", "--at", "-33.8688,151.2093", "--connector",
            "type2-cable:32000:3", "--connector", "type2-socket:16000:1", "--key", ownerFile,
        ]
        try wallet.refused(
            "operator \(operatorAccount) is not on this ledger", describe + ["--operator", operatorAccount])
        _ = try wallet.object(["operator", "--name", "Green", "--contact", "+49 89 1", "--key", operatorFile])
        try wallet.refused(
            "operator's name: expected 1 to 64", ["operator", "--name", "", "--contact", "c", "--key", operatorFile])
        #expect(try wallet.object(["show", "operator", operatorAccount])["contact"] as? String == "+49 89 1")
        _ = try wallet.object(["user", "--key", driverFile])
        try wallet.refused("refused with code 7", ["user", "--key", driverFile])
        #expect(try wallet.object(["show", "user", driver])["overdrawn_vouchers"] as? Int == 0)
        try wallet.refused("expected the charger's 2, found 3", describe + ["--connector", "other:6000:1"])
        try wallet.refused("expected SOCKET:MILLIAMPS:PHASES", describe + ["--connector", "schuko:16000:1"])
        try wallet.refused("expected LATITUDE,LONGITUDE", describe.map { $0 == "-33.8688,151.2093" ? "north" : $0 })
        try wallet.refused("only the owner sets it", describe.map { $0 == ownerFile ? driverFile : $0 })
        _ = try wallet.object(describe + ["--operator", operatorAccount])

        // A second charger, of the same owner's kind, that says nothing of itself.
        let other = try SampleCharger("other", ledger: "wattseal-standalone", connectors: 1, clock: charger.clock)
        let otherOwner = try WalletProgram.keyFile(other.ownerKey, "other", in: folder)
        try Data(other.genesis.message).write(to: URL(fileURLWithPath: folder + "/other.cbor"))
        let tariff = try wallet.text("tariff", ["tariff", "--name", "Day", "--price", "300000", "--key", ownerFile])
        _ = try wallet.object(
            ["register", "--genesis", folder + "/other.cbor", "--tariff", tariff, "--key", otherOwner])
        let near = try wallet.lines(["chargers", "--near", "-33.87,151.21"])
        #expect(near.map { $0["device"] as? String } == [device, other.device.hex])
        #expect(near[0]["distance_m"] as? Int == 148 && near[1]["distance_m"] is NSNull)
        #expect(near[0]["name"] as? String == "Yard" && near[0]["place"] as? String == "-33.868800,151.209300")
        #expect(near[0]["operator"] as? String == "Green")
        #expect((near[0]["tariff"] as? [String: Any])?["price_micro"] as? Int == 300_000)
        let connectors = try #require(near[0]["connectors"] as? [[String: Any]])
        #expect(connectors.map { $0["power_mw"] as? Int } == [22_080_000, 3_680_000])
        #expect(connectors.map { $0["state"] as? String } == ["free", "free"])
        #expect(near[0]["last_heard"] is String, "genesis was heard")
        #expect(try wallet.lines(["chargers", "--limit", "1"]).count == 1)
        try wallet.refused("--limit 0", ["chargers", "--limit", "0"])
        try wallet.refused("expected LATITUDE,LONGITUDE", ["chargers", "--near", "here"])
        try wallet.refused("is not on this ledger", ["chargers", "--device", driver])
        let plain = try wallet.run(["chargers", "--device", device]).output
        #expect(plain.hasPrefix("device=\(device) name=Yard place=-33.868800,151.209300 operator=Green"), "\(plain)")
        #expect(
            plain.contains("\n  connectors: connector=2 state=free socket=type2-socket power_mw=3680000\n"), "\(plain)")
        wallet.stop()
    }

    @Test("sharing, the owner's claim, reservations, and faults, as drivers see them")
    func sharing() async throws {
        let (wallet, _) = try ledger()
        let share = ["share", "--device", device, "--key", ownerFile]
        func state(_ number: Int = 1) throws -> String { try connector(wallet, number)["state"] as? String ?? "" }
        _ = try wallet.object(share + ["--nobody"])
        #expect(try state() == "out-of-hours")
        _ = try wallet.object(share + ["--public"])
        #expect(try state() == "free")
        try wallet.refused("expected one of --window, --nobody and --public", share)
        try wallet.refused(
            "expected one of --window, --nobody and --public", share + ["--nobody", "--window", "00:00-24:00"])
        try wallet.refused("kept for 1 to 240 minutes", share + ["--window", "00:00-24:00", "--no-show-minutes", "0"])
        try wallet.refused("deposit: expected 0 to", share + ["--window", "00:00-24:00", "--deposit=-1"])
        _ = try wallet.object(share + ["--window", "00:00-24:00", "--deposit", "5000", "--notice-minutes", "1"])
        #expect(try state() == "free")
        let shown = try wallet.object(["show", "sharing", device])
        #expect(shown["windows"] as? [String] == ["00:00-24:00"] && shown["deposit_micro"] as? Int == 5_000)

        let claim = ["claim", "--device", device, "--key", ownerFile]
        _ = try wallet.object(claim + ["--until", "+60"])
        #expect(try state() == "owner" && state(2) == "free")
        try wallet.refused(
            "connector 1 until", ["grant", "--device", device, "--amount", "20000", "--key", driverFile])
        _ = try wallet.object(claim + ["--end"])
        #expect(try state() == "free")
        try wallet.refused("expected either --until or --end", claim)
        try wallet.refused("--until 2020-01-01T00:00:00Z: has passed", claim + ["--until", "2020-01-01T00:00:00Z"])
        try wallet.refused("--until tomorrow: expected a time like", claim + ["--until", "tomorrow"])
        try wallet.refused("refused with code 8: claim", claim + ["--until", "+1500"])

        let reserve = ["reserve", "--device", device, "--minutes", "30", "--key", driverFile]
        try wallet.refused("deposit: expected the owner's, 5000", reserve + ["--from", "+10"])
        try wallet.refused(
            "--minutes 14: expected 15 to 1440", reserve.map { $0 == "30" ? "14" : $0 } + ["--from", "+10"])
        try wallet.refused("ms ahead", reserve + ["--from", "+1", "--deposit", "5000"])
        let hash = try wallet.text("reservation", reserve + ["--from", "+10", "--deposit", "5000"])
        try wallet.refused("exists already", reserve + ["--from", "+20", "--deposit", "5000"])
        for question in [["--device", device], ["--account", driver]] {
            let listed = try wallet.object(["reservations"] + question)
            #expect(listed["reservation"] as? String == hash && listed["device"] as? String == device)
            #expect(listed["connector"] as? Int == 1 && listed["deposit_micro"] as? Int == 5_000)
        }
        #expect(try wallet.lines(["reservations", "--account", owner]).isEmpty)
        try wallet.refused("expected --device or --account", ["reservations"])
        #expect(try (connector(wallet)["reservations"] as? [[String: Any]])?.count == 1)
        let settle = ["settle-reservation", "--device", device, "--reservation", hash]
        try wallet.refused("its user may cancel it until", settle + ["--key", ownerFile])
        _ = try wallet.object(settle + ["--key", driverFile])
        try wallet.refused("refused with code 5: reservation", settle + ["--key", driverFile])
        #expect(try wallet.object(["balance", "--account", driver])["balance_micro"] as? Int == 10_000_000)

        var charger = charger
        let fault = try charger.append(.connector(2), .event(.faultLatched(FaultLatched(code: 502))))
        _ = try await Wallet(rpc: wallet.rpc).send(try RecordBatch(messages: [fault.message]).encoded())
        #expect(try state(2) == "faulted" && connector(wallet, 2)["faults"] as? [Int] == [502])
        #expect(try state() == "free")
        wallet.stop()
    }

    @Test("an allowance: its bearer draws grants, its payer takes the rest back")
    func allowances() throws {
        let (wallet, _) = try ledger()
        let bearerKey = try SampleCharger.key("bearer")
        let bearer = SampleCharger.account(of: bearerKey).hex
        let bearerFile = try WalletProgram.keyFile(bearerKey, "bearer", in: folder)
        let allow = [
            "allow", "--bearer", bearer, "--amount", "1000000", "--highest-price", "400000", "--key", driverFile,
        ]
        try wallet.refused("--expires-in 0: expected 1 to 31622400", allow + ["--expires-in", "0"])
        try wallet.refused(
            "--highest-price 1000000000001: expected 0 to", allow.map { $0 == "400000" ? "1000000000001" : $0 })
        try wallet.refused("--operator xy", allow + ["--operator", "xy"])
        let hash = try wallet.text("allowance", allow)
        let draw = ["draw", "--allowance", hash, "--device", device, "--amount", "300000"]
        try wallet.refused("only the payer and the bearer draw", draw + ["--key", ownerFile])
        try wallet.refused("--energy-limit -5", draw + ["--key", bearerFile, "--energy-limit=-5"])
        try wallet.refused(
            "allowance \(String(repeating: "0", count: 64)) is not on this ledger",
            draw.map { $0 == hash ? String(repeating: "0", count: 64) : $0 } + ["--key", bearerFile])
        let grant = try wallet.text("grant", draw + ["--key", bearerFile, "--energy-limit", "900000"])
        let standing = try wallet.object(["show", "grant", "\(device)/1"])
        #expect(standing["grant"] as? String == grant && standing["allowance"] as? String == hash)
        #expect(standing["payer"] as? String == driver && standing["energy_limit_mwh"] as? Int == 900_000)
        #expect(try wallet.object(["show", "allowance", hash])["amount_micro"] as? Int == 700_000)
        _ = try wallet.object(["release", "--device", device, "--key", bearerFile])
        #expect(try wallet.object(["show", "allowance", hash])["amount_micro"] as? Int == 1_000_000)
        #expect(try wallet.object(["show", "released", grant])["device"] as? String == device)
        try wallet.refused("only the payer releases", ["release-allowance", "--allowance", hash, "--key", bearerFile])
        _ = try wallet.object(["release-allowance", "--allowance", hash, "--key", driverFile])
        try wallet.refused("is not on this ledger", ["show", "allowance", hash])
        #expect(try wallet.object(["balance", "--account", driver])["balance_micro"] as? Int == 10_000_000)
        wallet.stop()
    }

    @Test("a session: followed live, in both histories, refunded")
    func session() async throws {
        let (wallet, tariff) = try ledger()
        let grant = try wallet.text(
            "grant", ["grant", "--device", device, "--amount", "2000000", "--key", driverFile])
        let (follower, output, _) = wallet.process(["follow", "--device", device, "--interval", "10", "--json"])
        try follower.run()
        // Nothing is waited for without end: a follower that says nothing is ended, and fails the test.
        let watchdog = DispatchWorkItem { follower.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
        var said = ""
        func read(until word: String) {
            while !said.contains(word) {
                let part = output.fileHandleForReading.availableData
                guard !part.isEmpty else { return }
                said += String(decoding: part, as: UTF8.self)
            }
        }
        read(until: "\"event\":\"head\"")
        var charger = charger
        let records = try charger.session(
            .connector(1), grant: GrantHash(hex: grant), payer: SampleCharger.account(of: driverKey),
            tariff: TariffHash(hex: tariff), ticksAt: [1_000_000, 2_000_000], endAt: 2_100_000)
        let client = try Wallet(rpc: wallet.rpc)
        _ = try await client.send(try RecordBatch(messages: records[..<1].map(\.message)).encoded())
        read(until: "\"event\":\"begun\"")
        _ = try await client.send(try RecordBatch(messages: records[1..<3].map(\.message)).encoded())
        read(until: "\"event\":\"moved\"")
        #expect(said.contains("\"energy_mwh\":2000000,\"paid_micro\":600000,\"commission_micro\":15000"), "\(said)")
        let open = try wallet.object(["show", "open", "\(device)/1"])
        #expect(open["paid_micro"] as? Int == 600_000)
        #expect(try connector(wallet)["state"] as? String == "occupied")
        _ = try await client.send(try RecordBatch(messages: records[3...].map(\.message)).encoded())
        read(until: "\"event\":\"ended\"")
        for line in said.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any], "\(line)")
        }
        kill(follower.processIdentifier, SIGINT)
        follower.waitUntilExit()
        watchdog.cancel()
        #expect(follower.terminationStatus == 0 && follower.terminationReason == .exit)

        let session = try #require(records[0].record.body.session).hex
        let payers = try wallet.object(["history", "--key", driverFile])
        #expect(payers["role"] as? String == "payer" && payers["session"] as? String == session)
        #expect(payers["energy_mwh"] as? Int == 2_100_000 && payers["paid_micro"] as? Int == 630_000)
        #expect(payers["commission_micro"] as? Int == 15_750 && payers["refunded_micro"] as? Int == 0)
        #expect(payers["ended"] is String)
        #expect(try wallet.object(["history", "--account", owner])["role"] as? String == "owner")
        #expect(try wallet.object(["history", "--device", device])["role"] is NSNull)
        #expect(try wallet.lines(["history", "--account", device]).isEmpty)
        try wallet.refused("expected --account, --key or --device", ["history"])
        try wallet.refused("either --account or --key", ["history", "--account", owner, "--key", driverFile])

        let refund = ["refund", "--device", device, "--session", session, "--key", ownerFile]
        try wallet.refused("at most 630000", refund + ["--payer", driver, "--amount", "630001"])
        try wallet.refused("the account that paid the session", refund + ["--payer", owner, "--amount", "1"])
        try wallet.refused("--amount -1: expected 1 or more", refund + ["--payer", driver, "--amount=-1"])
        _ = try wallet.object(refund + ["--payer", driver, "--amount", "30000"])
        #expect(try wallet.object(["history", "--account", driver])["refunded_micro"] as? Int == 30_000)
        #expect(try wallet.object(["show", "refund", "\(device)/\(session)"])["total_micro"] as? Int == 30_000)
        #expect(try wallet.object(["show", "session", "\(device)/\(session)"])["paid_micro"] as? Int == 630_000)
        #expect(try wallet.object(["show", "head", "\(device)/1"])["sequence"] as? Int == 4)
        try wallet.refused("is not on this ledger", ["follow", "--device", driver])
        try wallet.refused("expected --device, or --account or --key", ["follow"])
        try wallet.refused("--interval 1: expected 10", ["follow", "--device", device, "--interval", "1"])
        try wallet.refused("expected one of parameters", ["show", "money"])
        try wallet.refused("expected a name behind it", ["show", "tariff"])
        try wallet.refused("expected no name behind it", ["show", "governance", "x"])
        wallet.stop()
        // A node that is gone is told of in one line.
        try wallet.refused("127.0.0.1", ["chargers"])
    }

    @Test("votes for new rules, from flags and files, and firmware releases")
    func authority() throws {
        let keys = try (1...3).map { try SampleCharger.key("member \($0)") }
        let members = keys.map { SampleCharger.account(of: $0).hex }
        let files = try keys.indices.map { try WalletProgram.keyFile(keys[$0], "member-\($0)", in: folder) }
        func file(_ name: String, _ text: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }
        let governance = try file(
            "governance.json",
            """
            {"threshold": "2", "members": ["\(members[0])", "\(members[1])", "\(members[2])"],
             "release_authorities": ["\(members[2])"]}
            """)
        let wallet = try WalletProgram(folder: folder, arguments: ["--governance", governance])
        let rules = try wallet.object(["parameters"])
        #expect(rules["commission_bp"] as? Int == 250 && rules["revision"] as? Int == 0)
        #expect((rules["governance"] as? [String: Any])?["threshold"] as? Int == 2)

        let vote = ["vote", "--commission", "300", "--minimum-grant", "20000"]
        try wallet.refused("is no member of the governance", vote + ["--key", ownerFile])
        let first = try wallet.object(vote + ["--key", files[0]])
        #expect(first["in_force"] as? Bool == false && first["votes"] as? Int == 1)
        try wallet.refused("refused with code 7: a vote", vote + ["--key", files[0]])
        // The second names the same change in a file.
        let change = try file("change.json", #"{"parameters": {"commission_bp": 300, "minimum_grant": "20000"}}"#)
        let second = try wallet.object(["vote", "--file", change, "--key", files[1]])
        #expect(second["in_force"] as? Bool == true && second["proposal"] as? String == first["proposal"] as? String)
        let changed = try wallet.object(["parameters"])
        #expect(changed["commission_bp"] as? Int == 300 && changed["minimum_grant_micro"] as? Int == 20_000)
        #expect(changed["revision"] as? Int == 1 && changed["first_commission_bp"] as? Int == 250)
        // One member and no authority, from now on.
        let alone = try file(
            "alone.json", #"{"threshold": "1", "members": ["\#(members[0])"], "release_authorities": []}"#)

        let release = [
            "release-firmware", "--product", "Box", "--version", "1.2.3", "--security-counter", "3", "--key", files[2],
        ]
        let image = try file("image", "firmware")
        let digest = ContentHash(hashing: Array("firmware".utf8)).hex
        #expect(try wallet.text("digest", release + ["--image", image]) == digest)
        #expect(try wallet.object(["show", "product", "Box"])["newest"] as? String == digest)
        try wallet.refused(
            "security counter: expected at least 3", release.map { $0 == "3" ? "2" : $0 } + ["--digest", driver])
        try wallet.refused("expected either --image or --digest", release)
        try wallet.refused("no release authority", release.map { $0 == files[2] ? files[0] : $0 } + ["--image", image])
        try wallet.refused("nowhere: No such file", release + ["--image", folder + "/nowhere"])
        _ = try wallet.object(release + ["--digest", digest, "--withdraw"])
        #expect(try wallet.object(["show", "firmware", digest])["withdrawn"] as? Bool == true)

        for member in files[..<2] { _ = try wallet.object(["vote", "--governance", alone, "--key", member]) }
        #expect(
            (try wallet.object(["parameters"])["governance"] as? [String: Any])?["members"] as? [String] == [members[0]]
        )
        try wallet.refused("is no member", vote + ["--key", files[1]])
        try wallet.refused("expected new parameters or a new governance", ["vote", "--key", files[0]])
        for (name, text, reason) in [
            ("typo.json", #"{"parameters": {"comission_bp": 1}}"#, "comission_bp: is not known"),
            ("other.json", #"{"rules": {}}"#, "rules: is not known"),
            ("number.json", #"{"parameters": {"minimum_grant": "much"}}"#, "is no number"),
            ("list.json", "[]", "list.json"), ("twice.json", #"{"parameters": {}, "parameters": {}}"#, "twice.json"),
        ] {
            try wallet.refused(reason, ["vote", "--file", try file(name, text), "--key", files[0]])
        }
        try wallet.refused("commission: expected 0 to 10000", ["vote", "--commission", "10001", "--key", files[0]])
        try wallet.refused("platform: xy", ["vote", "--platform", "xy", "--key", files[0]])
        wallet.stop()
    }

    @Test("a ledger without a governance says so")
    func noGovernance() throws {
        let wallet = try WalletProgram(folder: folder)
        try wallet.refused("this ledger has no governance", ["vote", "--commission", "1", "--key", ownerFile])
        #expect(try wallet.object(["parameters"])["governance"] is NSNull)
        wallet.stop()
    }
}
