import BoardIO
import Foundation
import Testing

/// What a maker sees of a wrong profile: the file, the line, the column, the key, and what would have been right.
@Suite("Refused board profiles")
struct RefusalTests {
    private let good: String

    init() throws { good = try text("gpio-bench.toml") }

    /// All that is said of a profile, a line each.
    private func words(_ text: String) -> [String] {
        do throws(BoardError) {
            _ = try BoardProfile(bytes: Array(text.utf8), file: "boards/mine.toml")
            return []
        } catch {
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    /// `boards/mine.toml:LINE:COLUMN: `, of the first or the last line that begins so.
    private func place(_ text: String, _ start: String, last: Bool = false, column: Int) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(
            last ? lines.lastIndex { $0.hasPrefix(start) } : lines.firstIndex { $0.hasPrefix(start) }, "\(start)")
        return "boards/mine.toml:\(index + 1):\(column): "
    }

    private func changed(_ old: String, _ new: String) throws -> String {
        try #require(good.contains(old), "\(old)")
        return good.replacingOccurrences(of: old, with: new)
    }

    /// The bench profile without the lines of these roles.
    private func without(_ roles: String...) -> String {
        let blocks = good.components(separatedBy: "[[line]]")
        return blocks.filter { block in !roles.contains { block.contains("role = \"\($0)\"") } }
            .joined(separator: "[[line]]")
    }

    @Test("one pin for two roles")
    func duplicatePin() throws {
        let broken = try changed("name = \"COIL_GATE\"", "name = \"CONTACTOR\"")
        #expect(
            words(broken) == [
                try place(broken, "name = \"CONTACTOR\"", last: true, column: 8)
                    + "line[1].name: expected each line once, found \"CONTACTOR\" again"
            ])
        let numbered =
            good + "\n[[line]]\nrole = \"earth\"\nchip = \"/dev/gpiochip1\"\noffset = 4\n"
            + "\n[[line]]\nrole = \"enclosure\"\nchip = \"/dev/gpiochip1\"\noffset = 4\n"
        #expect(
            words(numbered) == [
                try place(numbered, "offset = 4", last: true, column: 10)
                    + "line[6].offset: expected each line once, found \"#4\" again"
            ])
        let role = try changed("role = \"load-voltage\"", "role = \"coil-gate\"")
        #expect(
            words(role) == [
                try place(role, "role = \"coil-gate\"", last: true, column: 8)
                    + "line[3].role: expected each role once, found \"coil-gate\" again"
            ])
    }

    @Test("a contactor without any feedback, a lock or phases without theirs")
    func missingFeedback() throws {
        let blind = without("contactor-auxiliary", "load-voltage")
        #expect(
            words(blind) == [
                try place(blind, "[[line]]", column: 3)
                    + "line: expected a line with role \"contactor-auxiliary\" or \"load-voltage\", found neither"
            ])
        #expect(words(without("load-voltage")).isEmpty && words(without("contactor-auxiliary")).isEmpty)
        let switched =
            try changed("phases = 1", "phases = 3")
            .replacingOccurrences(of: "[cable]", with: "[contactor]\nphase_switching = true\n\n[cable]")
            + "\n[[line]]\nrole = \"phase-relay\"\nname = \"PHASES\"\n"
        #expect(
            words(switched) == [
                try place(switched, "phase_switching", column: 19)
                    + "contactor.phase_switching: expected a line with role \"second-contactor-auxiliary\", or with "
                    + "\"load-voltage-l2\" and one with \"load-voltage-l3\", found neither"
            ])
        let fan =
            try changed("phases = 1", "ventilation = true\nphases = 1")
            + "\n[[line]]\nrole = \"ventilation\"\nname = \"FAN\"\n"
        #expect(
            words(fan) == [
                try place(fan, "ventilation = true", column: 15)
                    + "ventilation: expected a line with role \"fan-feedback\", found none"
            ])
    }

    @Test("a PWM without sensing, with half of it, or with a converter that runs free")
    func noSensing() throws {
        let none = try changed("sensing = \"peak-detector\"\n", "")
        #expect(
            words(none).first == (try place(none, "[pilot]", column: 2))
                + "pilot.sensing: expected one of \"peak-detector\", \"hardware-triggered\", \"comparator\", "
                + "\"companion-mcu\", found nothing")
        let start = try #require(good.range(of: "[pilot.low]"))
        let end = try #require(good.range(of: "[safety]"))
        let half = good.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
        #expect(
            words(half) == [try place(half, "[pilot]", column: 2) + "pilot.low: expected a table, found nothing"])
        let free = try changed("\"peak-detector\"", "\"free-running-adc\"")
        #expect(
            words(free).first == (try place(free, "sensing", column: 11))
                + "pilot.sensing: expected peaks taken in phase with the pilot (peak-detector, hardware-triggered, "
                + "comparator, companion-mcu), found a converter that runs free and misses short pulses")
    }

    @Test("a contactor that closes on a pin that nobody drives, or without an enable at all")
    func unsafeContactor() throws {
        let inverted = try changed("name = \"CONTACTOR\"\n", "name = \"CONTACTOR\"\nactive_low = true\n")
        #expect(
            words(inverted) == [
                try place(inverted, "active_low = true", column: 14)
                    + "line[0].active_low: expected false: an enable that nobody drives must not close, found true"
            ])
        // Pulled up from outside, it is active while nobody drives it.
        let drained = try changed("name = \"CONTACTOR\"\n", "name = \"CONTACTOR\"\ndrive = \"open-drain\"\n")
        #expect(
            words(drained) == [
                try place(drained, "drive", column: 9)
                    + "line[0].drive: expected \"push-pull\" or \"open-source\": an enable that nobody drives must not "
                    + "close, found \"open-drain\""
            ])
        for (key, column, mistake) in [
            (
                "active_low = true", 14,
                "active_low: expected false: an enable that nobody drives must not close, found true"
            ),
            (
                "drive = \"open-drain\"", 9,
                "drive: expected \"push-pull\" or \"open-source\": an enable that nobody drives must not close, found "
                    + "\"open-drain\""
            ),
        ] {
            let phases = good + "\n[[line]]\nrole = \"phase-relay\"\nname = \"PHASES\"\n\(key)\n"
            #expect(words(phases) == [try place(phases, key, last: true, column: column) + "line[5].\(mistake)"])
        }
        let sourced = try changed("name = \"CONTACTOR\"\n", "name = \"CONTACTOR\"\ndrive = \"open-source\"\n")
        #expect(words(sourced).isEmpty, "high alone is driven, and something else pulls down")
        let none = without("contactor-enable")
        #expect(
            words(none) == [
                try place(none, "[[line]]", column: 3)
                    + "line: expected a line with role \"contactor-enable\", found none"
            ])
    }

    @Test(
        "a wire that would permit, or not stop, once it is broken",
        arguments: [
            ("grid-release", false), ("earth", false), ("fan-feedback", false), ("lock-feedback", false),
            ("gate-readback", false), ("emergency-stop", true), ("residual-dc", true), ("residual-ac", true),
        ])
    func brokenWire(role: String, active: Bool) throws {
        for activeLow in [false, true] {
            for bias in ["pull-up", "pull-down", "as-is", "off"] {
                let text =
                    without("emergency-stop")
                    + "\n[[line]]\nrole = \"\(role)\"\nname = \"WIRE\"\nactive_low = \(activeLow)\nbias = \"\(bias)\"\n"
                let right = active != activeLow ? "pull-up" : "pull-down"
                if !bias.hasPrefix("pull") || bias == right {
                    #expect(words(text).isEmpty, "\(activeLow) \(bias)")
                } else {
                    let rule = active ? "a broken wire must read as active" : "a broken wire must not read as active"
                    #expect(
                        words(text) == [
                            try place(text, "bias", last: true, column: 8)
                                + "line[4].bias: expected \"\(right)\": \(rule) here, found \"\(bias)\""
                        ])
                }
            }
        }
    }

    @Test("one channel, or one file, for two things")
    func oneChannelTwice() throws {
        let peaks = try changed("channel = 1", "channel = 0")
        #expect(
            words(peaks) == [
                try place(peaks, "channel = 0", last: true, column: 11)
                    + "pilot.low.channel: expected a channel of its own, found voltage channel 0 of iio:device0, as "
                    + "pilot.high.channel"
            ])
        let sensor = "file = \"class/thermal/thermal_zone0/temp\"\n"
        let files = try changed(sensor, sensor + "plug_\(sensor)")
        #expect(
            words(files) == [
                try place(files, "plug_file", column: 13)
                    + "temperature.plug_file: expected a file of its own, found class/thermal/thermal_zone0/temp, as "
                    + "temperature.file"
            ])
        let curve = "quantity = \"voltage\"\nmillivolts = [300, 3000]\ndecidegrees = [1000, -400]\n"
        let converter = try changed(
            sensor, sensor + "[temperature.plug_converter]\ndevice = \"iio:device0\"\nchannel = 1\n" + curve)
        #expect(
            words(converter) == [
                try place(converter, "channel = 1", last: true, column: 11)
                    + "temperature.plug_converter.channel: expected a channel of its own, found voltage channel 1 of "
                    + "iio:device0, as pilot.low.channel"
            ])
        let socket = try changed("kind = \"tethered\"\nrated_current_ma = 16000", "kind = \"socket\"")
            .replacingOccurrences(of: "bench = true", with: "bench = true\nplug_lock = false")
        for (channel, isTaken) in [(0, true), (1, true), (2, false)] {
            let text =
                socket + "\n[proximity]\ndevice = \"iio:device0\"\nchannel = \(channel)\nmicrovolts_per_count = 1221\n"
                + "offset_mv = 0\npull_up_ohms = 1000\nsupply_mv = 5000\n"
            let mistake =
                try place(text, "channel = \(channel)", last: true, column: 11)
                + "proximity.channel: expected a channel of its own, found voltage channel \(channel) of iio:device0, as "
                + "pilot.\(channel == 0 ? "high" : "low").channel"
            #expect(words(text) == (isTaken ? [mistake] : []))
        }
    }

    @Test("no gate, no hardware pilot or no residual path, and not for the bench")
    func notForTheBench() throws {
        let gateless = try changed("coil_gate = true\ncoil_gate_hold_ms = 150", "coil_gate = false")
            .replacingOccurrences(of: "bench = true\n", with: "")
        #expect(
            words(gateless) == [
                try place(gateless, "coil_gate", column: 13)
                    + "safety.coil_gate: expected true, or bench = true, found false",
                try place(gateless, "residual_path", column: 17)
                    + "safety.residual_path: expected true, or bench = true, found false",
            ])
        let soft = try changed("generator = \"hardware-pwm\"", "generator = \"software\"")
            .replacingOccurrences(of: "bench = true\n", with: "")
            .replacingOccurrences(of: "[pilot.pwm]\nchip = \"pwmchip0\"\nchannel = 0\n", with: "")
            .appending("\n[[line]]\nrole = \"pilot-output\"\nname = \"CP\"\n")
        #expect(
            words(soft) == [
                try place(soft, "generator", column: 13)
                    + "pilot.generator: expected \"hardware-pwm\", or bench = true, found \"software\"",
                try place(soft, "residual_path", column: 17)
                    + "safety.residual_path: expected true, or bench = true, found false",
            ])
        let pulseless = without("coil-gate")
        #expect(
            words(pulseless) == [
                try place(pulseless, "[[line]]", column: 3)
                    + "line: expected a line with role \"coil-gate\", found none"
            ])
    }

    @Test("a debounce that would keep an opening waiting")
    func lateOpening() throws {
        let late = try changed("name = \"EMERGENCY_STOP\"\n", "name = \"EMERGENCY_STOP\"\ndebounce_ms = 10\n")
        #expect(
            words(late) == [
                try place(late, "debounce_ms", column: 15)
                    + "line[4].debounce_ms: expected no debouncing of what opens the contactor at once, found 10 ms"
            ])
    }
}
