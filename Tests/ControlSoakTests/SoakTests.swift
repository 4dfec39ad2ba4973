import ChargeControl
import Testing

@testable import ControlSoak

/// Some of the random sequences that `Tools/test --long` runs by the hundred thousand (docs/control-core.md).
@Suite struct SoakTests {
    /// Sequences that once broke an invariant, and what was wrong then.
    static let regressions: [(seed: UInt64, was: String)] = [
        (324, "a hard shutdown's wear record missed its own opening under load"),
        (360, "the oracle freed a plug that the program before had left locked on a weld, before it was seen dead"),
        (34_368, "a bench board whose feedback fell silent for a step began a session in the midst of a self-test"),
        (45_028, "the same with three phases"),
        (73_527, "the oracle asked a bench board that never saw its contactor for a self-test"),
    ]

    private func run(_ seed: UInt64, into coverage: inout Coverage) throws {
        do {
            var sequence = try SoakSequence(seed: seed)
            try sequence.run(into: &coverage)
        } catch let failure as SoakSequence.Failure {
            Issue.record(
                """
                seed \(failure.seed), step \(failure.step): \(failure.breach.words) \(failure.code.map { "\($0)" } ?? ""); \
                again: control-soak --seed \(failure.seed) --trace
                """)
        }
    }

    @Test(arguments: regressions.map(\.seed))
    func aSequenceThatOnceBroke(seed: UInt64) throws {
        var coverage = Coverage()
        try run(seed, into: &coverage)
    }

    @Test func randomSequences() throws {
        var coverage = Coverage()
        for seed in UInt64(1)...40 { try run(seed, into: &coverage) }
        // Without these the invariants would hold of a charger that never charges.
        #expect(coverage.closings >= 50)
        #expect(coverage.ends >= 25)
        #expect(coverage.testClosings >= 10)
        #expect(coverage.troubles.allSatisfy { $0 >= 20 }, "\(coverage.troubles)")
    }

    /// One sequence in eight has a technician: tests in service mode, and whatever comes into them.
    @Test func sequencesWithATechnician() throws {
        var coverage = Coverage()
        for seed in stride(from: UInt64(1_005), through: 1_245, by: 8) { try run(seed, into: &coverage) }
        #expect(coverage.sequences == 31 && coverage.testClosings >= 100, "\(coverage.testClosings)")
    }

    @Test func theSameSeedIsTheSameSequence() throws {
        var first: [String] = []
        var second: [String] = []
        var coverage = Coverage()
        var sequence = try SoakSequence(seed: 7)
        try sequence.run(into: &coverage, trace: { first.append($0) })
        sequence = try SoakSequence(seed: 7)
        try sequence.run(into: &coverage, trace: { second.append($0) })
        #expect(first == second)
        #expect(first.count > 20)
    }

    /// Every sequence has at least eight events, whatever its seed.
    @Test func everySequenceHasItsEvents() throws {
        for seed in UInt64(200)...205 {
            var coverage = Coverage()
            try run(seed, into: &coverage)
            #expect(coverage.troubles.reduce(0, +) >= 8)
            #expect(coverage.steps >= 24_000)
        }
    }
}
