import BoardIO
import ConfigurationText
import Foundation
import Quantities
import Testing

/// The repository's profiles folder.
let profiles = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Board/profiles").standardized

func text(_ name: String) throws -> String {
    try String(contentsOf: profiles.appending(path: name), encoding: .utf8)
}

/// The mistakes in a profile, as `line:column key`; empty for a good one.
func mistakes(_ text: String) -> [String] {
    do throws(BoardError) {
        _ = try BoardProfile(bytes: Array(text.utf8), file: "p.toml")
        return []
    } catch {
        guard case .profile(let list) = error else { return ["\(error)"] }
        return list.mistakes.map { "\($0.position.line):\($0.position.column) \($0.key)" }
    }
}

@Suite("Board profiles")
struct BoardProfileTests {
    @Test("the simulated board is complete and not for the bench")
    func simulated() throws {
        let profile = try BoardProfile.load(path: profiles.appending(path: "simulated.toml").path)
        #expect(profile.kind == .simulated)
        #expect(!profile.bench)
        #expect(profile.phases == 3)
        #expect(profile.ratedCurrent == Milliamps(32_000))
        #expect(profile.cable == .tethered(rated: Milliamps(32_000)))
        #expect(profile.coilGateHold == .milliseconds(150))
        #expect(profile.hasCoilGate && profile.hasHardwarePilot && profile.hasResidualPath && profile.hasResidualTest)
        #expect(profile.hasPilotRelay && profile.hasVentilation && profile.hasPhaseSwitching)
        #expect(profile.hasGateReadback && profile.watchesEarth && profile.watchesVoltage)
        #expect(profile.hasBoardTemperature && profile.hasPlugTemperature && profile.hasBothFeedbacks)
        #expect(!profile.hasPlugLock)
        #expect(profile.skippedSteps.isEmpty && profile.skippedStepsSentence == nil)
        #expect(profile.wiring == nil)
        #expect(profile.fileBytes == Array(try text("simulated.toml").utf8))
    }

    @Test("the simulated board with a socket has a lock and nothing less")
    func simulatedSocket() throws {
        let profile = try BoardProfile.load(path: profiles.appending(path: "simulated-socket.toml").path)
        #expect(profile.cable == .socket)
        #expect(profile.hasPlugLock && profile.hasPhaseSwitching && profile.hasVentilation && profile.hasPilotRelay)
    }

    @Test("a profile that says nothing of an option does not have it")
    func defaults() throws {
        let profile = try BoardProfile.load(path: profiles.appending(path: "gpio-bench.toml").path)
        #expect(!profile.hasVentilation && !profile.hasPhaseSwitching && !profile.hasGateReadback)
        #expect(!profile.watchesEarth && !profile.watchesVoltage && !profile.hasPlugTemperature)
        #expect(profile.hasBoardTemperature, "its file is named")
        #expect(profile.hasBothFeedbacks, "one phase, both senses")
        #expect(profile.skippedSteps == [.wakeUpByE])
        #expect(
            profile.skippedStepsSentence
                == "Board \"gpio-bench\" has no pilot relay, so these steps are skipped: waking a sleeping car by state E."
        )
    }

    @Test("an option without its lines is a mistake where it is stated")
    func optionLines() throws {
        let good = try text("gpio-bench.toml")
        func with(_ change: (String, String), lines: [(String, String)]) -> [String] {
            let blocks = lines.map {
                "\n[[line]]\nrole = \"\($0.0)\"\nchip = \"/dev/gpiochip0\"\nname = \"\($0.1)\"\n"
            }
            return mistakes(good.replacingOccurrences(of: change.0, with: change.1) + blocks.joined())
        }
        let ventilated = (
            "rated_current_ma = 16000\n\n[cable]", "rated_current_ma = 16000\nventilation = true\n\n[cable]"
        )
        #expect(with(ventilated, lines: [("ventilation", "FAN")]) == ["12:15 ventilation"], "no fan feedback")
        #expect(with(ventilated, lines: [("fan-feedback", "FAN_RUNS")]) == ["12:15 ventilation"], "no fan")
        #expect(with(ventilated, lines: [("ventilation", "FAN"), ("fan-feedback", "FAN_RUNS")]).isEmpty)

        let switched = ("phases = 1", "phases = 3\ncontactor = { phase_switching = true }")
        let relay = ("phase-relay", "PHASES")
        #expect(with(switched, lines: []).count == 2, "no relay, no sense of L2 and L3")
        #expect(with(switched, lines: [relay, ("load-voltage-l2", "LOAD2")]).count == 1)
        #expect(with(switched, lines: [relay, ("load-voltage-l2", "LOAD2"), ("load-voltage-l3", "LOAD3")]).isEmpty)
        #expect(with(switched, lines: [relay, ("second-contactor-auxiliary", "AUX2")]).isEmpty)
        let onePhase = ("phases = 1", "phases = 1\ncontactor = { phase_switching = true }")
        #expect(with(onePhase, lines: [relay, ("second-contactor-auxiliary", "AUX2")]).count == 1)

        let watched = ("coil_gate = true", "coil_gate = true\ngate_readback = true\nearth_watch = true")
        #expect(with(watched, lines: []).count == 2)
        #expect(with(watched, lines: [("gate-readback", "GATE"), ("earth", "PE")]).isEmpty)
        #expect(with(("coil_gate = true", "coil_gate = true\nvoltage_watch = true"), lines: []).count == 1)
    }

    @Test("a line that is there is used without a word more")
    func linesImplyOptions() throws {
        let lines = ["gate-readback", "earth"].map {
            "\n[[line]]\nrole = \"\($0)\"\nchip = \"/dev/gpiochip0\"\nname = \"\($0)\"\n"
        }
        let temperature = try text("gpio-bench.toml").replacingOccurrences(
            of: "zone0/temp\"", with: "zone0/temp\"\nplug_file = \"class/hwmon/hwmon0/temp1_input\"")
        let profile = try BoardProfile(bytes: Array((temperature + lines.joined()).utf8), file: "p")
        #expect(profile.hasGateReadback && profile.watchesEarth)
        #expect(profile.hasPlugTemperature)
        #expect(profile.wiring?.plugTemperature == .file("class/hwmon/hwmon0/temp1_input"))
    }

    @Test("the GPIO board is a bench board with every line named")
    func gpio() throws {
        let profile = try BoardProfile.load(path: profiles.appending(path: "gpio-bench.toml").path)
        #expect(profile.kind == .gpio)
        #expect(profile.bench)
        #expect(!profile.hasResidualPath)
        let wiring = try #require(profile.wiring)
        #expect(wiring.lines[.contactorEnable] == GPIOLine(chip: "/dev/gpiochip0", name: "CONTACTOR"))
        #expect(
            wiring.lines[.contactorAuxiliary]
                == GPIOLine(chip: "/dev/gpiochip0", name: "CONTACTOR_AUX", activeLow: true, bias: .pullUp))
        #expect(wiring.generator == .kernelPWM(chip: "pwmchip0", channel: 0))
        #expect(wiring.sampleInterval == .milliseconds(2))
        #expect(wiring.boardTemperature == .file("class/thermal/thermal_zone0/temp"))
    }

    @Test(
        "a board that lacks a safety path must say bench",
        arguments: [
            ("coil_gate = true", "coil_gate = false", "safety.coil_gate"),
            ("residual_path = true", "residual_path = false", "safety.residual_path"),
            ("generator = \"hardware-pwm\"", "generator = \"software\"", "pilot.generator"),
        ])
    func benchRule(_ good: String, _ bad: String, _ key: String) throws {
        let whole = try text("simulated.toml").replacingOccurrences(of: "gate_readback = true\n", with: "")
        let broken = whole.replacingOccurrences(of: good, with: bad)
        #expect(mistakes(broken).map { String($0.split(separator: " ")[1]) } == [key])
        #expect(mistakes(broken.replacingOccurrences(of: "phases = 3", with: "phases = 3\nbench = true")).isEmpty)
    }

    @Test("a gate that is not there cannot be read back")
    func readbackWithoutGate() throws {
        let broken = try text("simulated.toml").replacingOccurrences(of: "coil_gate = true", with: "coil_gate = false")
        #expect(
            mistakes(broken.replacingOccurrences(of: "phases = 3", with: "phases = 3\nbench = true"))
                == ["28:17 safety.gate_readback"])
    }

    @Test("a converter that runs free of the pilot is refused")
    func freeRunning() throws {
        let broken = try text("simulated.toml").replacingOccurrences(of: "peak-detector", with: "free-running-adc")
        #expect(mistakes(broken) == ["20:11 pilot.sensing"])
        #expect(mistakes(broken.replacingOccurrences(of: "phases = 3", with: "phases = 3\nbench = true")).count == 1)
    }

    @Test("one run reports every mistake with its line and column")
    func allMistakes() throws {
        let broken = """
            schema = "board/2"
            id = ""
            product = "x"
            kind = "simulated"
            phases = 2
            rated_current_ma = 5999
            colour = "red"

            [cable]
            kind = "tethered"

            [pilot]
            sensing = "guess"
            generator = "hardware-pwm"

            [safety]
            coil_gate = true
            coil_gate_hold_ms = 99
            residual_path = 1
            """
        #expect(
            mistakes(broken) == [
                "1:10 schema", "2:6 id", "5:10 phases", "6:20 rated_current_ma", "7:1 colour",
                "9:2 cable.rated_current_ma", "13:11 pilot.sensing", "18:21 safety.coil_gate_hold_ms",
                "19:17 safety.residual_path",
            ])
    }

    @Test("lines that the profile promises must be named, each role and line once")
    func lines() throws {
        let good = try text("gpio-bench.toml")
        func without(_ role: String) -> [String] {
            let blocks = good.components(separatedBy: "[[line]]")
            return mistakes(blocks.filter { !$0.contains("role = \"\(role)\"") }.joined(separator: "[[line]]"))
        }
        #expect(without("contactor-enable").count == 1)
        #expect(without("coil-gate").count == 1)
        #expect(without("load-voltage").isEmpty)
        #expect(mistakes(good.replacingOccurrences(of: "COIL_GATE", with: "CONTACTOR")).count == 1)
        #expect(mistakes(good.replacingOccurrences(of: "\"load-voltage\"", with: "\"coil-gate\"")).count == 1)
        #expect(mistakes(good.replacingOccurrences(of: "relay = false", with: "relay = true")).count == 1)
        #expect(mistakes(good.replacingOccurrences(of: "\"pwmchip0\"", with: "\"../pwmchip0\"")).count == 1)
        #expect(mistakes(good.replacingOccurrences(of: "\"class/thermal", with: "\"/etc/thermal")).count == 1)
        #expect(
            mistakes(good.replacingOccurrences(of: "microvolts_per_count = 7326", with: "microvolts_per_count = 0"))
                .count == 2)
        let silent = good.replacingOccurrences(of: "role = \"contactor-auxiliary\"", with: "role = \"enclosure\"")
            .replacingOccurrences(of: "role = \"load-voltage\"", with: "role = \"residual-ac\"")
        #expect(mistakes(silent).count == 1, "no sense of the contactor at all")
    }

    @Test("a socket outlet needs a proximity contact, a tethered cable has none")
    func socketOutlet() throws {
        let good = try text("gpio-bench.toml")
        let socket = good.replacingOccurrences(
            of: "kind = \"tethered\"\nrated_current_ma = 16000", with: "kind = \"socket\"")
        #expect(mistakes(socket).count == 2, "no proximity, no word about the lock")
        let proximity = """

            [proximity]
            device = "iio:device0"
            channel = 2
            microvolts_per_count = 1221
            offset_mv = 0
            pull_up_ohms = 1000
            supply_mv = 5000
            """
        let complete = socket.replacingOccurrences(of: "bench = true", with: "bench = true\nplug_lock = false")
        #expect(mistakes(complete + proximity).isEmpty)
        #expect(mistakes(good + proximity) == mistakes(good + proximity))
        #expect(mistakes(good + proximity).count == 1)
        let locked = socket.replacingOccurrences(of: "bench = true", with: "bench = true\nplug_lock = true")
        #expect(mistakes(locked + proximity).count == 2, "no lock line, no feedback line")
    }

    @Test("a missing file is one clear line")
    func missingFile() {
        #expect(throws: BoardError.self) { try BoardProfile.load(path: "/nowhere/board.toml") }
        do throws(BoardError) {
            _ = try BoardProfile.load(path: "/nowhere/board.toml")
        } catch {
            #expect("\(error)".contains("/nowhere/board.toml"))
            #expect(!"\(error)".contains("\n"))
        }
    }
}
