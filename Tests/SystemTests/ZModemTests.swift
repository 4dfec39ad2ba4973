import Foundation
import Testing

/// A release over a serial line, from a terminal that knows ZMODEM and nothing of this charger.
@Suite("A release by ZMODEM", .serialized, .needsBinaries, .needsZModem)
struct ZModemTests {
    private static let transfers = ProcessInfo.processInfo.environment["WATTSEAL_LONG"] == nil ? 3 : 20
    private static let ready = "gives up\r\n"
    private static let prompt = "wattseal> "

    /// A charger with an updater, and a technician who is logged in.
    private final class Bench {
        let workshop: Workshop
        let rig: Rig
        let terminal: TechnicianTerminal
        private let cable: SerialCable
        private let updater: Child
        var daemon: Child
        var folder: String { rig.folder.path + "/device/transfer" }
        var inbox: String { workshop.path + "/slots/inbox/bundle" }

        init() async throws {
            workshop = try Workshop()
            try workshop.certify()
            cable = try SerialCable()
            var options = Rig.Options()
            options.grant = 0
            options.tables = try workshop.tables(device: cable.ends.0)
            rig = try await Rig(options)
            _ = try workshop.launcher(["first-slot", workshop.bundle("1.0", counter: 2)])
            updater = try workshop.updater(in: rig.folder)
            daemon = try workshop.daemon(of: rig, name: "first")
            terminal = try TechnicianTerminal(cable.ends.1)
            try await rig.registerAndGrant()
            let rig = rig
            try await rig.wait("records without a problem", seconds: 60) {
                try string("records.problem", in: rig.status()).isEmpty
            }
        }

        func logIn() throws {
            terminal.type("\u{3}login\r")
            let shown = try terminal.read(until: "holds for")
            let challenge = try #require(shown.firstMatch(of: /challenge +([A-Za-z0-9+\/=]{100,})/)?.1, "\(shown)")
            try terminal.read(until: ZModemTests.prompt)
            let answer = try Rig.run(
                "service-station",
                [
                    "login", "--key", "\(workshop.path)/ada.pem", "--certificate", "\(workshop.path)/ada.cert",
                    "--role", "commission", "--challenge", String(challenge),
                ])
            terminal.type("login \(answer)\r")
            #expect(try terminal.read(until: ZModemTests.prompt).contains("commission"))
        }

        /// Waits until something of a file has come in.
        func waitForBytes() throws {
            for _ in 0..<6_000 {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
                let sizes = names.compactMap { name in
                    try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int
                }
                if sizes.contains(where: { $0 > 0 }) { return }
                usleep(10_000)
            }
            throw RigError.late("nothing comes in")
        }

        /// Processes that work in the folder of transfers.
        func receivers() -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd"))?.hasPrefix(folder)
                    ?? false
            }
        }

        func end() {
            daemon.killNow()
            updater.killNow()
            rig.end()
        }
    }

    @Test("transfers of 4 MiB come in identical, one behind the other, and what came in last is unpacked")
    func transfers() async throws {
        let bench = try await Bench()
        defer { bench.end() }
        try bench.logIn()
        // Two that differ: a bundle that is there already is not received again.
        let bundles = try [("1.1", 3), ("1.2", 4)].map {
            try bench.workshop.bundle($0.0, counter: $0.1, ballast: 4 << 20)
        }
        for number in 1...Self.transfers {
            let bundle = bundles[number % 2]
            _ = try bench.terminal.confirm("fw recv zmodem", until: Self.ready)
            let sender = try bench.terminal.send(bundle)
            sender.waitUntilExit()
            #expect(sender.terminationStatus == 0, "transfer \(number)")
            let shown = try bench.terminal.read(until: Self.prompt)
            #expect(shown.contains("fw recv zmodem"), "transfer \(number): \(shown)")
            let (sent, found) = (
                FileManager.default.contents(atPath: bundle), FileManager.default.contents(atPath: bench.inbox)
            )
            #expect(sent != nil && sent == found, "transfer \(number)")
            #expect(!FileManager.default.fileExists(atPath: bench.folder), "transfer \(number)")
            #expect(bench.receivers().isEmpty)
        }
        #expect(try bench.terminal.confirm("fw verify", until: Self.prompt).contains("fw verify"))
        bench.terminal.type("fw status\r")
        let status = try bench.terminal.read(until: Self.prompt)
        #expect(status.contains("bootable") && status.contains(Self.transfers % 2 == 1 ? "1.2" : "1.1"), "\(status)")
        #expect(try bench.workshop.launcher(["show"]) == "slot a, 1.0", "nothing starts because of it")
    }

    @Test(
        "a transfer that is cut, or no bundle, leaves nothing; the next one goes through; a kill leaves nothing that runs"
    )
    func cuts() async throws {
        let bench = try await Bench()
        defer { bench.end() }
        try bench.logIn()
        let bundle = try bench.workshop.bundle("1.1", counter: 3, ballast: 4 << 20)

        _ = try bench.terminal.confirm("fw recv zmodem", until: Self.ready)
        let cut = try bench.terminal.send(bundle)
        try bench.waitForBytes()
        kill(cut.processIdentifier, SIGKILL)
        cut.waitUntilExit()
        // What a person does then.
        bench.terminal.type(String(repeating: "\u{18}", count: 8))
        #expect(try bench.terminal.read(until: Self.prompt).contains("error: not received: the sender gave up"))
        #expect(!FileManager.default.fileExists(atPath: bench.folder) && bench.receivers().isEmpty)

        let strange = bench.workshop.path + "/strange"
        try String(repeating: "no bundle\r", count: 1_000).write(toFile: strange, atomically: true, encoding: .utf8)
        _ = try bench.terminal.confirm("fw recv zmodem", until: Self.ready)
        try bench.terminal.send(strange).waitUntilExit()
        #expect(try bench.terminal.read(until: Self.prompt).contains("error: not received: no bundle"))
        #expect(!FileManager.default.fileExists(atPath: bench.folder))

        _ = try bench.terminal.confirm("fw recv zmodem", until: Self.ready)
        let sender = try bench.terminal.send(bundle)
        sender.waitUntilExit()
        #expect(try bench.terminal.read(until: Self.prompt).contains("fw recv zmodem"))
        #expect(
            FileManager.default.contents(atPath: bundle) == FileManager.default.contents(atPath: bench.inbox))

        _ = try bench.terminal.confirm("fw recv zmodem", until: Self.ready)
        let killed = try bench.terminal.send(try bench.workshop.bundle("1.2", counter: 4, ballast: 4 << 20))
        try bench.waitForBytes()
        bench.daemon.killNow()
        kill(killed.processIdentifier, SIGKILL)
        killed.waitUntilExit()
        for _ in 0..<3_000 where !bench.receivers().isEmpty { usleep(10_000) }
        #expect(bench.receivers().isEmpty, "the receiver ended with the firmware")
        #expect(FileManager.default.fileExists(atPath: bench.folder))
        bench.daemon = try bench.workshop.daemon(of: bench.rig, name: "second")
        try bench.terminal.read(until: Self.prompt)
        #expect(!FileManager.default.fileExists(atPath: bench.folder), "the next start removes what a kill has left")
    }
}
