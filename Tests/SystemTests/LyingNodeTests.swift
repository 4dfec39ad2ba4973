import Foundation
import Testing

@Suite("A node that lies to the daemon", .serialized, .needsBinaries, .needsPython)
struct LyingNodeTests {
    /// Each lie, and the words of its own refusal in the daemon's log.
    static let lies = [
        ("app-hash", "not the one its commit signs"), ("signature", "commit signature invalid"),
        ("other-key", "proof for another key"), ("absence", "absence proof for another key"),
        ("replay", "replayed old header"),
    ]

    @Test("each lie is refused with its own words, nothing is acknowledged, and the truth is taken up again")
    func lies() async throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
            "lies-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let mode = folder.appendingPathComponent("mode")
        try say("honest", mode)
        var liar: Child?
        var options = Rig.Options()
        options.ledgerURL = { node in
            let child = try Child(
                #require(Binaries.python), ["\(Binaries.repository)/Tests/Peers/lying_node.py", node, mode.path],
                name: "liar", in: folder)
            liar = child
            return try #require(try await child.ready()["rpc"])
        }
        options.grant = 100_000_000
        let rig = try await Rig(options)
        defer {
            rig.end()
            liar?.killNow()
        }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first acknowledged tick", seconds: 60) {
            try integer("ledger.paid_micro", in: rig.status()) > 0
        }
        for (lie, words) in Self.lies {
            try say(lie, mode)
            // An answer that was on its way may still be honest.
            try await rig.wait("the refusal of \(lie)", seconds: 60) { rig.daemonLog.contains(words) }
            let line = try #require(rig.daemonLog.split(separator: "\n").last { $0.contains(words) })
            #expect(line.contains("nothing stored, nothing acknowledged"))
            let (acknowledged, height) = try state(rig)
            // Records go on being made; none of them is acknowledged on the word of a liar.
            let total = try integer("records.total", in: rig.status())
            try await rig.wait("another record", seconds: 60) { try integer("records.total", in: rig.status()) > total }
            #expect(try state(rig) == (acknowledged, height), "\(lie)")
            #expect(try string("contactor", in: rig.plantStatus()) == "closed", "\(lie): charging goes on")
            try say("honest", mode)
            try await rig.wait("the truth after \(lie)", seconds: 120) {
                try integer("records.acknowledged_total", in: rig.status()) > acknowledged
            }
        }
        try rig.tell("unplug")
        try await rig.settled()
        #expect(rig.daemon?.stop() == 0)
    }

    private func say(_ lie: String, _ file: URL) throws { try lie.write(to: file, atomically: true, encoding: .utf8) }

    private func state(_ rig: Rig) throws -> (Int, Int64) {
        let now = try rig.status()
        return (try integer("records.acknowledged_total", in: now), Int64(try integer("ledger.height", in: now)))
    }
}
