import Foundation
import Testing

@Suite("A daemon with witnesses", .serialized, .needsBinaries)
struct WitnessTests {
    @Test("believes nothing new while its witness is away, and everything once it is there")
    func away() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        let port = try Rig.freePort()
        let file = rig.folder.appendingPathComponent("wattseald.toml")
        let text = try String(contentsOf: file, encoding: .utf8)
        try text.replacing("[ledger]\n", with: "[ledger]\nwitnesses = [\"http://127.0.0.1:\(port)\"]\n")
            .write(to: file, atomically: true, encoding: .utf8)
        try Rig.run(
            "platform-node",
            [
                "wallet", "tariff", "--name", "T", "--price", "\(Rig.price)", "--key", rig.folder.path + "/owner.key",
                "--rpc", rig.nodeURL,
            ])
        try rig.startDaemon()
        try await rig.wait("the doubt", seconds: 60) { rig.daemonLog.contains("no witness confirms header") }
        #expect(try bool("ledger.reachable", in: rig.status()) == false)
        let heard = try integer("ledger.height", in: rig.status())
        #expect(heard <= 1, "at most the anchor, for which a person vouches")
        // The node's history in another process: a second opinion, if not an independent one.
        rig.node.stop()
        try Rig.run("/bin/cp", ["-a", rig.folder.path + "/node", rig.folder.path + "/witness"])
        let witness = try Child(
            Binaries.path("platform-node"),
            ["standalone", "--home", rig.folder.path + "/witness", "--rpc", "127.0.0.1:\(port)"], name: "witness",
            in: rig.folder)
        defer { witness.stop() }
        _ = try await witness.ready()
        try await rig.restartNode()
        try await rig.wait("the confirmed header", seconds: 60) {
            try bool("ledger.reachable", in: rig.status()) && integer("ledger.height", in: rig.status()) > 1
        }
        #expect(rig.daemon?.stop() == 0)
    }
}
