import Foundation
import Testing

@Suite("A meter that changes in mid-session, with real processes", .serialized, .needsBinaries)
struct CounterTests {
    @Test(
        "the records say what happened, bill what was measured, and the ledger takes them", .needsPython,
        arguments: [
            (["meter reset"], ["reset", "end"]),
            (["meter serial 4711", "meter set-import 5000000000"], ["end", "meterChange"]),
            (["meter factor 1500"], ["end"]),
        ])
    func changes(commands: [String], kinds: [String]) async throws {
        let rig = try await Rig()
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first tick", seconds: 60) { try rig.kinds().contains("tick") }
        let before = try integer("session_mwh", in: rig.plantStatus())
        for command in commands { try rig.tell(command) }
        try await rig.wait("the end", seconds: 60) { try rig.kinds().contains("end") }
        try await rig.wait("the contactor", seconds: 10) { try string("contactor", in: rig.plantStatus()) == "open" }
        try rig.tell("unplug")
        try await rig.wait("what follows", seconds: 30) { try Array(rig.kinds().suffix(kinds.count)) == kinds }
        try await rig.settled()

        let end = try #require(try rig.records(chain: 1).last { try string("kind", in: $0) == "end" })
        #expect(try string("body.reason", in: end) == "meterDistrust")
        // Measured rightly at full speed, and at most what a poll and its repetitions leave open.
        let energy = try integer("body.energy_mwh", in: end)
        let poll = 22_080_000 * rig.options.energyFactor / 3_600 * 2
        #expect((before - poll...before + poll).contains(energy), "\(energy) mWh, measured rightly \(before)")
        let paid = energy * Rig.price / 1_000_000
        #expect(try rig.balance(of: rig.owner) == paid - paid * 250 / 10_000)
        #expect(rig.daemon?.stop() == 0)
        try rig.verifyExport()
    }
}

extension Rig {
    /// The kinds in connector 1's chain, without events.
    fileprivate func kinds() throws -> [String] {
        try records(chain: 1).map { try string("kind", in: $0) }.filter { $0 != "event" }
    }

    /// All records, by a verifier that is not ours.
    fileprivate func verifyExport() throws {
        let export = folder.path + "/export"
        try Self.run("wattseal", ["records", "export", "--journal", journal, "-o", export])
        try Self.run("wattseal", ["records", "verify", export])
        try Self.run(#require(Binaries.python), ["\(Binaries.repository)/Tests/Peers/check_records.py", export])
    }
}
