import ChargeControl
import Foundation
import Quantities
import SignedRecords
import Testing

@testable import Firmware
@testable import StatusPage

@Suite("What the status page is told")
struct PageDeskTests {
    private static let secretPath = "/v1/customer-4711-key"

    private func configuration() throws -> FirmwareConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wattseald-\(UUID()).toml")
        let text = ConfigurationTests.complete.replacingOccurrences(
            of: "http://127.0.0.1:26657", with: "https://rpc.example.org\(Self.secretPath)")
        try (text + "\n[limits]\nowner_ma = 13000\n[supply]\nmaximum_current_ma = 40000\n").write(
            to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try FirmwareConfiguration(path: file.path)
    }

    private func makeDesk(_ board: StatusBoard) throws -> PageDesk {
        let rig = try DeskRig()
        let facts = ServiceFacts(
            identity: rig.desk.identity, keyProtection: "software", bootCount: 3, endpoint: "unused",
            startedAt: at(0), connectors: rig.desk.identity.connectors)
        return PageDesk(board: board, facts: facts, configuration: try configuration())
    }

    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    private func object(_ desk: PageDesk, _ path: String, at now: MonotonicInstant) throws -> [String: Any] {
        let answer = try #require(desk.answer(path, at: now))
        #expect(answer.contentType == "application/json")
        return try #require(JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    @Test("status.json is the status, with the node's path left out of what errors say")
    func status() throws {
        let board = StatusBoard()
        let desk = try makeDesk(board)
        board.update { $0.device = "ab" }
        #expect(desk.answer("/status.json", at: at(0))?.body == Array(board.current.json().utf8))
        board.update { $0.ledger.problem = "https://rpc.example.org:443\(Self.secretPath) cannot be reached" }
        let answer = try #require(desk.answer("/status.json", at: at(1_000)))
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(!text.contains(Self.secretPath))
        #expect(text.contains("https://rpc.example.org:443/… cannot be reached"))
        board.update {
            var reader = StatusReport.CardReader()
            reader.refusal = "the owner lists no card 4711"
            $0.readers = [reader, StatusReport.CardReader()]
        }
        let shown = try StatusReport(json: try #require(desk.answer("/status.json", at: at(2_000))).body)
        #expect(shown.readers?.map(\.refusal) == ["told to the owner", ""])
    }

    @Test("an answer is made anew at most five times a second")
    func freshness() throws {
        let board = StatusBoard()
        let desk = try makeDesk(board)
        func shown(_ now: MonotonicInstant) throws -> String {
            try #require(object(desk, "/status.json", at: now)["device"] as? String)
        }
        board.update { $0.device = "one" }
        #expect(try shown(at(1_000)) == "one")
        board.update { $0.device = "two" }
        #expect(try shown(at(1_199)) == "one")
        #expect(try shown(at(1_200)) == "two")
    }

    @Test("device.json: identity, configured limits, faults in words; the node without its path")
    func device() throws {
        let board = StatusBoard()
        let desk = try makeDesk(board)
        board.update(.connector(1)) {
            $0.connector.faultCodes = [FaultCode.contactorWelded.rawValue, 60_000]
        }
        let device = try object(desk, "/device.json", at: at(61_500))
        #expect(device["endpoint"] as? String == "https://rpc.example.org:443")
        #expect(device["uptime_s"] as? Int == 61)
        #expect(device["supply_ma"] as? Int == 40_000)
        #expect(device["grid_fail_safe_ma"] is NSNull)
        let connector = try #require((device["connectors"] as? [[String: Any]])?.first)
        #expect(connector["maximum_current_ma"] as? Int == 16_000)
        #expect(connector["owner_ma"] as? Int == 13_000)
        let faults = try #require(device["faults"] as? [[String: Any]])
        #expect(faults.count == 1)
        #expect(faults.first?["code"] as? Int == Int(FaultCode.contactorWelded.rawValue))
        #expect(faults.first?["cleared_by"] as? String == "a technician")
        #expect((faults.first?["name"] as? String)?.isEmpty == false)
    }

    @Test("the history has a power only from a reading that is new, and that had one")
    func history() throws {
        let board = StatusBoard()
        let desk = try makeDesk(board)
        let cases: [(age: Int64, hasPower: Bool, power: Int64?)] = [
            (-1, true, nil), (0, true, 7_000), (9_999, true, 7_000), (10_000, true, nil), (0, false, nil),
        ]
        for (index, each) in cases.enumerated() {
            board.update(.connector(1)) {
                $0.meter.powerMW = 7_000
                $0.meter.ageMS = each.age
                $0.meter.hasPower = each.hasPower
                $0.connector.energyMWh = Int64(index)
            }
            desk.sample(at: at(Int64(index) * 5_000))
        }
        let history = try object(desk, "/history.json", at: at(20_000))
        let connector = try #require((history["connectors"] as? [[String: Any]])?.first)
        #expect((connector["power_mw"] as? [Any])?.map { $0 as? Int64 } == cases.map(\.power))
        #expect(connector["energy_mwh"] as? [Int] == [0, 1, 2, 3, 4])
        #expect(history["age_ms"] as? [Int] == [20_000, 15_000, 10_000, 5_000, 0])
    }

    @Test("an unknown path holds nothing")
    func unknown() throws {
        let desk = try makeDesk(StatusBoard())
        for path in ["/status", "/status.json?x", "/metrics/", "/../keys"] {
            #expect(desk.answer(path, at: at(0)) == nil)
        }
        #expect(desk.answer("/", at: at(0)) == StatusPage.answer)
    }

    @Test("metrics: base units, unknown values left out, old ones too")
    func metrics() throws {
        let board = StatusBoard(connectors: 1, mains: StatusReport.Mains(fuse: Milliamps(35_000), failSafe: .zero))
        let desk = try makeDesk(board)
        func lines(_ now: MonotonicInstant) throws -> [String] {
            let answer = try #require(desk.answer("/metrics", at: now))
            #expect(answer.contentType == OpenMetricsText.contentType)
            return String(decoding: answer.body, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        let first = try lines(at(0))
        #expect(first.last == "# EOF")
        for name in [
            "wattseal_meter_power", "wattseal_ledger_height", "wattseal_meter_reading_age", "wattseal_meter_import",
        ] {
            #expect(!first.contains { $0.contains(name) }, "\(name) is not known yet")
        }
        #expect(first.contains("wattseal_connector_pilot_state{connector=\"1\",state=\"invalid\"} 1"))
        #expect(first.contains("wattseal_mains_fuse_amperes 35.000"))
        board.update {
            $0.ledger.height = 12
            $0.timing.lateness = [1, 2, 3]
            $0.connectors[0].connector.state = "C2"
            $0.connectors[0].connector.energyMWh = 5_294_189
            $0.connectors[0].connector.offeredMA = 16_250
            $0.connectors[0].meter.accepted = 4
            $0.connectors[0].meter.ageMS = 300
            $0.connectors[0].meter.hasPower = true
            $0.connectors[0].meter.powerMW = 11_040_123
            $0.connectors[0].meter.importMWh = 10
            $0.connectors[0].meter.voltageMV = [230_100, nil, 229_000]
        }
        let second = try lines(at(1_000))
        for line in [
            "wattseal_ledger_height 12", "wattseal_connector_pilot_state{connector=\"1\",state=\"C\"} 1",
            "wattseal_connector_pilot_state{connector=\"1\",state=\"A\"} 0",
            "wattseal_connector_session_energy_joules{connector=\"1\"} 19059080.4",
            "wattseal_connector_offered_current_amperes{connector=\"1\"} 16.250",
            "wattseal_meter_power_watts{meter=\"1\"} 11040.123", "wattseal_meter_import_joules_total{meter=\"1\"} 36.0",
            "wattseal_meter_voltage_volts{meter=\"1\",phase=\"L1\"} 230.100",
            "wattseal_control_lateness_seconds_bucket{le=\"0.000002\"} 3",
            "wattseal_control_lateness_seconds_bucket{le=\"+Inf\"} 6",
        ] {
            #expect(second.contains(line), "\(line)")
        }
        #expect(!second.contains { $0.contains("phase=\"L2\"") })
        board.update { $0.connectors[0].meter.ageMS = 10_000 }
        let third = try lines(at(2_000))
        #expect(!third.contains { $0.hasPrefix("wattseal_meter_power_watts{") })
        #expect(third.contains("wattseal_meter_import_joules_total{meter=\"1\"} 36.0"))
    }
}
