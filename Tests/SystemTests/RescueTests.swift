import Foundation
import Testing

/// A charger whose slots are both damaged: the launcher lets a technician in, who brings a release that starts.
@Suite("Rescue where no slot starts", .serialized, .needsBinaries)
struct RescueTests {
    private let workshop: Workshop
    private let cable: SerialCable

    init() throws {
        workshop = try Workshop()
        try workshop.certify()
        cable = try SerialCable()
    }

    /// A house whose charger has run from its first slot once, and has stopped.
    private func house() async throws -> Rig {
        var options = Rig.Options()
        options.grant = 0
        options.tables = try workshop.tables(device: cable.ends.0)
        let rig = try await Rig(options)
        _ = try workshop.launcher(["first-slot", workshop.bundle("1.0", counter: 2)])
        let daemon = try workshop.daemon(of: rig, name: "first")
        defer { daemon.killNow() }
        try await rig.registerAndGrant()
        try await rig.wait("records without a problem", seconds: 60) {
            try string("records.problem", in: rig.status()).isEmpty
        }
        #expect(daemon.stop() == 0)
        return rig
    }

    /// A bit of the slot's program flips where it lies.
    private func rot(_ slot: String) throws {
        let file = "\(workshop.path)/slots/\(slot)/files/bin/wattseald"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[0] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
    }

    private func log(_ name: String, of rig: Rig) throws -> String {
        try String(contentsOf: rig.folder.appendingPathComponent("\(name).log"), encoding: .utf8)
    }

    @Test("a technician finds out why, is refused what nobody can answer, brings a release, and is on record for it")
    func rescue() async throws {
        let rig = try await house()
        defer { rig.end() }
        let updater = try workshop.updater(in: rig.folder)
        defer { updater.stop() }
        let device = try string("device", in: rig.records(chain: 0)[0])
        try rot("a")
        let rescue = try workshop.daemon(of: rig, name: "rescue", rescue: true)
        defer { rescue.killNow() }
        try await rig.wait("the shell", seconds: 30) { try log("rescue", of: rig).contains("service shell on") }

        // Whoever comes with a terminal and nothing else.
        let terminal = try TechnicianTerminal(cable.ends.1)
        try terminal.read(until: "RESCUE: no slot may start")
        terminal.type("ident\r")
        let identity = try terminal.read(until: "rescue ")
        #expect(identity.contains(device), "\(identity)")
        terminal.type("term dumb\rhelp\r")
        let help = try terminal.read(until: "fw verify  ")
        #expect(help.contains("[no firmware runs; ident says more]"), "\(help)")

        // By the maker's tool: refused what is no better than what is there, and what the ledger would have to prove.
        let old = try workshop.bundle("0.9", counter: 1)
        #expect(words { try workshop.send(old, to: cable.ends.1) }.contains("lies below the device's floor 2"))
        let good = try workshop.bundle("1.1", counter: 3)
        let unproved = words { try workshop.send(good, to: cable.ends.1, ["--activate"]) }
        #expect(unproved.contains("the ledger is not asked while no firmware runs"), "\(unproved)")
        // What came in does not start by itself.
        #expect(words { _ = try workshop.launcher(["settle"]) }.contains("it does not start by itself"))
        try workshop.send(good, to: cable.ends.1, ["--activate", "--override"])
        #expect(try !log("rescue", of: rig).contains("error"))
        #expect(rescue.stop() == 0)

        let second = try workshop.daemon(of: rig, name: "second", rescue: true)
        defer { second.killNow() }
        try await rig.wait("the trial to be confirmed", seconds: 180) {
            try log("second", of: rig).contains("is confirmed")
        }
        #expect(try workshop.launcher(["show"]) == "slot b, 1.1")
        try await rig.wait("the actions on record", seconds: 60) {
            try self.actions(of: rig).contains { $0.contains("fw activate override") && $0.contains("done") }
        }
        let actions = try self.actions(of: rig)
        for action in ["login", "fw recv", "fw verify", "fw activate override"] {
            #expect(actions.contains { $0.contains(action) && $0.contains("Ada") }, "\(action): \(actions)")
        }
        #expect(second.stop() == 0)
    }

    private func actions(of rig: Rig) throws -> [String] {
        try rig.records(chain: 0).map { "\($0)" }.filter { $0.contains("Ada") }
    }

    @Test("without an updater in the configuration nothing starts, and whoever supervises hears that it is for good")
    func none() async throws {
        let rig = try await Rig(Rig.Options())
        defer { rig.end() }
        _ = try workshop.launcher(["first-slot", workshop.bundle("1.0", counter: 2)])
        try rot("a")
        let rescue = try workshop.daemon(of: rig, name: "rescue", rescue: true)
        rescue.process.waitUntilExit()
        #expect(rescue.process.terminationStatus == 78)
        #expect(try log("rescue", of: rig).contains("expected an updater, found none"))
    }

    /// What a failed command said.
    private func words(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }
}
