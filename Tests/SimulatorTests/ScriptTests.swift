import Foundation
import Quantities
import Simulator
import Testing

@Suite("The plant's script")
struct ScriptTests {
    @Test(
        "a wrong line is one clear sentence and changes nothing",
        arguments: [
            "", "   ", "dance", "plug now", "want", "want perhaps", "current", "current -1", "current 1e3",
            "current 99999999999999999999", "phases 2", "stop-after-kwh", "stop-after-kwh -1",
            "stop-after-kwh 1.2345678",
            "stop-after-kwh 1.", "stop-after-kwh .5", "stop-after-kwh 1.2.3", "stop-after-kwh 100001", "pilot 15001",
            "pilot-glitch 9000", "pilot-glitch 9000 0", "aux maybe", "residual", "residual dc", "residual dc 301",
            "residual dance", "meter", "meter late", "meter late 5", "meter late 5 -1", "meter factor x",
            "meter serial 4294967296", "meter exception 0 1", "meter drop 1 2", "contactor", "contactor bad", "lock",
            "temperature warm", "plug x", "plug -1", "plug 1 2", "sleep g", "toggle 5", "toggle 0 5", "pilot-ramp 0 1",
            "pilot-noise 200", "sampler", "aux left open", "load-sense L4 live", "earth perhaps", "weld L5",
            "stuck-open N main", "stuck-closed L1", "contactor-delay -1", "enclosure on", "supply high", "gate open",
            "lock jam-shut", "fan on", "voltage L2", "voltage 300001", "status now", "estop",
            "house", "house 1 2", "house -1", "house 1 2 3 4", "mains-meter frozen on",
            String(repeating: "x", count: 300),
        ])
    func mistakes(_ line: String) {
        var plant = plantAtRest()
        let before = plant.status().text
        do throws(ScriptError) {
            let answer = try plant.run(line)
            Issue.record("\(line) was answered \(answer)")
        } catch {
            #expect(!"\(error)".isEmpty && !"\(error)".contains("\n"))
        }
        #expect(plant.status().text == before)
        #expect(plant.events.isEmpty && plant.meter.faults.words == "none")
    }

    @Test("every command of the help is known")
    func help() throws {
        let examples = [
            "plug", "unplug", "want off", "want on", "current 16000", "phases 1", "stop-after-kwh 0.5",
            "stop-after-kwh off", "obey off", "s2-delay 100", "ramp 1000", "diode short", "ventilation on",
            "pilot auto",
            "pilot open", "pilot short", "pilot -12000", "pilot-glitch 9000 5", "weld", "stuck-open", "contactor ok",
            "aux ok", "aux open", "load-sense live", "estop on", "residual dc 6", "residual ac 30", "residual reset",
            "residual dead off", "temperature -400", "temperature none", "cable 680", "cable open", "cable short",
            "lock jam", "mains off", "voltage 207000", "frequency 49900", "meter frozen on", "meter factor 1500",
            "meter reset", "meter set-import 1", "meter serial 7", "meter drop always", "meter crc 1",
            "meter truncate 1", "meter duplicate 1", "meter nan 1", "meter late 10 2", "meter exception 6 1",
            "meter ok",
            "plug 17", "overdraw on", "simplified on", "sleep e", "sleep f", "sleep off", "toggle 500 700",
            "toggle off",
            "pilot-ramp 0 13000 1000", "pilot-noise 200 7", "sampler off", "sampler on", "aux main closed",
            "aux second unknown", "load-sense L3 dead", "gate-sense dropped", "lock-sense locked", "earth off",
            "earth unknown", "earth on", "current-sense off", "mains-sense off", "temperature frozen",
            "plug-temperature 905", "plug-temperature none", "plug-temperature frozen", "weld L2", "weld-closed N",
            "weld-closed", "stuck-open second", "stuck-open L3", "stuck-closed main", "stuck-closed",
            "contactor-delay 35", "enclosure open", "supply low", "reset-button on", "lock jam-open",
            "lock jam-locked", "lock lost", "lock ok", "gate lost", "gate ok", "fan broken", "fan-delay 500",
            "voltage L2 180000", "overdraw on", "reset-counts", "house 16000", "house 1 2 3", "mains-meter ok",
        ]
        var plant = plantAtRest()
        plant.fit(mainsMeter: EnergyMeter(model: .sdm630, serial: 9, energy: .zero))
        for line in examples { #expect(try plant.run(line) == "ok", "\(line)") }
        let known = Set(
            Plant.help.split(separator: " | ").compactMap { $0.split(separator: " ").first.map(String.init) })
        let tried = Set(examples.compactMap { $0.split(separator: " ").first.map(String.init) })
        #expect(known.subtracting(tried) == ["status", "events", "help"])
        #expect(try plant.run("help") == Plant.help)
    }

    @Test("status and events are JSON with the promised members")
    func status() throws {
        var plant = plantAtRest()
        plant.charge()
        let object = try JSONSerialization.jsonObject(with: Data(plant.run("status").utf8))
        let status = try #require(object as? [String: Any])
        #expect(status["contactor"] as? String == "closed")
        #expect(status["true_import_mwh"] as? Int64 == plant.trueImport.total.rawValue)
        #expect((status["pilot"] as? [String: Any])?["state"] as? String == "C")
        #expect((status["pilot"] as? [String: Any])?["duty_ns"] as? Int == 533_334)
        #expect((status["car"] as? [String: Any])?["remaining_mwh"] is NSNull)
        #expect(status["power_mw"] as? Int == 22_080_000)
        let events = try JSONSerialization.jsonObject(with: Data(plant.run("events").utf8)) as? [[String: Any]]
        #expect(events?.first?["event"] as? String == "plugged")
        #expect(events?.contains { $0["event"] as? String == "contactor-closed" } == true)
    }

    @Test("texts in JSON are escaped")
    func escaping() throws {
        var object = JSONObject()
        object.add("t", "a\"b\\c\n\u{1}é")
        let read = try JSONSerialization.jsonObject(with: Data(object.text.utf8)) as? [String: String]
        #expect(read?["t"] == "a\"b\\c\n\u{1}é")
    }
}
