import Foundation
import Testing

@Suite("Keys and ledgers that change, with real processes", .serialized, .needsBinaries)
struct MoveTests {
    @Test("keys rotate between two sessions: the ledger goes on, both receipts verify")
    func rotation() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 1)
        #expect(try Rig.run("wattseal", rig.ask("rotate-keys")) == "ok")
        try await rig.settled()
        try await rig.chargeAgain(kwh: 1)
        #expect(try rig.records(chain: 0).map { try integer("key_epoch", in: $0) }.first == 1)
        #expect(
            try rig.records(chain: 0).contains {
                try integer("key_epoch", in: $0) == 1 && ($0["body"] as? [String: Any])?["new_epoch"] != nil
            })
        let begins = try rig.records(chain: 1).filter { try string("kind", in: $0) == "begin" }
        #expect(try begins.map { try integer("key_epoch", in: $0) } == [1, 2])
        for begin in begins { try rig.verifyReceipt(of: string("body.session", in: begin)) }
        try rig.verifyExport()
        #expect(try rig.records(chain: 0).allSatisfy { try bool("acknowledged", in: $0) })
    }

    @Test("the ledger dies for good: its charger moves to another, charges there, and both receipts verify")
    func move() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 1)
        try rig.verifyReceipt(of: rig.sessions()[0])
        rig.daemon?.stop()
        rig.node.stop()

        let port = try Rig.freePort()
        let other = try Child(
            Binaries.path("platform-node"),
            [
                "standalone", "--home", rig.folder.path + "/other", "--rpc", "127.0.0.1:\(port)", "--block-interval",
                "300", "--chain-id", "wattseal-other", "--account", "\(rig.driver)=\(Rig.driverFunds)",
            ], name: "other-node", in: rig.folder)
        defer { other.stop() }
        let ready = try await other.ready()
        let url = try #require(ready["rpc"])
        let file = rig.folder.appendingPathComponent("wattseald.toml")
        let before = try String(contentsOf: file, encoding: .utf8)
        let ledger = """
            [ledger]
            chain_id = "wattseal-other"
            rpc = "\(url)"
            trust_height = \(try #require(ready["height"]))
            trust_hash = "\(try #require(ready["hash"]))"

            """
        let start = try #require(before.range(of: "[ledger]\n"))
        let end = try #require(before.range(of: "[[connector]]"))
        func configure(_ text: String) throws {
            try before.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: text)
                .write(to: file, atomically: true, encoding: .utf8)
        }
        // Without the owner's word the daemon does not start, and says what to state.
        try configure(ledger)
        try rig.startDaemon()
        try await rig.wait("the refusal", seconds: 30) { rig.daemon?.process.isRunning == false }
        #expect(rig.daemonLog.contains("moved_from = \"wattseal-test\""))
        try configure(ledger + "moved_from = \"wattseal-test\"\n")
        try rig.startDaemon()
        try await rig.wait("the move", seconds: 60) {
            try rig.records(chain: 1).contains { try string("kind", in: $0) == "open" } && (try? rig.status()) != nil
        }
        let export = rig.folder.path + "/moved.cose"
        try Rig.run("wattseal", ["records", "export", "--journal", rig.journal, "-o", export])
        func signed(_ who: String) -> [String] { ["--key", "\(rig.folder.path)/\(who).key", "--rpc", url] }
        let tariff = try Rig.run(
            "platform-node", ["wallet", "tariff", "--name", "Other", "--price", "\(Rig.price)"] + signed("owner"))
        let device = try Rig.run(
            "platform-node", ["wallet", "register-moved", "--export", export, "--tariff", tariff] + signed("owner"))
        try Rig.run(
            "platform-node",
            ["wallet", "grant", "--device", device, "--amount", "6000000", "--tariff", tariff] + signed("driver"))
        try await rig.chargeAgain(kwh: 1)
        let sessions = try rig.sessions()
        #expect(sessions.count == 2)
        for session in sessions { try rig.verifyReceipt(of: session) }
        try rig.verifyExport()
        // Every record of a session was acknowledged by its ledger; the closes were sent nowhere.
        for chain in 0...1 {
            for record in try rig.records(chain: chain) {
                let kind = try string("kind", in: record)
                if kind == "close" { #expect(try !bool("acknowledged", in: record)) }
                if ["genesis", "begin", "tick", "end", "open"].contains(kind) {
                    #expect(try bool("acknowledged", in: record), "\(record)")
                }
            }
        }
    }
}

extension Rig {
    fileprivate func ask(_ request: String) -> [String] { ["ask", "--socket", folder.path + "/control.sock", request] }

    fileprivate func verifyReceipt(of session: String) throws {
        let path = "\(folder.path)/\(session).receipt"
        try Self.run("wattseal", ["receipt", "--journal", journal, "--session", session, "-o", path])
        try Self.run("wattseal", ["verify", path])
    }

    /// The whole journal, by our verifier and by the one that shares no code with it.
    fileprivate func verifyExport() throws {
        let export = folder.path + "/whole.cose"
        try Self.run("wattseal", ["records", "export", "--journal", journal, "-o", export])
        try Self.run("wattseal", ["records", "verify", export])
        if let python = Binaries.python {
            try Self.run(python, ["\(Binaries.repository)/Tests/Peers/check_records.py", export])
        }
    }
}
