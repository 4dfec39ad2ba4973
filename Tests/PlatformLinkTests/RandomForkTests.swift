import LedgerSamples
import LightClient
import NIOConcurrencyHelpers
import Testing

@testable import PlatformLink

/// Networks drawn from a seed: validators that change, forks anywhere, liars on either side.
@Suite("Random forks")
struct RandomForkTests {
    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    @Test("are found where the primary's way first leaves the other, with evidence that names who signed")
    func forks() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("random forks: seed \(seed)")
        var random = Generator(state: seed)
        for round in 0..<12 {
            let every = Int.random(in: 3...12, using: &random)
            let fork = Int64.random(in: 2...60, using: &random)
            let primaryLies = Bool.random(using: &random)
            let honest = try Forks.chain(60, rotating: every)
            let lie = try Forks.lunatic(honest, from: fork, rotating: every)
            var nodes = [Forks.node("a", primaryLies ? lie : honest), Forks.node("b", primaryLies ? honest : lie)]
            // A bystander that says nothing, or agrees with the primary.
            let bystander = Forks.node("c", primaryLies ? lie : honest)
            if Bool.random(using: &random) { bystander.with { $0.mood = .silent } }
            nodes.append(bystander)
            let network = try Network(
                nodes, anchor: try #require(honest.blocks[1]),
                now: try #require(honest.newest?.header.time.advanced(byNanoseconds: 1_000_000_000)))
            let what: Comment = "seed \(seed) round \(round): every \(every), fork \(fork), primary lies \(primaryLies)"
            guard case .trustHalted(let halt)? = await Network.failure(try network.synchroniser()) else {
                Issue.record(what)
                continue
            }
            // The primary's way: what its verdicts of success say.
            let way = network.progress.withLockedValue { progress in
                progress.compactMap { step -> Int64? in
                    guard case .decided(let decided) = step, decided.verdict == .success else { return nil }
                    return decided.untrusted
                }
            }
            let common = way.last { $0 < fork } ?? 1
            #expect(halt.divergence.commonHeight == common, what)
            #expect(halt.divergence.primaryHeight == way.first { $0 >= fork }, what)
            #expect(halt.divergence.primaryHeight == halt.divergence.witnessHeight, what)
            #expect(try network.stored() == 1, what)
            let first = try #require(network.reports.first, what)
            #expect(first.to == nodes[1].endpoint, what)
            #expect(first.evidence.kind == .lunatic, what)
            #expect(first.evidence.commonHeight == common, what)
            // Only those who stood at the common height can be charged, and those who signed are.
            let members = try #require(honest.blocks[common]).validators
            let signers = first.evidence.conflicting.validators.validators.map(\.address)
            #expect(
                Set(first.evidence.byzantine.map(\.address))
                    == Set(members.validators.map(\.address)).intersection(signers), what)
            #expect(network.reports.count == 2, what)
        }
    }
}
