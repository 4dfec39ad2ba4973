import Foundation
import Testing

/// The maker's technician on a device's last day: an archive of it over the cable, and then its keys are destroyed.
@Suite("A device's last visit", .serialized, .needsBinaries)
struct LastVisitTests {
    private static let prompt = "wattseal> "

    private struct Visit {
        let workshop: Workshop
        let cable: SerialCable
        let rig: Rig

        init() async throws {
            workshop = try Workshop()
            try workshop.certify(role: "vendor")
            cable = try SerialCable()
            var options = Rig.Options()
            options.tables = """
                [shell]
                device = "\(cable.ends.0)"
                authorities = ["\(try workshop.publicKey("authority"))"]
                """
            rig = try await Rig(options)
            try await rig.chargeAndSettle(kwh: 1)
        }

        var login: [String] {
            ["--key", "\(workshop.path)/ada.pem", "--certificate", "\(workshop.path)/ada.cert", "--role", "vendor"]
        }

        func logIn(_ terminal: TechnicianTerminal) throws {
            terminal.type("\u{3}login\r")
            let shown = try terminal.read(until: "holds for")
            let challenge = try #require(shown.firstMatch(of: /challenge +([A-Za-z0-9+\/=]{100,})/)?.1, "\(shown)")
            try terminal.read(until: LastVisitTests.prompt)
            let answer = try Rig.run("service-station", ["login"] + login + ["--challenge", String(challenge)])
            terminal.type("login \(answer)\r")
            #expect(try terminal.read(until: LastVisitTests.prompt).contains("vendor"))
        }
    }

    @Test("an archive over the cable verifies, and keys that were destroyed sign nothing, also behind a restart")
    func lastDay() async throws {
        let visit = try await Visit()
        let rig = visit.rig
        defer { rig.end() }
        let file = rig.folder.path + "/archive.tar"
        try Rig.run("service-station", ["archive", visit.cable.ends.1, "-o", file] + visit.login)
        let verified = try Rig.run("wattseal", ["bundle", "verify", file])
        #expect(verified.contains("the device is named after this key"))
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        #expect(text.contains("status.json") && text.contains("\"kind\":\"tick\"") && !text.contains(rig.driver))
        #expect(try KeyMaterial(directory: rig.folder.path + "/device/keys").found(in: [UInt8](text.utf8)) == [])

        let device = try #require(verified.firstMatch(of: /of device ([0-9a-f]{64})/)?.1)
        let terminal = try TechnicianTerminal(visit.cable.ends.1)
        try visit.logIn(terminal)
        let strange = try terminal.confirm("key destroy 00000000", until: Self.prompt)
        #expect(strange.contains("expected the beginning of this device's id"), "\(strange)")
        let done = try terminal.confirm("key destroy \(device.prefix(8))", until: Self.prompt)
        #expect(done.contains("key destroy device="), "\(done)")
        terminal.type("key prove 00112233445566778899aabbccddeeff\r")
        #expect(try terminal.read(until: Self.prompt).contains("error"))
        try await rig.wait("the bar", seconds: 20) {
            try string("records.problem", in: rig.status()).contains("the device's keys were destroyed")
        }
        let records = try rig.records(chain: 0).map { "\($0)" }
        #expect(records.contains { $0.contains("key destroy") }, "that it was begun is on record")
        let names = try FileManager.default.contentsOfDirectory(atPath: rig.folder.path + "/device/keys")
        #expect(names.contains("destroyed") && !names.contains { $0.hasPrefix("epoch-") }, "\(names)")

        // No start makes new keys, and without keys nothing starts that could sell.
        #expect(rig.daemon?.stop() == 0)
        try rig.startDaemon()
        try await rig.wait("the daemon's end", seconds: 60) { rig.daemon?.hasEnded == true }
        #expect(try FileManager.default.contentsOfDirectory(atPath: rig.folder.path + "/device/keys") == names)
    }
}
