import ChargeControl
import ControlSoak
import Dispatch
import Glibc
import SoakArguments
import Synchronization

/// Runs random sequences of the control core against its oracle (docs/control-core.md, "Random sequences").
@main
struct ControlSoakCommand {
    static let usage = """
        usage: control-soak [--sequences N] [--from SEED] [--jobs N] [--require-coverage]
               control-soak --seed N [--trace]

        Each sequence lasts at least 120 s of virtual time. The first broken invariant ends the run with exit code 1 and
        names its seed, step and rule; --seed runs that one again, --trace prints every change of it.
        """

    static func main() {
        let arguments: SoakOptions
        do throws(ArgumentWords.Mistake) {
            arguments = try SoakOptions(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("control-soak: \(error.words)\n\(usage)")
            exit(2)
        }
        let run = SoakRun(from: arguments.from, count: arguments.sequences)
        let start = ContinuousClock.now
        print("seeds \(arguments.from) to \(arguments.from + arguments.sequences - 1), \(arguments.jobs) jobs")
        DispatchQueue.concurrentPerform(iterations: arguments.jobs) { _ in run.work(trace: arguments.trace) }
        let took = (ContinuousClock.now - start) / .milliseconds(1)
        let coverage = run.coverage
        if let failure = run.failure {
            let row = failure.code.map { " (\($0))" } ?? ""
            print("seed \(failure.seed), step \(failure.step): \(failure.breach.words)\(row)")
            print("again: control-soak --seed \(failure.seed) --trace")
            exit(1)
        }
        let report = SoakReport(coverage)
        report.printTable()
        report.printSums(milliseconds: took, jobs: arguments.jobs)
        if arguments.requiresCoverage, report.holes > 0 { exit(1) }
    }
}

/// The sequences of one run, handed out to its jobs one by one.
final class SoakRun: Sendable {
    private let next: Atomic<UInt64>
    private let end: UInt64
    private let state = Mutex<(coverage: Coverage, failure: SoakSequence.Failure?)>((Coverage(), nil))

    init(from: UInt64, count: UInt64) {
        next = Atomic(from)
        end = from + count
    }

    var coverage: Coverage { state.withLock { $0.coverage } }
    var failure: SoakSequence.Failure? { state.withLock { $0.failure } }

    /// Runs sequences until there are none left, or one has failed.
    func work(trace: Bool) {
        var coverage = Coverage()
        while true {
            let seed = next.add(1, ordering: .relaxed).oldValue
            guard seed < end else { break }
            do {
                var sequence = try SoakSequence(seed: seed)
                try sequence.run(into: &coverage, trace: trace ? { print($0) } : nil)
            } catch let failure as SoakSequence.Failure {
                // The lowest seed is told, so that two runs tell the same.
                state.withLock { if failure.seed < $0.failure?.seed ?? .max { $0.failure = failure } }
                next.store(end, ordering: .relaxed)
            } catch {
                print("seed \(seed): the configuration was refused: \(error)")
                exit(1)
            }
        }
        state.withLock { $0.coverage.add(coverage) }
    }
}
