import Foundation
import Testing

@testable import Metering

/// Generated replies through bus, decoder, second read and plausibility, in process and on virtual time, for every shipped
/// profile: 10 000 000 where `WATTSEAL_LONG` is set, 200 000 otherwise.
///
/// A meter that behaves (`ModelMeter`) counts a true energy; its replies are changed in every way of `ReplyMutation`. An
/// accepted reading is nonsense, and the test fails, unless all of this holds (`FuzzOracle`):
/// 1. It is the reading of its own replies: times and words are theirs, and the words decode to its import by plain arithmetic.
/// 2. The second read lies at or above it, by no more than P_max · (Δt + 1 s) · 1.2 and one step. So while either read is what
///    the register showed between request and reply, the reading is true, or too low by so much. It is never too high.
/// 3. Within a generation it is later than the one before, no lower, and higher by at most P_max · Δt · 1.2 and one step. Where
///    a scale factor makes its step, that is the same.
/// 4. Over a minute of reported power, energy rose by no more than 1.2 times what the greatest of these powers makes, and by no
///    less than 0.8 times what the least makes, give or take two steps.
/// 5. A generation begins with another identity, or with a register that fell.
///
/// What is left cannot be found out by reading: both reads wrong alike, within 3 and 4, or as the first of a generation, which
/// has nothing to be compared with. It is counted, and must be rare where nothing lies on purpose.
///
/// Nor may the bus hang: it asks again within a bounded number of steps, never waits for long, and when the line is well again
/// it reads a meter that it never misjudged within a minute. A meter without any fault is never refused.
///
/// `WATTSEAL_FUZZ_SEED` begins elsewhere; `WATTSEAL_FUZZ_HISTORY`, as a failure prints it, repeats one history.
@Suite struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let replies = environment["WATTSEAL_LONG"] != nil ? 10_000_000 : 200_000
    private static let repliesOfHistory = 600

    @Test func `no generated reply crashes the bus, holds it up, or makes it believe more than the bounds allow`()
        throws
    {
        let profiles = try ShippedProfiles.all()
        if let words = Self.environment["WATTSEAL_FUZZ_HISTORY"]?.split(separator: ":"), words.count == 2 {
            for (name, profile) in profiles where name == words[0] {
                print(try run(name, profile, try #require(UInt64(words[1]))).tally.report)
            }
            return
        }
        let seed = Self.environment["WATTSEAL_FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_261
        var seeds = SeededGenerator(seed: seed)
        var total = FuzzTally()
        let begin = Date()
        for (name, profile) in profiles {
            var ofProfile = FuzzTally()
            while ofProfile.replies < Self.replies / profiles.count {
                let history = try run(name, profile, seeds.next())
                ofProfile += history.tally
                guard history.breach == nil else { break }
            }
            #expect(ofProfile.truths > 0 && ofProfile.refused > 0, "\(name)")
            total += ofProfile
        }
        print("WATTSEAL_FUZZ_SEED=\(seed), \(Int(Date().timeIntervalSince(begin))) s\n\(total.report)")
        expectBalance(total)
    }

    private func run(_ name: String, _ profile: MeterProfile, _ seed: UInt64) throws -> FuzzHistory {
        var history = try FuzzHistory(profile, seed: seed)
        history.run(replies: Self.repliesOfHistory)
        history.recover()
        if let breach = history.breach { Issue.record("WATTSEAL_FUZZ_HISTORY=\(name):\(seed) \(breach)") }
        return history
    }

    /// A bus that accepts nothing, or refuses nothing, shows no other fault.
    private func expectBalance(_ tally: FuzzTally) {
        for mutation in ReplyMutation.allCases { #expect(tally[mutation].refusedEnergy > 0, "\(mutation)") }
        for mutation in ReplyMutation.ofWords { #expect(tally[mutation].acceptedRest > 0, "\(mutation)") }
        for mutation in [.late, .tooFast, .constantRise, .constantFall, .scaledEnergy, .frozenEnergy] as [ReplyMutation]
        {
            #expect(tally[mutation].acceptedEnergy > 0, "\(mutation)")
        }
        for mutation in ReplyMutation.ofLine + [.overdue] {
            #expect(tally[mutation].acceptedEnergy == 0, "\(mutation)")
        }
        #expect(tally.coincidences * 1_000 < tally.truths)
    }
}
