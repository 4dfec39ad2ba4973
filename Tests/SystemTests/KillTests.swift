import Foundation
import Testing

@Suite("SIGKILL while the plant runs on", .serialized, .needsBinaries, .needsPython, .needsLoopDevices, .needsStrace)
struct KillTests {
    /// DECISIONS: the coil gate drops 100 to 200 ms after its last pulse; the contactor needs 20 ms more.
    static let gateLimit = 250_000_000

    /// Who dies, and when.
    enum Victim: CaseIterable {
        case daemon, signer, both
        /// The daemon, when it is about to write: what it writes was signed, perhaps, and the signer lives on with it.
        case daemonBeforeWrite
        /// The signer, when it is about to answer: it has signed, and nobody knows.
        case signerBeforeAnswer
    }

    /// 25 kills; 1,000 where `WATTSEAL_LONG` is set; as many as `WATTSEAL_KILLS` says.
    @Test("daemon, signer and both killed at random moments: no kWh lost, none twice, no number with two contents")
    func kills() async throws {
        let seed = UInt64.random(in: .min ... .max)
        let environment = ProcessInfo.processInfo.environment
        let standard = environment["WATTSEAL_LONG"] != nil ? 1_000 : 25
        let count = environment["WATTSEAL_KILLS"].flatMap { Int($0) } ?? standard
        print("\(count) kills, seed \(seed)")
        do { try await kills(seed: seed, count: count) } catch { Issue.record("seed \(seed): \(error)") }
    }

    private func kills(seed: UInt64, count: Int) async throws {
        let house = try await House()
        defer { house.end() }
        var random = SplitMix(seed: seed)
        var died: [Victim: Int] = [:]
        for number in 1...count {
            try await Task.sleep(for: .milliseconds(Int(random.next() % 3_000)))
            let victim = Victim.allCases[number % Victim.allCases.count]
            do {
                if try await house.kill(victim, occurrence: 1 + Int(random.next() % 3)) {
                    died[victim, default: 0] += 1
                }
                try house.checkUnchanged()
            } catch {
                throw RigError.failed("kill \(number), \(victim): \(error)")
            }
            // Let it come back to charging now and then; the other kills may hit the start itself.
            if number % 4 == 0 { try await house.charging("kill \(number)") }
            if number % 50 == 0 { print("\(number) kills") }
        }
        try await house.charging("the last kill")
        try await Task.sleep(for: .seconds(4))
        try house.rig.tell("unplug")
        try await house.rig.settled()
        try house.check()
        print(died.map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", "))
        #expect(died.count == Victim.allCases.count, "each kind of death was met")
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
