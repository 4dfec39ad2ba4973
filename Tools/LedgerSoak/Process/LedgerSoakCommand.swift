import Dispatch
import Glibc
import LedgerSoak
import SoakArguments

/// Runs random worlds of the ledger's transition function under a second opinion.
@main
struct LedgerSoakCommand {
    static let usage = """
        usage: ledger-soak [--transactions N] [--steps N] [--seed N] [--jobs N]
               ledger-soak --world SEED [--steps N] [--trace]

        Each world has its own people, chargers and relays, honest and dishonest, and so many transactions as --steps says. The
        first broken invariant ends the run with exit code 1 and names its world; --world runs that one again.
        """

    static func main() {
        let arguments: SoakOptions
        do throws(ArgumentWords.Mistake) {
            arguments = try SoakOptions(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("ledger-soak: \(error.words)\n\(usage)")
            exit(2)
        }
        let run = SoakRun(arguments)
        let start = ContinuousClock.now
        print("worlds \(arguments.from) to \(arguments.from + arguments.worlds - 1), \(arguments.jobs) jobs")
        DispatchQueue.concurrentPerform(iterations: arguments.jobs) { _ in run.work(trace: arguments.trace) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if let failure = run.failure {
            print("world \(failure.seed): \(failure.words)")
            if !arguments.trace {
                print("again: ledger-soak --world \(failure.seed) --steps \(run.shortest(failure)) --trace")
            }
            exit(1)
        }
        let tally = run.tally
        print(tally.text)
        print("\(Int(seconds)) s, \(Int(Double(tally.transactions) / max(seconds, 0.001))) transactions a second")
        let blind = tally.blindSpots
        guard blind.isEmpty else {
            print("blind: too few of \(blind.joined(separator: ", "))")
            exit(1)
        }
    }
}
