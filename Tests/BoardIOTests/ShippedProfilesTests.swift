import BoardIO
import ConfigurationText
import Foundation
import Quantities
import Testing

@Suite("Shipped profiles")
struct ShippedProfilesTests {
    private static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: profiles.path)) ?? []
        return files.filter { $0.hasSuffix(".toml") }.sorted()
    }

    @Test("each is right, is named after its file, and says in its head what it is", arguments: names)
    func right(name: String) throws {
        let profile = try BoardProfile.load(path: profiles.appending(path: name).path)
        #expect(name == "\(profile.id).toml")
        let head = try text(name).split(separator: "\n\n")[0]
        #expect(head.split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
        // What nobody has tried on the hardware closes no contactor by itself.
        if profile.kind == .gpio, head.contains("never tried") { #expect(profile.bench) }
    }

    @Test("there are those of three boards besides the simulated and the bench one")
    func all() {
        #expect(
            Set(Self.names).isSuperset(of: [
                "beaglebone-black.toml", "chargebyte-charge-control-c.toml", "gpio-bench.toml",
                "raspberry-pi-cm4.toml", "simulated-socket.toml", "simulated.toml",
            ]))
    }

    @Test("Charge Control C names the devices of its public driver, and no other")
    func chargeControlC() throws {
        let profile = try BoardProfile.load(
            path: profiles.appending(path: "chargebyte-charge-control-c.toml").path)
        let wiring = try #require(profile.wiring)
        #expect(
            Set(wiring.lines.values.map(\.text)).isSubset(of: [
                "RELAY_1_ENABLE", "RELAY_1_SENSE", "RELAY_2_ENABLE", "RELAY_2_SENSE", "CP_POSITIVE_PEAK_RST",
                "CP_NEGATIVE_PEAK_RST", "CP_INVERT",
            ]))
        #expect(wiring.lines.values.allSatisfy { $0.chip == nil })
        #expect(wiring.generator == .kernelPWM(chip: "20fc000.pwm", channel: 0))
        guard case .peakDetectors(let high, let low, let reset) = wiring.pilot else {
            Issue.record("\(wiring.pilot)")
            return
        }
        #expect(high.device == "2198000.adc" && low.device == "2198000.adc")
        #expect(high.channel == 2 && low.channel == 3)
        #expect(
            reset == GPIOWiring.PeakReset(active: .milliseconds(1) + Nanoseconds(500_000), settle: .milliseconds(2)))
        #expect(wiring.lines[.pilotInvert]?.place == .name("CP_INVERT"))
    }

    /// The first line, or the last, that begins so, as its number from 1, and a column.
    private func place(_ text: String, _ part: String, last: Bool = false, column: Int) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(
            last ? lines.lastIndex { $0.hasPrefix(part) } : lines.firstIndex { $0.hasPrefix(part) }, "\(part)")
        return "\(index + 1):\(column)"
    }

    @Test("what a wiring must not be is refused where it is said")
    func refused() throws {
        let good = try text("gpio-bench.toml")
        func refusal(_ old: String, _ new: String) -> (text: String, mistakes: [String]) {
            let broken = good.replacingOccurrences(of: old, with: new)
            return (broken, mistakes(broken))
        }
        var found = refusal("name = \"COIL_GATE\"", "name = \"CONTACTOR\"")
        #expect(
            found.mistakes == ["\(try place(found.text, "name = \"CONTACTOR\"", last: true, column: 8)) line[1].name"],
            "one pin for two")
        found = refusal("sensing = \"peak-detector\"\n", "")
        #expect(found.mistakes.contains { $0.hasSuffix("pilot.sensing") }, "PWM without sensing: \(found.mistakes)")
        found = refusal("name = \"CONTACTOR\"\n", "name = \"CONTACTOR\"\nactive_low = true\n")
        #expect(
            found.mistakes == ["\(try place(found.text, "active_low = true", column: 14)) line[0].active_low"],
            "a contactor without a safe state")
        found = refusal("bench = true\n", "")
        #expect(found.mistakes.map { $0.split(separator: " ")[1] } == ["safety.residual_path"])
        found = refusal("bench = true\nphases", "phases")
        let gateless = found.text.replacingOccurrences(
            of: "coil_gate = true\ncoil_gate_hold_ms = 150", with: "coil_gate = false")
        #expect(mistakes(gateless).contains("\(try place(gateless, "coil_gate = false", column: 13)) safety.coil_gate"))
    }

    @Test("resets come with their lines and leave time to read")
    func resets() throws {
        let good = try text("chargebyte-charge-control-c.toml")
        func keys(_ old: String, _ new: String) -> [String] {
            mistakes(good.replacingOccurrences(of: old, with: new)).map { String($0.split(separator: " ")[1]) }
        }
        #expect(keys("[pilot.reset]\nactive_us = 1500\nsettle_us = 2000\n", "") == ["pilot.reset", "pilot.reset"])
        #expect(keys("role = \"pilot-low-reset\"", "role = \"load-voltage\"") == ["pilot.reset"])
        #expect(keys("sample_interval_ms = 5", "sample_interval_ms = 3") == ["pilot.reset.settle_us"])
        #expect(keys("settle_us = 2000", "settle_us = 999") == ["pilot.reset.settle_us"], "less than a period")
        let compared = try text("gpio-bench.toml") + "\n[[line]]\nrole = \"pilot-high-reset\"\nname = \"RST\"\n"
        #expect(mistakes(compared).map { String($0.split(separator: " ")[1]) } == ["pilot.reset"])
    }

    @Test("a line without a chip is one line with that of any chip")
    func anyChip() throws {
        let good = try text("gpio-bench.toml")
        let nameless = good.replacingOccurrences(
            of: "role = \"load-voltage\"\nchip = \"/dev/gpiochip0\"\nname = \"LOAD_VOLTAGE\"",
            with: "role = \"load-voltage\"\nname = \"CONTACTOR\"")
        #expect(mistakes(nameless).count == 1)
    }
}
