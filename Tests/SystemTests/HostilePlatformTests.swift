import Foundation
import FoundationNetworking
import HostilePlatform
import Testing

/// The whole daemon behind a platform that stands in front of a real node and is hostile in every way of the list, one after
/// another. What needs the validators' keys is not in this run.
@Suite("A hostile platform before the daemon", .serialized, .needsBinaries)
struct HostilePlatformTests {
    /// Cases that the daemon can meet in the middle of a run: it trusts a header, and asks for heads and grants again.
    static let cases = HostileCase.all.filter {
        $0.phase == .proving && !$0.needsKeys && !$0.needsNoGrant && $0.secondsLater == 0 && !$0.isSlow
    }

    @Test(
        "the daemon lives through every case, its control loop as punctual as before, and sells when the platform is honest"
    )
    func all() async throws {
        var platform: HostileServer?
        var options = Rig.Options()
        options.grant = 100_000_000
        options.ledgerURL = { node in
            let url = try #require(URL(string: node))
            let server = try await HostileServer { body in try await Self.ask(url, body) }
            platform = server
            return server.address
        }
        let rig = try await Rig(options)
        let server = try #require(platform)
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first acknowledged tick", seconds: 60) {
            try integer("ledger.paid_micro", in: rig.status()) > 0
        }
        let before = try timing(rig)
        var lines = 0
        for attack in Self.cases {
            lines += try await run(attack, rig, server)
        }
        let after = try timing(rig)
        let (periods, late) = (after.periods - before.periods, after.late - before.late)
        // A machine that others share holds the loop up now and then, whatever the platform does.
        #expect(late <= periods / 5_000, "\(late) of \(periods) periods began over 33 ms late")
        #expect(lines == Self.cases.count)
        #expect(try string("contactor", in: rig.plantStatus()) == "closed", "charging went on through all of them")
        // Honest again: the session's records are taken, and the next one is sold.
        let acknowledged = try integer("records.acknowledged_total", in: rig.status())
        try await rig.wait("the truth", seconds: 120) {
            try integer("records.acknowledged_total", in: rig.status()) > acknowledged
        }
        try rig.tell("unplug")
        try await rig.settled()
        try rig.tell("plug")
        try await rig.wait("another session", seconds: 90) {
            try string("contactor", in: rig.plantStatus()) == "closed"
        }
        try rig.tell("unplug")
        try await rig.settled()
        #expect(rig.daemon?.stop() == 0)
        print("hostile platform before the daemon: \(Self.cases.count) cases, \(late) of \(periods) periods late")
        try await server.stop()
    }

    /// One case, until its line is in the log; 1 if it came.
    private func run(_ attack: HostileCase, _ rig: Rig, _ server: HostileServer) async throws -> Int {
        // The look before may still be honest, and its records on their way: what counts begins with the first lie.
        server.be(attack)
        try await rig.wait("a lie: \(attack)", seconds: 120) { server.count.lies > 0 }
        let acknowledged = try integer("records.acknowledged_total", in: rig.status())
        let height = try integer("ledger.height", in: rig.status())
        try await rig.wait("the line of \(attack), \(attack.words)", seconds: 60) {
            rig.daemonLog.split(separator: "\n").contains { line in attack.words.allSatisfy { line.contains($0) } }
        }
        #expect(try integer("ledger.height", in: rig.status()) == height, "\(attack): a header was believed")
        if !attack.isBehindHeads {
            #expect(try integer("records.acknowledged_total", in: rig.status()) == acknowledged, "\(attack)")
        }
        #expect(rig.daemon?.process.isRunning == true, "\(attack): the daemon died")
        server.be(nil)
        let lies = server.count.requests
        try await rig.wait("honest answers after \(attack)", seconds: 120) {
            try server.count.requests > lies && bool("ledger.reachable", in: rig.status())
        }
        return 1
    }

    /// The periods so far, and those that began over 33 ms late: bucket n counts below 2^n microseconds.
    private func timing(_ rig: Rig) throws -> (periods: Int, late: Int) {
        let timing = try #require(rig.status()["timing"] as? [String: Any])
        let buckets = try #require(timing["lateness_log2_us"] as? [Int])
        return (try #require(timing["periods"] as? Int), buckets.dropFirst(16).reduce(0, +))
    }

    private static func ask(_ url: URL, _ body: [UInt8]) async throws -> [UInt8] {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (data, _) = try await URLSession.shared.data(for: request)
        return [UInt8](data)
    }
}
