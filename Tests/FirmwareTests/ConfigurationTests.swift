import ChargeControl
import Foundation
import Metering
import Quantities
import Testing

@testable import Firmware

@Suite("The daemon's configuration")
struct ConfigurationTests {
    static let complete = """
        schema = "wattseald/1"
        home = "state"
        [device]
        product = "Box"
        serial = "7"
        owner = "\(String(repeating: "ab", count: 32))"
        [board]
        profile = "/boards/simulated.toml"
        plant_socket = "plant.sock"
        [meter]
        profile = "meter.toml"
        [meter.tcp]
        host = "127.0.0.1"
        port = 1502
        [ledger]
        chain_id = "chain"
        rpc = "http://127.0.0.1:26657"
        trust_height = 3
        trust_hash = "\(String(repeating: "0C", count: 32))"
        [connector]
        maximum_current_ma = 16000
        """

    private func read(_ text: String) throws -> FirmwareConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try FirmwareConfiguration(path: file.path)
    }

    @Test("a complete file is read, relative paths count from its folder")
    func whole() throws {
        let configuration = try read(Self.complete)
        let folder = FileManager.default.temporaryDirectory.path
        #expect(configuration.home == "\(folder)/state")
        #expect(configuration.connectors[0].board.profile == "/boards/simulated.toml")
        #expect(configuration.connectors[0].board.plantSocket == "\(folder)/plant.sock")
        #expect(configuration.connectors[0].meter.line == .tcp(host: "127.0.0.1", port: 1_502))
        #expect(configuration.connectors[0].meter.pollPeriod == .seconds(1))
        #expect(configuration.ledger.trustHash == String(repeating: "0c", count: 32))
        #expect(configuration.ledger.trustingPeriod == .seconds(14 * 86_400))
        #expect(configuration.connectors[0].maximumCurrent == Milliamps(16_000))
        #expect(configuration.energyFactor == 1)
        #expect(configuration.statusSocket == nil)
    }

    @Test("the status page is off, listens where it is told to, and never for other machines")
    func page() throws {
        #expect(try read(Self.complete).page == nil)
        let listening = try read(Self.complete + "\n[page]\nlisten = \"127.0.0.1:8080\"\n")
        #expect(listening.page.map { "\($0)" } == "127.0.0.1:8080")
        for wrong in ["\"0.0.0.0:8080\"", "\"192.168.0.4:80\"", "\"localhost:80\"", "8080", "\"\""] {
            let error = #expect(throws: FirmwareError.self) {
                try read(Self.complete + "\n[page]\nlisten = \(wrong)\n")
            }
            guard case .configuration(let mistakes) = error else { return #expect(error == nil) }
            #expect(mistakes.count == 1, "\(mistakes)")
            #expect(mistakes.first?.contains(".toml:23:10: page.listen: expected ") == true, "\(mistakes)")
        }
        #expect(throws: FirmwareError.self) { try read(Self.complete + "\n[page]\n") }
    }

    @Test("one run names every mistake with its line")
    func everyMistake() throws {
        let text = Self.complete
            .replacingOccurrences(of: "wattseald/1", with: "wattseald/2")
            .replacingOccurrences(of: "owner = \"ab", with: "owner = \"zz")
            .replacingOccurrences(of: "port = 1502", with: "port = 70000")
            .replacingOccurrences(of: "http://", with: "ftp://")
            .replacingOccurrences(of: "16000", with: "5999")
            .replacingOccurrences(of: "serial = \"7\"", with: "serial = \"7\"\ncolour = 3")
        let error = #expect(throws: FirmwareError.self) { try read(text) }
        guard case .configuration(let mistakes) = error else {
            Issue.record("expected mistakes, got \(String(describing: error))")
            return
        }
        for (line, key) in [
            (1, "schema"), (6, "colour"), (7, "owner"), (15, "port"), (18, "rpc"), (22, "maximum_current_ma"),
        ] {
            #expect(
                mistakes.contains { $0.contains(".toml:\(line):") && $0.contains(key) },
                "line \(line) \(key): \(mistakes)")
        }
        #expect(mistakes.count == 6, "\(mistakes)")
    }

    @Test(
        "a meter has exactly one line",
        arguments: ["", "[meter.tcp]\nhost = \"h\"\n[meter.rtu]\ndevice = \"/dev/ttyS0\"\n"])
    func meterLine(tables: String) throws {
        let text = Self.complete.replacingOccurrences(
            of: "[meter.tcp]\nhost = \"127.0.0.1\"\nport = 1502\n", with: tables)
        #expect(text != Self.complete)
        #expect(throws: FirmwareError.self) { try read(text) }
    }

    private static let serial = "[meter.rtu]\ndevice = \"/dev/ttyS1\"\n"

    private func line(_ tables: String) throws -> FirmwareConfiguration.MeterChoice.Line {
        let text = Self.complete.replacingOccurrences(
            of: "[meter.tcp]\nhost = \"127.0.0.1\"\nport = 1502\n", with: tables)
        return try read(text).connectors[0].meter.line
    }

    @Test("an RS-485 line is turned around as the file says")
    func turningAround() throws {
        #expect(try line(Self.serial) == .rtu(device: "/dev/ttyS1", baud: nil, format: nil))
        #expect(
            try line(Self.serial + "rs485 = { rts_on_send = false }\n")
                == .rtu(device: "/dev/ttyS1", baud: nil, format: nil, rs485: RS485(rtsOnSend: false)))
        #expect(
            try line(
                Self.serial
                    + "rs485 = { rts_on_send = true, delay_before_send_ms = 100, delay_after_send_ms = 2 }\n")
                == .rtu(
                    device: "/dev/ttyS1", baud: nil, format: nil,
                    rs485: RS485(rtsOnSend: true, millisecondsBeforeSend: 100, millisecondsAfterSend: 2)))
    }

    @Test(
        "a direction that is none is a mistake",
        arguments: [
            "{ delay_before_send_ms = 1 }", "{ rts_on_send = 1 }", "{ rts_on_send = true, delay_before_send_ms = 101 }",
            "{ rts_on_send = true, delay_after_send_ms = -1 }", "{ rts_on_send = true, delay = 1 }", "true",
        ])
    func directionMistakes(rs485: String) {
        #expect(throws: FirmwareError.self) { try line(Self.serial + "rs485 = \(rs485)\n") }
    }

    @Test("meters on one device state the same settings")
    func oneDeviceOneLine() throws {
        func address(_ port: Int) -> String { "[connector.meter.tcp]\nhost = \"127.0.0.1\"\nport = \(port)\n" }
        func device(_ unit: Int) -> String { "unit = \(unit)\n[connector.meter.rtu]\ndevice = \"/dev/ttyS1\"\n" }
        func both(_ first: String, _ second: String) -> String {
            Self.several.replacingOccurrences(of: address(1_502), with: device(1) + first)
                .replacingOccurrences(of: address(1_503), with: device(2) + second)
        }
        let turned = "rs485 = { rts_on_send = true }\n"
        _ = try read(both(turned, turned))
        _ = try read(both(turned, ""))
        for (first, second) in [
            (turned, "rs485 = { rts_on_send = false }\n"), ("baud = 9600\n", "baud = 19200\n"),
            ("format = \"8N1\"\n", "format = \"8E1\"\n"),
        ] {
            let error = #expect(throws: FirmwareError.self) { try read(both(first, second)) }
            let words = error.map(String.init(describing:)) ?? ""
            #expect(words.contains("as connector 1's meter has it on the same line"), "\(words)")
        }
    }

    /// The complete file with two connectors instead of one, and everything that is optional.
    private static var several: String {
        let connector = complete.components(separatedBy: "[board]")[1].components(separatedBy: "[ledger]")[0]
            .replacingOccurrences(of: "[meter", with: "[connector.meter")
        let one = "[[connector]]\nmaximum_current_ma = 16000\n[connector.board]" + connector
        let two =
            one.replacingOccurrences(of: "plant.sock", with: "plant2.sock")
            .replacingOccurrences(of: "port = 1502", with: "port = 1503") + """
                [connector.limits]
                owner_ma = 13000
                [connector.charging]
                wake_up = "open-then-f"
                phase_switch_pause_s = 30
                restart_delay_s = 300
                """
        let head = complete.components(separatedBy: "[board]")[0]
        let ledger = complete.components(separatedBy: "[ledger]")[1].components(separatedBy: "[connector]")[0]
        return head + "[ledger]" + ledger + """
            [supply]
            maximum_current_ma = 63000
            [control]
            socket = "control.sock"
            [limits]
            owner_ma = 20000
            [limits.grid]
            fail_safe_ma = 8000
            [limits.schedule]
            utc_offset_min = 60
            random_delay_s = 300
            [[limits.schedule.window]]
            hours = "22:00-06:30"
            current_ma = 16000

            """ + one + two
    }

    @Test("several connectors, each with a board, a meter and limits of its own or of the device")
    func severalConnectors() throws {
        let configuration = try read(Self.several)
        let folder = FileManager.default.temporaryDirectory.path
        #expect(
            configuration.connectors.map(\.board.plantSocket) == ["\(folder)/plant.sock", "\(folder)/plant2.sock"])
        #expect(configuration.supply == Milliamps(63_000))
        #expect(configuration.gridFailSafe == Milliamps(8_000) && configuration.gridRelay == nil)
        let relay = try read(Self.several.replacing("fail_safe_ma = 8000", with: "relay_ma = 9000"))
        #expect(relay.gridFailSafe == nil && relay.gridRelay == Milliamps(9_000), "a relay needs no word")
        #expect(configuration.controlSocket == "\(folder)/control.sock")
        let first = configuration.connectors[0].limits
        #expect(first.owner == Milliamps(20_000))
        #expect(first.schedule?.windows == [.init(start: 79_200, end: 23_400, current: Milliamps(16_000))])
        #expect(first.schedule?.randomDelay == 300)
        #expect(configuration.connectors[1].limits == .init(owner: Milliamps(13_000), schedule: nil))
        #expect(configuration.connectors[0].charging == .init())
        #expect(configuration.connectors[1].charging.wakeUp == .openThenF)
        #expect(configuration.connectors[1].charging.phaseSwitchPause == .seconds(30))
    }

    @Test(
        "a time that is none, a plan that is none, a pulse that is too short: each is a mistake with its line",
        arguments: [
            ("22:00-06:30", "22:00-22:00"), ("22:00-06:30", "24:00-06:30"), ("22:00-06:30", "2200-0630"),
            ("open-then-f", "sometimes"), ("restart_delay_s = 300", "state_f_ms = 299"),
            ("fail_safe_ma = 8000", "fail_safe = 8000"), ("random_delay_s = 300", "random_delay_s = -1"),
        ])
    func limitMistakes(right: String, wrong: String) throws {
        let text = Self.several.replacingOccurrences(of: right, with: wrong)
        #expect(text != Self.several)
        #expect(throws: FirmwareError.self) { try read(text) }
    }

    @Test("a missing file is named")
    func missing() {
        let error = #expect(throws: FirmwareError.self) { try FirmwareConfiguration(path: "/nowhere/wattseald.toml") }
        #expect("\(error.map(String.init(describing:)) ?? "")".contains("/nowhere/wattseald.toml"))
    }
}
