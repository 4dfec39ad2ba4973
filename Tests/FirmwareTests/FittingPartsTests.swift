import Foundation
import Testing

@testable import Firmware

/// What the check of a configuration says of parts that do not fit together, the start of the daemon says too, and the other way round:
/// what was commissioned starts.
@Suite("Parts that fit together")
struct FittingPartsTests {
    /// A connector of the configuration; a profile is a shipped one's name, or a path.
    private struct Connector {
        var board = "simulated"
        var plant: String? = "plant.sock"
        var meter = "eastron-sdm630"
        var current = 16_000

        static let bench = Connector(board: "gpio-bench", plant: nil)
    }

    private func text(_ connectors: [Connector], home: String, _ more: String) -> String {
        var text = """
            schema = "wattseald/1"
            home = "\(home)"
            [device]
            product = "Box"
            serial = "7"
            owner = "\(String(repeating: "ab", count: 32))"
            [ledger]
            chain_id = "chain"
            rpc = "http://127.0.0.1:26657"
            trust_height = 3
            trust_hash = "\(String(repeating: "0C", count: 32))"

            """
        for (index, connector) in connectors.enumerated() {
            let isPath = connector.board.contains("/")
            text += """
                [[connector]]
                maximum_current_ma = \(connector.current)
                [connector.board]
                profile = "\(isPath ? connector.board : "\(ConnectorParts.shipped)/profiles/\(connector.board).toml")"
                \(connector.plant.map { "plant_socket = \"\(index)\($0)\"" } ?? "")
                [connector.meter]
                profile = "\(ConnectorParts.shipped)/meters/\(connector.meter).toml"
                [connector.meter.tcp]
                host = "127.0.0.1"
                port = \(1_502 + index)

                """
        }
        return text + more
    }

    private func mistakes(_ body: () throws -> Void) throws -> [String] {
        do {
            try body()
            return []
        } catch FirmwareError.configuration(let mistakes) {
            return mistakes
        }
    }

    /// What the check says of such a configuration; the start has to say the same, and to have made nothing where that is a mistake.
    private func checked(_ connectors: [Connector], _ more: String = "", bench: Bool = false) throws -> [String] {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("home-\(UUID())").path
        let file = "\(home).toml"
        try text(connectors, home: home, more).write(toFile: file, atomically: true, encoding: .utf8)
        defer { for path in [home, file] { try? FileManager.default.removeItem(atPath: path) } }
        let checked = try mistakes { try ConfigurationCheck.run(path: file, benchAllowed: bench) }
        let started = try mistakes {
            _ = try DaemonParts(
                try FirmwareConfiguration(path: file), benchAllowed: bench, connect: KeysInProcess.connect)
        }
        #expect(started == checked)
        #expect(FileManager.default.fileExists(atPath: home) == checked.isEmpty)
        return checked
    }

    @Test("a connector's board, meter and limit")
    func connector() throws {
        #expect(try checked([Connector()]).isEmpty)
        #expect(
            try checked([Connector(current: 63_000)]) == [
                "connector 1: connector.maximum_current_ma: expected at most the board's 32000, got 63000"
            ])
        #expect(
            try checked([Connector(plant: nil)]) == [
                "connector 1: board.plant_socket: expected a path, since simulated is simulated; got none"
            ])
        for (meter, words) in [
            ("gavazzi-em340", "expected a meter that may sign, found gavazzi.em340"),
            ("eastron-sdm120", "expected a meter of 3 phases, found eastron.sdm120 with 1"),
        ] {
            let unfit = try checked([Connector(meter: meter)])
            #expect(
                unfit.count == 1 && unfit.allSatisfy { $0.hasPrefix("connector 1: meter.profile: \(words)") },
                "\(unfit)")
        }
        // All of them in one run.
        let both = try checked([Connector(current: 63_000), Connector(plant: nil, meter: "eastron-sdm120")])
        #expect(both.map { $0.prefix { $0 != ":" } } == ["connector 1", "connector 2", "connector 2"])
    }

    @Test("a bench board, which no unit starts")
    func bench() throws {
        #expect(
            try checked([.bench]) == [
                "connector 1: board.profile: gpio-bench is marked bench = true; start wattseald with --bench"
            ])
        #expect(try checked([.bench], bench: true).isEmpty)
        let factor = try checked([.bench], "[simulation]\nenergy_factor = 60\n", bench: true)
        #expect(
            factor == ["connector 1: simulation.energy_factor: expected 1 on a board that is not simulated, got 60"])
    }

    @Test("the grid operator's relay and its limit")
    func relay() throws {
        let limit = "[limits.grid]\nrelay_ma = 8000\n"
        #expect(
            try checked([Connector()], limit) == [
                "limits.grid.relay_ma: expected a board with a line of role \"grid-release\", found none"
            ])
        let profile = FileManager.default.temporaryDirectory.appendingPathComponent("board-\(UUID()).toml").path
        let bench = try String(contentsOfFile: "\(ConnectorParts.shipped)/profiles/gpio-bench.toml", encoding: .utf8)
        try (bench + "\n[[line]]\nrole = \"grid-release\"\nname = \"GRID\"\n")
            .write(toFile: profile, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: profile) }
        let relayed = Connector(board: profile, plant: nil)
        #expect(
            try checked([relayed], bench: true) == [
                "limits.grid.relay_ma: expected the limit of the grid operator's relay on gpio-bench, found none"
            ])
        #expect(try checked([relayed], limit, bench: true).isEmpty)
    }

    @Test("two connectors on one profile, whose boards would share a pilot")
    func copiedProfile() throws {
        let found = try checked([.bench, .bench], bench: true)
        let profile = "\(ConnectorParts.shipped)/profiles/gpio-bench.toml:"
        #expect(found.allSatisfy { $0.hasPrefix(profile) && $0.contains("of connector 2's own, found ") }, "\(found)")
        for key in ["pilot.pwm.channel", "pilot.high.channel", "pilot.low.channel", "line[0].name"] {
            #expect(found.contains { $0.hasSuffix(", which connector 1 has as \(key)") }, "\(found)")
        }
        #expect(try checked([Connector(), Connector()]).isEmpty, "a simulated board has its own plant")
    }
}
