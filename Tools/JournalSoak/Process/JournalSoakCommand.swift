import Dispatch
import Glibc
import JournalSoak
import RecordSamples
import SoakArguments
import Synchronization

/// Runs random histories of the journal on a disk that forgets, fails and lies (docs/journal.md).
@main
struct JournalSoakCommand {
    static let usage = """
        usage: journal-soak [--histories N] [--from SEED] [--jobs N] [--exhaustive]
               journal-soak --seed N [--trace]

        Each history is several lives of a device on one disk, ended by kills and power cuts. The first broken invariant ends
        the run with exit code 1 and names its seed; --seed runs that one again. --exhaustive stops scripted lives after
        each of their operations, and again after each operation of what follows.
        """

    static func main() {
        let arguments: SoakOptions
        do throws(ArgumentWords.Mistake) {
            arguments = try SoakOptions(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("journal-soak: \(error.words)\n\(usage)")
            exit(2)
        }
        guard let sample = try? SampleDevice() else { exit(2) }
        let run = SoakRun(from: arguments.from, count: arguments.histories, sample: sample)
        let start = ContinuousClock.now
        if arguments.isExhaustive {
            exhaustive(arguments, sample)
            return
        }
        print("seeds \(arguments.from) to \(arguments.from + arguments.histories - 1), \(arguments.jobs) jobs")
        DispatchQueue.concurrentPerform(iterations: arguments.jobs) { _ in run.work(trace: arguments.trace) }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if let failure = run.failure {
            print("seed \(failure.seed): \(failure.words)")
            print("again: journal-soak --seed \(failure.seed) --trace")
            exit(1)
        }
        print(run.tally.text)
        print("\(Int(seconds)) s, \(processorSeconds()) s of processor time")
    }

    /// Every stop of some scripted lives, and every second stop behind it.
    private static func exhaustive(_ arguments: SoakOptions, _ sample: SampleDevice) {
        let start = ContinuousClock.now
        var tally = SoakTally()
        for seed in arguments.from..<arguments.from + min(arguments.histories, 1 << 20) {
            let scenario = SoakScenario(seed: seed, sample: sample)
            let result = Mutex<Result<SoakTally, SoakScenario.Failure>>(.success(SoakTally()))
            DispatchQueue.concurrentPerform(iterations: arguments.jobs) { job in
                let part = scenario.run(part: job, of: arguments.jobs)
                result.withLock { sum in
                    guard case .success(var all) = sum, case .success(let one) = part else {
                        if case .success = sum { sum = part }
                        return
                    }
                    all.add(one)
                    sum = .success(all)
                }
            }
            switch result.withLock({ $0 }) {
            case .success(let all): tally.add(all)
            case .failure(let failure):
                print("scenario \(seed): \(failure.words)")
                exit(1)
            }
        }
        print(tally.text)
        print("\(Int((ContinuousClock.now - start) / .seconds(1))) s, \(processorSeconds()) s of processor time")
    }

    private static func processorSeconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec
    }
}
