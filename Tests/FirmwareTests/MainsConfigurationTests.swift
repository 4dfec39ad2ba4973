import ChargeControl
import Foundation
import Metering
import Quantities
import Testing

@testable import Firmware

@Suite("The mains meter in the configuration")
struct MainsConfigurationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The complete file with real profiles, meters on one serial line, and a mains meter, which is named first.
    private static let complete = """
        schema = "wattseald/1"
        home = "state"
        [mains]
        profile = "\(root)/Board/meters/eastron-sdm630.toml"
        unit = 2
        poll_ms = 500
        fuse_ma = 35000
        fail_safe_ma = 6000
        [mains.rtu]
        device = "/dev/ttyS1"
        baud = 9600
        format = "8N1"
        [device]
        product = "Box"
        serial = "7"
        owner = "\(String(repeating: "ab", count: 32))"
        [board]
        profile = "\(root)/Board/profiles/simulated.toml"
        plant_socket = "plant.sock"
        [meter]
        profile = "\(root)/Board/meters/eastron-sdm630.toml"
        unit = 1
        [meter.rtu]
        device = "/dev/ttyS1"
        baud = 9600
        format = "8N1"
        [ledger]
        chain_id = "chain"
        rpc = "http://127.0.0.1:26657"
        trust_height = 3
        trust_hash = "\(String(repeating: "0C", count: 32))"
        [connector]
        maximum_current_ma = 16000
        mains_phases = "L2L3L1"
        """

    /// Writes a text to a file for as long as it is looked at.
    private func with<Answer>(_ text: String, _ body: (String) throws -> Answer) throws -> Answer {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    private func mistakes(_ text: String, _ body: (String) throws -> Void) throws -> [String] {
        try with(text) { path in
            do {
                try body(path)
                return []
            } catch FirmwareError.configuration(let mistakes) {
                return mistakes
            }
        }
    }

    @Test("it shares a serial line with the meter that is sold from")
    func whole() throws {
        let configuration = try with(Self.complete) { try FirmwareConfiguration(path: $0) }
        let mains = try #require(configuration.mains)
        #expect(mains.fuse == Milliamps(35_000))
        #expect(mains.failSafe == Milliamps(6_000))
        #expect(mains.meter.unit == 2)
        #expect(mains.meter.pollPeriod == .milliseconds(500))
        #expect(mains.meter.line == configuration.connectors[0].meter.line)
        #expect(configuration.connectors[0].mainsPhases == .l2l3l1)
        #expect(try mistakes(Self.complete) { try ConfigurationCheck.run(path: $0) }.isEmpty)
        #expect(try with(ConfigurationTests.complete) { try FirmwareConfiguration(path: $0).mains } == nil)
    }

    @Test(
        "each mistake is named with its place",
        arguments: [
            ("fuse_ma = 35000", "fuse_ma = 5999", 7, "mains.fuse_ma"),
            ("fuse_ma = 35000", "fuse_ma = 1000001", 7, "mains.fuse_ma"),
            ("fuse_ma = 35000\n", "", 3, "mains.fuse_ma"),
            ("fail_safe_ma = 6000\n", "", 3, "mains.fail_safe_ma"),
            ("fail_safe_ma = 6000", "fail_safe_ma = -1", 8, "mains.fail_safe_ma"),
            ("fail_safe_ma = 6000", "fail_safe_ma = 35001", 8, "at most fuse_ma, 35000"),
            ("poll_ms = 500", "poll_ms = 99", 6, "mains.poll_ms"),
            ("poll_ms = 500", "poll = 500", 6, "mains.poll"),
            ("unit = 2", "unit = 248", 5, "mains.unit"),
            ("unit = 2", "unit = 1", 5, "a unit number that connector 1's meter on the same line does not have"),
            ("unit = 2\n", "", 3, ""),
            ("baud = 9600", "baud = 19200", 11, "mains.rtu.baud: expected 9600, as connector 1's meter"),
            ("format = \"8N1\"", "format = \"8E1\"", 12, "mains.rtu.format: expected \"8N1\""),
            (
                "[mains.rtu]\ndevice = \"/dev/ttyS1\"\nbaud = 9600\nformat = \"8N1\"\n", "", 3,
                "[mains.tcp] or [mains.rtu]"
            ),
            ("mains_phases = \"L2L3L1\"", "mains_phases = \"L1L1L3\"", 34, "connector.mains_phases"),
            ("mains_phases = \"L2L3L1\"", "", 32, "connector.mains_phases"),
        ])
    func everyMistake(right: String, wrong: String, line: Int, words: String) throws {
        let range = try #require(Self.complete.range(of: right))
        let text = Self.complete.replacingCharacters(in: range, with: wrong)
        let found = try mistakes(text) { _ = try FirmwareConfiguration(path: $0) }
        if words.isEmpty {
            // Unit 1 by the profile: only whoever reads that knows it.
            #expect(found.isEmpty)
            let later = try mistakes(text) { try ConfigurationCheck.run(path: $0) }
            #expect(
                later == [
                    "mains.unit: expected a unit number that connector 1: meter on the same line does not have, found 1"
                ])
            return
        }
        #expect(found.count == 1, "\(found)")
        #expect(found.allSatisfy { $0.contains(".toml:\(line):") && $0.contains(words) }, "\(found)")
    }

    @Test("a file with every mistake names them all in one run")
    func allMistakes() throws {
        let text = Self.complete.replacingOccurrences(of: "fuse_ma = 35000", with: "fuse_ma = 1")
            .replacingOccurrences(of: "fail_safe_ma = 6000", with: "fail_safe_ma = \"6\"")
            .replacingOccurrences(of: "unit = 2", with: "unit = 1")
            .replacingOccurrences(of: "L2L3L1", with: "L4")
        let found = try mistakes(text) { _ = try FirmwareConfiguration(path: $0) }
        #expect(found.count == 3, "\(found)")
        let all = try mistakes(
            text.replacingOccurrences(of: "fuse_ma = 1\n", with: "fuse_ma = 35000\n")
                .replacingOccurrences(of: "\"6\"", with: "6")
        ) { _ = try FirmwareConfiguration(path: $0) }
        #expect(all.count == 2, "\(all)")
    }

    @Test("meters of connectors do not share a unit number either, on a network as on a wire")
    func connectorsShare() throws {
        let head = Self.complete.components(separatedBy: "[board]")[0]
        let connector =
            "[[connector]]\nmaximum_current_ma = 16000\nmains_phases = \"L1L2L3\"\n[connector.board]"
            + Self.complete.components(separatedBy: "[board]")[1].components(separatedBy: "[ledger]")[0]
            .replacingOccurrences(of: "[meter", with: "[connector.meter")
        let ledger =
            "[ledger]" + Self.complete.components(separatedBy: "[ledger]")[1].components(separatedBy: "[connector]")[0]
        let tcp = "[connector.meter.tcp]\nhost = \"h\"\n"
        let serial = "[connector.meter.rtu]\ndevice = \"/dev/ttyS1\"\nbaud = 9600\nformat = \"8N1\"\n"
        for line in [serial, tcp] {
            let one = connector.replacingOccurrences(of: serial, with: line)
            let same = try mistakes(head + ledger + one + one) { _ = try FirmwareConfiguration(path: $0) }
            #expect(same.count == 1 && same[0].contains("connector[1].meter.unit"), "\(same)")
            let unstated = one.replacingOccurrences(of: "unit = 1\n", with: "")
            let defaults = try mistakes(head + ledger + unstated + unstated) { _ = try FirmwareConfiguration(path: $0) }
            #expect(defaults.count == 1 && defaults[0].contains("the same profile's"), "\(defaults)")
            let other = one.replacingOccurrences(of: "unit = 1\n", with: "unit = 3\n")
            #expect(try mistakes(head + ledger + one + other) { _ = try FirmwareConfiguration(path: $0) }.isEmpty)
        }
    }

    @Test(
        "the check and the start refuse a mains meter that does not measure what it guards",
        arguments: [
            ("eastron-sdm120", "L2L3L1", "measures the current of L2", "measures that of L1 alone"),
            ("eastron-sdm72d", "L2L3L1", "measures the current of L1", "measures none"),
            ("eastron-sdm630", "L2", "expected 3 of L1, L2, L3", "found \"L2\""),
            ("gavazzi-em340", "L2L3L1", "", ""),
        ])
    func unfit(meter: String, order: String, expected: String, found: String) throws {
        let text = Self.complete.replacingOccurrences(of: "L2L3L1", with: order)
            .replacing("eastron-sdm630.toml", with: "\(meter).toml", maxReplacements: 1)
        let checked = try mistakes(text) { try ConfigurationCheck.run(path: $0) }
        #expect(
            expected.isEmpty ? checked.isEmpty : checked.contains { $0.contains(expected) && $0.contains(found) },
            "\(checked)")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("home-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let started = try mistakes(text.replacingOccurrences(of: "home = \"state\"", with: "home = \"\(folder)\"")) {
            path in
            _ = try DaemonParts(
                try FirmwareConfiguration(path: path), benchAllowed: false, connect: KeysInProcess.connect)
        }
        #expect(started == checked)
    }

    @Test("a mains meter that holds its values for long is refused")
    func slowMeter() throws {
        let shipped = try String(contentsOfFile: "\(Self.root)/Board/meters/eastron-sdm630.toml", encoding: .utf8)
        for (refresh, isRefused) in [(2_000, false), (2_001, true)] {
            let stated = shipped.replacingOccurrences(of: "[link]\n", with: "[link]\nrefresh_ms = \(refresh)\n")
            try with(stated) { profile in
                let text = Self.complete.replacing(
                    "\(Self.root)/Board/meters/eastron-sdm630.toml", with: profile, maxReplacements: 1)
                let found = try mistakes(text) { try ConfigurationCheck.run(path: $0) }
                #expect(found.contains { $0.contains("at most 2000 ms") } == isRefused, "\(found)")
            }
        }
    }

    @Test("the check looks into the mains meter's profile")
    func profile() throws {
        try with("schema = \"meter/1\"\nid = 3\n") { profile in
            let text = Self.complete.replacing(
                "\(Self.root)/Board/meters/eastron-sdm630.toml", with: profile, maxReplacements: 1)
            let found = try mistakes(text) { try ConfigurationCheck.run(path: $0) }
            #expect(found.contains { $0.contains("\(profile):2:") }, "\(found)")
        }
    }

    @Test("what no table says of a serial line is said by another meter's, else as the first meter leaves the factory")
    func lineSettings() throws {
        let text = Self.complete.replacingOccurrences(
            of: "baud = 9600\nformat = \"8N1\"\n[device]", with: "baud = 19200\n[device]"
        )
        .replacingOccurrences(of: "baud = 9600\nformat = \"8N1\"\n[ledger]", with: "[ledger]")
        let configuration = try with(text) { try FirmwareConfiguration(path: $0) }
        let mains = try #require(configuration.mains)
        let profile = try MeterProfile.load(path: mains.meter.profile)
        let meters = [
            MeterLine.Meter(owner: .connector(1), choice: configuration.connectors[0].meter, profile: profile),
            MeterLine.Meter(owner: .mains, choice: mains.meter, profile: profile),
        ]
        for order in [meters, meters.reversed()] {
            let lines = MeterLine.lines(of: order)
            #expect(lines.count == 1)
            #expect(
                try lines[0].link() == .rtu(device: "/dev/ttyS1", line: try SerialLine(baud: 19_200, format: "8N1")))
        }
    }
}
