import ChargerSamples
import Foundation
import Ledger
import LedgerNode
import LightClient
import SignedRecords
import Testing

/// The commands of docs/wallet.md, as they stand there, from a new key to a refund.
@Suite("The wallet's page", .serialized, .enabled(if: ProgramUnderTest.isBuilt, "platform-node is not built"))
struct WalletPageTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    /// The words of the page's commands, by the heading above them; quotes taken off.
    private static func page() throws -> [String: [[String]]] {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let text = try String(contentsOf: folder.appendingPathComponent("docs/wallet.md"), encoding: .utf8)
        var commands: [String: [[String]]] = [:]
        var heading = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
            guard line.hasPrefix("    platform-node wallet ") else { continue }
            var words: [String] = []
            for match in line.dropFirst("    platform-node wallet ".count).matches(of: #/'([^']*)'|"([^"]*)"|(\S+)/#) {
                words.append(String(match.1 ?? match.2 ?? match.3 ?? ""))
            }
            commands[heading, default: []].append(words)
        }
        return commands
    }

    @Test("every line of an owner's, a driver's and a member's work does what the page says")
    func page() async throws {
        let page = try Self.page()
        #expect(
            page.mapValues(\.count) == ["An owner": 10, "A driver": 10, "Operators, members, release authorities": 5])
        var charger = try SampleCharger(
            ledger: "wattseal-standalone", connectors: 1,
            clock: LedgerNodeConfiguration.systemClock().unixMilliseconds)
        let driver = SampleCharger.account(of: try SampleCharger.key("driver"))
        var accounts: [String: AccountID] = [:]
        for name in ["member", "authority", "operator"] {
            let key = try SampleCharger.key(name)
            accounts[name] = SampleCharger.account(of: key)
            _ = try WalletProgram.keyFile(key, name, in: home.path)
        }
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(home.path)/\(name)"))
        }
        try write("genesis.cbor", charger.genesis.message)
        try write("box.img", [1, 2, 3])
        try write("change.json", Array(#"{"parameters": {"minimum_grant": "20000"}}"#.utf8))
        try write(
            "governance.json",
            Array(
                """
                {"threshold": "1", "members": ["\(accounts["member"]?.hex ?? "")"],
                 "release_authorities": ["\(accounts["authority"]?.hex ?? "")"]}
                """.utf8))
        let wallet = try WalletProgram(
            folder: home.path,
            arguments: [
                "--account", "\(driver.hex)=10000000", "--account", "\(charger.owner.hex)=1000000", "--governance",
                home.path + "/governance.json",
            ])
        var names = ["DEVICE": charger.device.hex, "DEVICE/1": charger.device.hex + "/1", "ACCOUNT": driver.hex]
        func perform(_ words: [String]) throws -> [[String: Any]] {
            let arguments = words.map { word in
                word.contains(/\.(key|cbor|img|json)$/) ? "\(home.path)/\(word)" : names[word] ?? word
            }
            if words[0] == "new" {
                // The sample's key in place of a new one: it owns the charger.
                let name = String(words[2].dropLast(4))
                _ = try WalletProgram.keyFile(
                    name == "owner" ? charger.ownerKey : SampleCharger.key(name), name, in: home.path)
                return []
            }
            let lines = try wallet.lines(arguments)
            for (name, member) in [("TARIFF", "tariff"), ("RESERVATION", "reservation"), ("GRANT", "grant")] {
                if words[0] == member || words[0] == "reserve" && member == "reservation" {
                    names[name] = lines.first?[member] as? String
                }
            }
            return lines
        }
        let owner = try #require(page["An owner"])
        for words in owner where !["follow", "history", "refund"].contains(words[0]) {
            #expect(try words[0] == "new" || perform(words).count == 1, "\(words)")
            if words[0] == "new" { _ = try perform(words) }
        }
        // The page's hours are a working day's; now may be any.
        _ = try perform([
            "share", "--key", "owner.key", "--device", "DEVICE", "--window", "00:00-24:00", "--deposit", "500000",
        ])
        for words in try #require(page["A driver"]) where words[0] != "follow" {
            if words[0] == "release" {
                let records = try charger.session(
                    .connector(1), grant: GrantHash(hex: names["GRANT"] ?? ""), payer: driver,
                    tariff: TariffHash(hex: names["TARIFF"] ?? ""), ticksAt: [1_000_000], endAt: 1_500_000)
                let batch = try RecordBatch(messages: records.map(\.message)).encoded()
                _ = try await Wallet(rpc: wallet.rpc).send(batch)
                names["SESSION"] = try #require(records[0].record.body.session).hex
            }
            let lines = try perform(words)
            #expect(words[0] == "new" || lines.count == 1, "\(words)")
        }
        for words in owner where ["history", "refund"].contains(words[0]) {
            #expect(try perform(words).count == 1, "\(words)")
        }
        for words in try #require(page["Operators, members, release authorities"]) {
            #expect(try perform(words).count == 1, "\(words)")
        }
        #expect(try perform(["parameters"]).first?["minimum_grant_micro"] as? Int == 20_000)
        wallet.stop()
    }
}
