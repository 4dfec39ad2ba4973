import Foundation
import Testing

@Suite("Diagnostics archives of a running charger", .serialized, .needsBinaries)
struct DiagnosticsTests {
    /// What a fully configured device has to keep to itself, each under a name of its own.
    private static let markers = [
        "MARKER-comment", "MARKER-node-path", "MARKER-witness", "MARKER-wrap",
    ]

    private func configure(_ rig: Rig) throws {
        var text = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        let wrap = rig.folder.path + "/MARKER-wrap.secret"
        try Data((0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }).write(to: URL(fileURLWithPath: wrap))
        chmod(wrap, 0o600)
        text = text.replacingOccurrences(
            of: "rpc = \"\(rig.nodeURL)\"",
            with: """
                rpc = "\(rig.nodeURL)"
                witnesses = ["http://127.0.0.1:1/MARKER-witness/MARKER-node-path"]
                """)
        text += "\n# MARKER-comment\n[keys]\nwrap_secret = \"MARKER-wrap.secret\"\n"
        text += "[reader]\nsocket = \"reader.sock\"\n"
        try text.write(toFile: rig.configurationPath, atomically: true, encoding: .utf8)
    }

    @Test("it verifies here and in Python, and holds no secret of the device and no payer", .needsPython)
    func secrets() async throws {
        var options = Rig.Options()
        options.vouchers = true
        let rig = try await Rig(options)
        defer { rig.end() }
        try configure(rig)
        try rig.startDaemon()
        try await rig.wait("the daemon's status", seconds: 30) { (try? rig.status()) != nil }
        let file = rig.folder.path + "/diagnostics.tar"
        try Rig.run("wattseal", ["bundle", "--config", rig.configurationPath, "-o", file])

        let shown = try Rig.run("wattseal", ["key", "show", "--config", rig.configurationPath])
        let key = try #require(
            shown.split(separator: "\n").first { $0.hasPrefix("ed25519 ") }?.dropFirst("ed25519 ".count))
        let words = try Rig.run("wattseal", ["bundle", "verify", file, "--public-key", String(key)])
        #expect(words.contains("Verified"))
        let python = try #require(Binaries.python)
        let names = try Rig.run(
            python, ["\(Binaries.repository)/Tests/Peers/check_diagnostics.py", file, String(key)]
        ).split(separator: " ").map(String.init)
        for name in ["about.json", "configuration.txt", "faults.jsonl", "journal.json", "records.jsonl", "status.json"]
        {
            #expect(names.contains(name), "\(names)")
        }

        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("ledger.rpc = (removed)") && text.contains("\"kind\":\"genesis\""))
        // Markers stand in the configuration: the search can find them there.
        let configured = try String(contentsOfFile: rig.configurationPath, encoding: .utf8)
        for marker in Self.markers {
            #expect(configured.contains(marker))
            #expect(!text.contains(marker), "\(marker)")
        }
        for name in [rig.driver, rig.owner] { #expect(!text.contains(name), "\(name)") }
        let wrap = [UInt8](try Data(contentsOf: URL(fileURLWithPath: rig.folder.path + "/MARKER-wrap.secret")))
        #expect(!text.contains(wrap.map { String(format: "%02x", $0) }.joined()))

        var changed = bytes
        changed[bytes.count / 2] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: file))
        #expect(throws: RigError.self) { try Rig.run("wattseal", ["bundle", "verify", file]) }
        #expect(rig.daemon?.stop() == 0)
    }

    @Test("after a session: its records without the payer, and no private key in any form")
    func session() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 1)
        try Rig.run(
            "wattseal", ["ask", "--socket", rig.folder.path + "/control.sock", "recording", "1"])
        try await rig.wait("the flight recording", seconds: 60) {
            let folder = rig.folder.path + "/device/flight"
            return try FileManager.default.contentsOfDirectory(atPath: folder).contains { $0.hasSuffix(".flight") }
        }
        let file = rig.folder.path + "/diagnostics.tar"
        try Rig.run("wattseal", ["bundle", "--config", rig.configurationPath, "-o", file, "--records", "50"])
        let keys = try KeyMaterial(directory: rig.folder.path + "/device/keys")
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(keys.found(in: bytes) == [])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("\"kind\":\"tick\"") && text.contains("flight/"))
        let begin = try #require(try rig.records(chain: 1).first { try string("kind", in: $0) == "begin" })
        for name in ["body.payer", "body.grant"] { #expect(!text.contains(try string(name, in: begin)), "\(name)") }
        #expect(!text.contains(rig.driver))

        // Without a daemon there is no signer of its: the archive says what is missing, and is not signed.
        #expect(rig.daemon?.stop() == 0)
        #expect(throws: RigError.self) {
            try Rig.run("wattseal", ["bundle", "--config", rig.configurationPath, "-o", file])
        }
        try Rig.run("wattseal", ["bundle", "--config", rig.configurationPath, "-o", file, "--unsigned"])
        let late = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        #expect(late.contains("\"missing\":{\"status.json\":"))
        #expect(throws: RigError.self) { try Rig.run("wattseal", ["bundle", "verify", file]) }
    }
}
