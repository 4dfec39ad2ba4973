import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("The status page of a running charger", .serialized, .needsBinaries)
struct PageTests {
    private func charging() async throws -> (rig: Rig, url: String) {
        var options = Rig.Options()
        let port = try Rig.freePort()
        options.tables = "[page]\nlisten = \"127.0.0.1:\(port)\""
        let rig = try await Rig(options)
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("charging", seconds: 60) {
            try string("connector.phase", in: rig.status()) == "charging"
        }
        return (rig, "http://127.0.0.1:\(port)")
    }

    private func get(_ url: String) async throws -> [String: Any] {
        let (data, answer) = try await URLSession.shared.data(from: #require(URL(string: url)))
        #expect((answer as? HTTPURLResponse)?.statusCode == 200, "\(url)")
        return try Rig.object(String(decoding: data, as: UTF8.self))
    }

    @Test("it shows the session that runs: the curve rises, the records come, and none of it names the payer")
    func live() async throws {
        let (rig, url) = try await charging()
        defer { rig.end() }
        var energies: [Int] = []
        var powers: [Int] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while powers.count(where: { $0 > 1_000_000 }) < 3, ContinuousClock.now < deadline {
            try await Task.sleep(for: .seconds(1))
            let history = try await get(url + "/history.json")
            let connector = try #require((history["connectors"] as? [[String: Any]])?.first)
            energies = try #require(connector["energy_mwh"] as? [Int])
            powers = try #require(connector["power_mw"] as? [Any]).map { $0 as? Int ?? 0 }
        }
        #expect(powers.count(where: { $0 > 1_000_000 }) >= 3, "\(powers)")
        #expect(energies == energies.sorted())
        #expect(try #require(energies.last) > energies[0], "\(energies)")

        // The same object as on the status socket; it goes on counting between the two looks.
        let (page, socket) = (try await get(url + "/status.json"), try rig.status())
        #expect(Set(page.keys) == Set(socket.keys))
        #expect(try string("connector.session", in: page) == string("connector.session", in: socket))
        let voltages = try #require((page["meter"] as? [String: Any])?["voltage_mv"] as? [Int])
        #expect(voltages.count == 3 && voltages.allSatisfy { (200_000...260_000).contains($0) }, "\(voltages)")

        let records = try #require(try await get(url + "/records.json")["records"] as? [[String: Any]])
        #expect(records.contains { $0["kind"] as? String == "begin" })
        #expect(records.contains { $0["kind"] as? String == "tick" && $0["energy_mwh"] is Int })
        let begin = try #require(try rig.records(chain: 1).first { try string("kind", in: $0) == "begin" })
        for path in ["/status.json", "/history.json", "/records.json", "/device.json", "/metrics", "/"] {
            let (data, _) = try await URLSession.shared.data(from: #require(URL(string: url + path)))
            let text = String(decoding: data, as: UTF8.self)
            for name in ["body.payer", "body.grant"] {
                #expect(!text.contains(try string(name, in: begin)), "\(path) has \(name)")
            }
            #expect(!text.contains(rig.driver), "\(path) names the payer")
        }
        #expect(rig.daemon?.stop() == 0)
    }

    @Test("its metrics are read by Prometheus' own client, and counters only rise", .needsPython)
    func metrics() async throws {
        let (rig, url) = try await charging()
        defer { rig.end() }
        let python = try #require(Binaries.python)
        let count = try Rig.run(python, ["\(Binaries.repository)/Tests/Peers/check_metrics.py", url + "/metrics", "3"])
        #expect(try #require(Int(count)) > 60)
    }

    /// Long, because the browser takes minutes to install.
    @Test(
        "a browser shows live values",
        .enabled(if: ProcessInfo.processInfo.environment["WATTSEAL_LONG"] != nil, "long: Tools/test --long"))
    func browser() async throws {
        let (rig, url) = try await charging()
        defer { rig.end() }
        try await Task.sleep(for: .seconds(12))
        let arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(rig.folder.path)/browser",
            "--virtual-time-budget=4000",
        ]
        let document = try Rig.run("/usr/bin/chromium", arguments + ["--dump-dom", url])
        for words in [
            ">Charging<", "State C2", ">live<", "Wattseal test", "class=\"power\"", "class=\"energy\"", "kWh tick",
            "Limit that binds", "in reach",
        ] {
            #expect(document.contains(words), "\(words)")
        }
        for (name, size) in [("wide", "1280,1400"), ("narrow", "390,1800")] {
            let picture = "\(rig.folder.path)/\(name).png"
            try Rig.run(
                "/usr/bin/chromium", arguments + ["--window-size=\(size)", "--screenshot=\(picture)", url])
            let attributes = try FileManager.default.attributesOfItem(atPath: picture)
            #expect(try #require(attributes[.size] as? Int) > 20_000)
        }
    }
}
