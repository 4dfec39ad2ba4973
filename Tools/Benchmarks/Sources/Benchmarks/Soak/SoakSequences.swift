import ControlSoak
import Dispatch
import Glibc
import Synchronization

/// Independent random sequences of the control core, each with a charger, a car and a user of its own, restarts among them; an
/// oracle that shares no code with the core judges every step by the core's inputs and outputs.
enum SoakSequences {
    private struct Sum {
        var coverage = Coverage()
        var broken = 0
        /// Of the lowest seed that broke.
        var first: (seed: UInt64, words: String)?
    }

    /// So many, from seed 1 on.
    static func figure(count: UInt64) throws -> Figure {
        let jobs = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let sum = Mutex(Sum())
        let next = Atomic<UInt64>(1)
        let start = Stopwatch.process.now()
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            var own = Coverage()
            while case let seed = next.add(1, ordering: .relaxed).oldValue, seed <= count {
                do {
                    var sequence = try SoakSequence(seed: seed)
                    try sequence.run(into: &own, trace: nil)
                } catch {
                    let words = "\(error)"
                    sum.withLock { sum in
                        sum.broken += 1
                        if seed < sum.first?.seed ?? .max { sum.first = (seed, words) }
                    }
                }
            }
            sum.withLock { $0.coverage.add(own) }
        }
        let time = Double(Stopwatch.process.now() - start)
        let (coverage, broken, first) = sum.withLock { ($0.coverage, $0.broken, $0.first) }
        if let first {
            Benchmarks.say("benchmarks: soak: sequence \(first.seed): \(first.words)\n", to: STDERR_FILENO)
        }
        return Figure(
            "soak sequences", .time(.process), [time / Double(max(coverage.steps, 1))],
            against: "nothing: a step with its surroundings and its judgement",
            aims: [.count("broken invariants", atMost: 0)],
            counts: [
                ("sequences", Double(count)), ("steps", Double(coverage.steps)),
                ("virtual days", Double(coverage.steps) / Double(86_400 * 200)),
                ("sessions", Double(coverage.sessions)), ("restarts", Double(coverage.restarts)),
                ("faults", Double(coverage.troubles[2])), ("broken invariants", Double(broken)),
            ])
    }
}
