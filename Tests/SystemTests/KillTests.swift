import Foundation
import Testing

@Suite("SIGKILL while the plant runs on", .serialized, .needsBinaries)
struct KillTests {
    /// DECISIONS: the coil gate drops 100 to 200 ms after its last pulse; the contactor needs 20 ms more.
    static let gateLimit = 250_000_000

    @Test("20 kills of the daemon at random moments: no kWh lost, none twice, contactor open after each")
    func killDaemon() async throws {
        let seed = UInt64.random(in: .min ... .max)
        print("seed \(seed)")
        do { try await kills(seed: seed, count: 20) } catch { Issue.record("seed \(seed): \(error)") }
    }

    private func kills(seed: UInt64, count: Int) async throws {
        var random = SplitMix(seed: seed)
        var options = Rig.Options()
        options.meter = "iem3155"
        options.grant = 400_000_000
        let rig = try await Rig(options)
        defer { rig.end() }
        try rig.startDaemon()
        try await rig.registerAndGrant()
        let start = try inSteps(integer("meter_import_mwh", in: rig.plantStatus()))
        try rig.tell("want on")
        try rig.tell("plug")
        try await rig.wait("the first closing", seconds: 30) { try closed(rig) }

        for kill in 1...count {
            try await Task.sleep(for: .milliseconds(Int(random.next() % 6_000)))
            let before = try rig.plantStatus()
            rig.daemon?.killNow()
            try await rig.wait("the contactor to open", seconds: 5) { try !closed(rig) }
            let after = try rig.plantStatus()
            if try string("contactor", in: before) == "closed" {
                let delay = try integer("last_opened_ns", in: after) - integer("last_pulse_ns", in: after)
                #expect(delay <= Self.gateLimit, "kill \(kill): opened \(delay) ns after the last pulse")
            }
            let operations = try integer("operations", in: after)
            let begins = try records(of: ["begin", "resume"], rig)
            #expect(
                operations <= begins, "kill \(kill): closed \(operations) times on \(begins) begin and resume records")
            try rig.startDaemon()
            if kill % 4 == 0 {
                // Let it come back to charging now and then; the other kills may hit the start itself.
                try await rig.wait("charging after kill \(kill)", seconds: 60) { try closed(rig) }
            }
        }
        try await rig.wait("charging after the last kill", seconds: 60) { try closed(rig) }
        try await Task.sleep(for: .seconds(4))
        try rig.tell("unplug")
        try await rig.settled()
        try check(rig, start: start)
        #expect(rig.daemon?.stop() == 0)
    }

    /// Records, meter and money tell one story.
    private func check(_ rig: Rig, start: Int) throws {
        let records = try rig.records(chain: 1)
        var register = start
        var energy = 0
        var paid = 0
        var owner = 0
        var begun: [String: Any]?
        for record in records {
            switch try string("kind", in: record) {
            case "begin":
                #expect(begun == nil, "a session begins inside another")
                // No energy flowed outside a session: it begins where the last one ended.
                #expect(try integer("body.reading.import_mwh", in: record) == register)
                begun = record
            case "end":
                let begin = try #require(begun, "an end without a begin")
                register = try integer("body.reading.import_mwh", in: record)
                let used = try integer("body.energy_mwh", in: record)
                #expect(try used == register - integer("body.reading.import_mwh", in: begin))
                energy += used
                let price = used * Rig.price / 1_000_000
                paid += price
                owner += price - price * 250 / 10_000
                begun = nil
            default: continue
            }
        }
        #expect(begun == nil, "the last session has no end")
        let truth = try inSteps(integer("meter_import_mwh", in: rig.plantStatus()))
        #expect(register == truth, "the last end is at \(register) mWh, the meter at \(truth) mWh")
        #expect(energy == truth - start)
        // To the last microunit: each session rounds its price and the platform's share of it down.
        #expect(try rig.balance(of: rig.owner) == owner)
        #expect(try rig.balance(of: rig.driver) == Rig.driverFunds - rig.options.grant)
        let sessions = try records.filter { try string("kind", in: $0) == "begin" }.count
        let restarts = try records.filter {
            try string("kind", in: $0) == "end" && string("body.reason", in: $0) == "restart"
        }
        print("\(sessions) sessions, \(restarts.count) ended by a restart, \(energy) mWh, paid \(paid)")
    }

    /// The plant's register as this meter shows it: whole watt-hours.
    private func inSteps(_ register: Int) -> Int { register / 1_000 * 1_000 }

    private func closed(_ rig: Rig) throws -> Bool { try string("contactor", in: rig.plantStatus()) == "closed" }

    private func records(of kinds: Set<String>, _ rig: Rig) throws -> Int {
        try rig.records(chain: 1).filter { try kinds.contains(string("kind", in: $0)) }.count
    }
}

/// A small seeded generator (SplitMix64), so that a printed seed replays the moments of the kills.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
