import BoardIO
import ConfigurationText
import Foundation
import Testing

/// Several boards on one machine: what two of them name is told at the later one's place.
@Suite("Boards of one machine")
struct BoardSetTests {
    private let sysfs: FakeSysfs
    private let bench: String

    init() throws {
        sysfs = try FakeSysfs()
        bench = try text("gpio-bench.toml")
    }

    /// What is said of the second of two boards, as `line:column key: found`.
    private func mistakes(_ first: String, _ second: String) throws -> [String] {
        let members = try [first, second].enumerated().map { index, text in
            let file = "\(index + 1).toml"
            return BoardSet.Member(
                owner: "connector \(index + 1)", file: file,
                profile: try BoardProfile(bytes: Array(text.utf8), file: file))
        }
        let found = BoardSet(members).mistakes(sysfsRoot: sysfs.root)
        #expect(found.allSatisfy { $0.file == "2.toml" && $0.expected.hasSuffix(" of connector 2's own") })
        return found.map { "\($0.position.line):\($0.position.column) \($0.key): \($0.found)" }
    }

    /// `line:column` of the n-th line that begins so.
    private func place(_ text: String, _ start: String, _ number: Int = 0, column: Int) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let matches = lines.indices.filter { lines[$0].hasPrefix(start) }
        try #require(matches.count > number, "\(start)")
        return "\(matches[number] + 1):\(column)"
    }

    /// The bench board with other lines, other channels and another PWM.
    private func other(_ changes: [(String, String)] = []) -> String {
        var text = bench.replacingOccurrences(of: "/dev/gpiochip0", with: "/dev/gpiochip1")
            .replacingOccurrences(of: "\"pwmchip0\"", with: "\"pwmchip1\"")
            .replacingOccurrences(of: "\"iio:device0\"", with: "\"iio:device1\"")
        for (old, new) in changes { text = text.replacingOccurrences(of: old, with: new) }
        return text
    }

    @Test("a copied profile is refused with each channel and each line, not with the temperature of one case")
    func copied() throws {
        let found = try mistakes(bench, bench)
        var expected: [String] = []
        for (index, (table, part)) in [
            ("pwm", "channel 0 of pwmchip0"), ("high", "voltage channel 0 of iio:device0"),
            ("low", "voltage channel 1 of iio:device0"),
        ].enumerated() {
            let place = try place(bench, "channel", index, column: 11)
            let key = "pilot.\(table).channel"
            expected.append("\(place) \(key): \(part), which connector 1 has as \(key)")
        }
        let lines = ["CONTACTOR", "COIL_GATE", "CONTACTOR_AUX", "LOAD_VOLTAGE", "EMERGENCY_STOP"]
        for (index, name) in lines.enumerated() {
            let place = try place(bench, "name", index, column: 8)
            let key = "line[\(index)].name"
            expected.append("\(place) \(key): \(name) of /dev/gpiochip0, which connector 1 has as \(key)")
        }
        #expect(found == expected)
    }

    @Test("boards that share nothing but the temperature of their case are fine")
    func apart() throws {
        #expect(try mistakes(bench, other()).isEmpty)
        let simulated = try text("simulated.toml")
        #expect(try mistakes(simulated, simulated).isEmpty)
    }

    @Test("one car's pilot is not the other's, nor is its plug's temperature, crosswise neither")
    func crosswise() throws {
        let low = try mistakes(bench, other([("\"iio:device1\"\nchannel = 0", "\"iio:device0\"\nchannel = 1")]))
        #expect(low.count == 1)
        #expect(low.allSatisfy { $0.contains("pilot.high.channel: ") && $0.hasSuffix("has as pilot.low.channel") })
        let plug = other([("file = ", "plug_file = ")])
        #expect(try mistakes(bench, plug).map { $0.split(separator: " ")[1] } == ["temperature.plug_file:"])
        #expect(try mistakes(plug, plug).contains { $0.contains("temperature.plug_file: ") })
    }

    @Test("a line without a chip may be on any")
    func anyChip() throws {
        let gate = "name = \"COIL_GATE\""
        let found = try mistakes(bench, other([("chip = \"/dev/gpiochip1\"\n\(gate)", gate)]))
        #expect(found.map { $0.split(separator: " ")[1] } == ["line[1].name:"])
    }

    @Test("a chip's device and its number are one chip, where this machine has it")
    func aliases() throws {
        try sysfs.write("bus/iio/devices/iio:device0/name", "2198000.adc\n")
        try FileManager.default.createSymbolicLink(
            atPath: "\(sysfs.root)/class/pwm/pwmchip0/device", withDestinationPath: "../../../20fc000.pwm")
        let named = other([("\"pwmchip1\"", "\"20fc000.pwm\""), ("\"iio:device1\"", "\"2198000.adc\"")])
        #expect(
            try mistakes(bench, named).map { $0.split(separator: " ")[1] } == [
                "pilot.pwm.channel:", "pilot.high.channel:", "pilot.low.channel:",
            ])
        let elsewhere = try FakeSysfs()
        let members = try [bench, named].map {
            BoardSet.Member(owner: "a", file: "f", profile: try BoardProfile(bytes: Array($0.utf8), file: "f"))
        }
        #expect(BoardSet(members).mistakes(sysfsRoot: elsewhere.root).isEmpty, "nothing is known of it there")
    }

    @Test("neither two pilots of one buffer, nor two of one companion")
    func sources() throws {
        let companion = "[pilot.companion]\ndevice = \"/dev/ttyS9\"\nbaud = 115200\n"
        let first = try profile(sensing: "companion-mcu", tables: companion)
        let second = try profile(sensing: "companion-mcu", tables: companion)
            .replacingOccurrences(of: "/dev/gpiochip0", with: "/dev/gpiochip1")
            .replacingOccurrences(of: "\"pwmchip0\"", with: "\"pwmchip1\"")
        #expect(try mistakes(first, second).map { $0.split(separator: " ")[1] } == ["pilot.companion.device:"])
        func triggered(_ channel: Int) throws -> String {
            let tables = zip(["high", "low"], [channel, channel + 1]).map { table, channel in
                "[pilot.\(table)]\ndevice = \"iio:device0\"\nchannel = \(channel)\nmicrovolts_per_count = 1\noffset_mv = 0\n"
            }
            return try profile(
                sensing: "hardware-triggered", tables: "[pilot.trigger]\nname = \"t\"\n" + tables.joined())
        }
        let apart = try triggered(2).replacingOccurrences(of: "/dev/gpiochip0", with: "/dev/gpiochip1")
            .replacingOccurrences(of: "\"pwmchip0\"", with: "\"pwmchip1\"")
        #expect(try mistakes(triggered(0), apart).map { $0.split(separator: " ")[1] } == ["pilot.high.device:"])
    }
}
