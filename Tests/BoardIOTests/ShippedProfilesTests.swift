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

    /// The pins of the header that the module's device tree names, bcm2711-rpi-cm4.dts of Raspberry Pi's kernel.
    private static let computeModule4 = Set(["ID_SDA", "ID_SCL"] + (2...27).map { "GPIO\($0)" })

    @Test("the Compute Module's carrier names lines of its kernel's device tree, and no pin of its PWM or its UART")
    func computeModule() throws {
        let wiring = try #require(
            try BoardProfile.load(path: profiles.appending(path: "raspberry-pi-cm4.toml").path).wiring)
        let names = Set(wiring.lines.values.map(\.text))
        #expect(names.isSubset(of: Self.computeModule4), "\(names.subtracting(Self.computeModule4))")
        #expect(names.isDisjoint(with: ["ID_SDA", "ID_SCL", "GPIO12", "GPIO14", "GPIO15", "GPIO18"]))
        #expect(wiring.lines.values.allSatisfy { $0.chip == nil })
        #expect(wiring.generator == .kernelPWM(chip: "fe20c000.pwm", channel: 0))
        #expect(wiring.pilot == .companion(device: "/dev/serial0", speed: 115_200))
    }

    /// The pins of both headers as `gpio-line-names` of am335x-boneblack.dts has them.
    private static let boneBlack: Set<String> = [
        "P8_3 [mmc1_dat6]", "P8_4 [mmc1_dat7]", "P8_5 [mmc1_dat2]", "P8_6 [mmc1_dat3]", "P8_7", "P8_8", "P8_9", "P8_10",
        "P8_11", "P8_12", "P8_13 [ehrpwm2b]", "P8_14", "P8_15", "P8_16", "P8_17", "P8_18", "P8_19 [ehrpwm2a]",
        "P8_20 [emmc]", "P8_21 [emmc]", "P8_22 [mmc1_dat5]", "P8_23 [mmc1_dat4]", "P8_25 [mmc1_dat0]", "P8_26",
        "P8_27 [hdmi]", "P8_28 [hdmi]", "P8_29 [hdmi]", "P8_30 [hdmi]", "P8_31 [lcd d14]", "P8_32 [lcd d15]",
        "P8_33 [lcd d13]", "P8_34 [hdmi]", "P8_35 [lcd d12]", "P8_36 [hdmi]", "P8_37 [hdmi]", "P8_38 [hdmi]",
        "P8_39 [hdmi]", "P8_40 [hdmi]", "P8_41 [hdmi]", "P8_42 [hdmi]", "P8_43 [hdmi]", "P8_44 [hdmi]", "P8_45 [hdmi]",
        "P8_46 [hdmi]", "P9_11 [uart4_rxd]", "P9_12", "P9_13 [uart4_txd]", "P9_14 [ehrpwm1a]", "P9_15A", "P9_15B",
        "P9_16 [ehrpwm1b]", "P9_17 [spi0_cs0]", "P9_18 [spi0_d1]", "P9_19 [i2c2_scl]", "P9_20 [i2c2_sda]",
        "P9_21 [spi0_d0]", "P9_22 [spi0_sclk]", "P9_23", "P9_24 [uart1_txd]", "P9_25", "P9_26 [uart1_rxd]", "P9_27",
        "P9_28 [spi1_cs0]", "P9_29 [spi1_d0]", "P9_30 [spi1_d1]", "P9_31 [spi1_sclk]", "P9_41A", "P9_41B",
        "P9_42A [ecappwm0]", "P9_42B [ecappwm0]",
    ]

    @Test("the BeagleBone's cape names lines of its kernel's device tree, and channels that its processor has")
    func beagleBone() throws {
        let wiring = try #require(
            try BoardProfile.load(path: profiles.appending(path: "beaglebone-black.toml").path).wiring)
        let names = Set(wiring.lines.values.map(\.text))
        #expect(names.isSubset(of: Self.boneBlack), "\(names.subtracting(Self.boneBlack))")
        #expect(names.isDisjoint(with: ["P9_14 [ehrpwm1a]"]), "the pilot comes out there")
        #expect(wiring.lines.values.allSatisfy { $0.chip == nil })
        #expect(wiring.generator == .kernelPWM(chip: "48302200.pwm", channel: 0))
        guard case .peakDetectors(let high, let low, nil) = wiring.pilot else {
            Issue.record("\(wiring.pilot)")
            return
        }
        for channel in [high, low] {
            #expect(channel.device == "TI-am335x-adc.0.auto" && (0...7).contains(channel.channel))
        }
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
