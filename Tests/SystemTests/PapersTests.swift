import Foundation
import Testing

/// What is left in a driver's hand after a charge with real processes.
@Suite("A driver's papers", .serialized, .needsBinaries)
struct PapersTests {
    @Test(
        "the receipt, its sheet, its text and the OCMF record say one thing, and an independent tool verifies the last")
    func papers() async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try await rig.chargeAndSettle(kwh: 2)
        let session = try string("connector.session", in: rig.status())
        func path(_ name: String) -> String { "\(rig.folder.path)/\(name)" }
        let made = ["receipt", "--journal", rig.journal, "--session", session]
        try Rig.run("wattseal", made + ["-o", path("r"), "--html", path("r.html"), "--text", path("r.txt")])
        try Rig.run("wattseal", ["render", path("r"), "--html", path("again.html"), "--text", path("again.txt")])
        for name in ["html", "txt"] {
            let first = try Data(contentsOf: URL(filePath: path("r.\(name)")))
            #expect(try first == Data(contentsOf: URL(filePath: path("again.\(name)"))))
        }
        let text = try String(contentsOfFile: path("r.txt"), encoding: .utf8)
        let html = try String(contentsOfFile: path("r.html"), encoding: .utf8)
        #expect(text.contains("session       \(session)\n"))
        #expect(html.contains("Verified when this page was made"))
        #expect(html.contains("Warning: a simulation"))

        // The daemon signed the record at the end of the session, and a record that was changed is refused.
        try Rig.run("wattseal", made + ["--ocmf", "-o", path("r.ocmf")])
        let verified = try Rig.run("wattseal", ["verify", path("r.ocmf"), "--journal", rig.journal])
        #expect(verified.contains("page T1\n"))
        #expect(try Rig.run("wattseal", ["verify", path("r.ocmf"), "--receipt", path("r")]).contains("valid"))
        #expect(throws: RigError.self) { try Rig.run("wattseal", ["verify", path("r.ocmf")]) }
        var bytes = try Data(contentsOf: URL(filePath: path("r.ocmf")))
        bytes[40] ^= 1
        try bytes.write(to: URL(filePath: path("changed.ocmf")))
        #expect(throws: RigError.self) {
            try Rig.run("wattseal", ["verify", path("changed.ocmf"), "--receipt", path("r")])
        }
        guard let python = Binaries.python else { return }
        let key = try #require(verified.split(separator: "\n").first { $0.hasPrefix("P-256 key ") }).dropFirst(10)
        // DER SubjectPublicKeyInfo of a P-256 key, up to the point.
        let spki = "3059301306072a8648ce3d020106082a8648ce3d030107034200\(key)"
        let script = "\(Binaries.repository)/Tests/Peers/check_ocmf.py"
        let judged = try Rig.run(python, [script, spki, path("r.ocmf")])
        #expect(judged.contains("\"valid\": true"))
        // The plant is a simulation, so its register is claimed as no meter's.
        #expect(judged.contains("\"status\": [\"S\", \"S\"]"))
    }
}
