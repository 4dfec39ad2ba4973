import Foundation
import Testing

/// Another charger of the same owner on a rig's ledger: a plant and a daemon of its own.
final class SecondCharger {
    private let rig: Rig
    private let plant: Child
    let daemon: Child
    private let place: String

    /// Starts it and registers it.
    init(_ rig: Rig, reader: (first: String, second: String)) async throws {
        self.rig = rig
        let folder = rig.folder
        place = folder.path + "/second."
        plant = try Child(
            Binaries.path("plant"),
            [
                "--socket", "\(place)sock", "--control", "\(place)plant", "--meter", rig.options.meter,
                "--energy-factor", "\(rig.options.energyFactor)", "--meter-tcp", "127.0.0.1:0",
            ], name: "second-plant", in: folder)
        let address = try #require(try await plant.ready()["tcp"]).split(separator: ":")
        var text = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        for (old, new) in [
            ("home = \"device\"", "home = \"second\""), ("\"1.sock\"", "\"second.sock\""),
            ("serial = \"1\"", "serial = \"2\""),
            ("\"status.sock\"", "\"second.status\""), ("\"control.sock\"", "\"second.control\""),
            (reader.first, reader.second),
        ] {
            try #require(text.contains(old), "the configuration says \(old)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("port = ") ? "port = \(address[1])" : String($0) }.joined(separator: "\n")
        let path = folder.path + "/second.toml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        daemon = try Child(Binaries.path("wattseald"), ["--config", path], name: "second", in: folder)
        try await rig.wait("the second daemon's status", seconds: 30) { (try? self.status()) != nil }
        let genesis = folder.path + "/second.cose"
        try Rig.run(
            "wattseal",
            [
                "records", "export", "--journal", folder.path + "/second/journal", "--chain", "0", "--to", "1", "-o",
                genesis,
            ])
        let tariff = try Rig.run(
            "platform-node", ["wallet", "tariff", "--name", "Test", "--price", "\(Rig.price)"] + rig.signed("owner"))
        try Rig.run(
            "platform-node", ["wallet", "register", "--genesis", genesis, "--tariff", tariff] + rig.signed("owner"))
        try await rig.wait("the second registration", seconds: 60) { try bool("ledger.registered", in: self.status()) }
    }

    func status() throws -> [String: Any] {
        try Rig.object(Rig.run("wattseal", ["status", "--socket", place + "status", "--json"]))
    }

    func tell(_ line: String) throws { try Rig.run("plant", ["tell", "--control", place + "plant", line]) }

    func plantStatus() throws -> [String: Any] {
        try Rig.object(Rig.run("plant", ["tell", "--control", place + "plant", "status"]))
    }

    func end() {
        if daemon.process.isRunning { daemon.stop() }
        plant.stop()
    }
}
