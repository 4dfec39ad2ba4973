import Dispatch
import Glibc
import SoakArguments
import Synchronization
import UpdateSoak

/// Runs the updater on a disk that forgets (docs/updates.md).
@main
struct UpdateSoakCommand {
    static let usage = """
        usage: update-soak [--stops | --twice] [--histories N] [--inputs N] [--from SEED] [--jobs N]
               update-soak --seed N [--trace]

        --stops      stops every way of an update at each disk operation, by a kill and by power cuts, and lets it go on
        --twice      stops it once more on its way
        --histories  random lives with up to five stops each
        --inputs     changed bundles, manifests, roots and boot records
        The first broken invariant ends the run with exit code 1 and names its seed.
        """

    private struct Failure {
        let seed: UInt64
        let words: String
    }

    static func main() {
        let options: UpdateSoakOptions
        do throws(ArgumentWords.Mistake) {
            options = try UpdateSoakOptions(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print("update-soak: \(error.words)\n\(usage)")
            exit(2)
        }
        guard let maker = try? Maker() else {
            print("update-soak: cannot make the maker's releases")
            exit(2)
        }
        if options.stops { stops(options, maker) }
        if options.histories > 0 { histories(options, maker) }
        if options.inputs > 0 { inputs(options, maker) }
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        print("\(time.tv_sec) s of processor time")
    }

    private static func stops(_ options: UpdateSoakOptions, _ maker: Maker) {
        let scenarios = UpdateScenario.allCases
        let state = Mutex<(runs: Int, failure: Failure?)>((0, nil))
        DispatchQueue.concurrentPerform(iterations: scenarios.count) { index in
            do {
                let runs = try scenarios[index].stopEverywhere(
                    from: try UpdateDevice(maker), maker: maker, cuts: 3, second: options.twice)
                state.withLock { $0.runs += runs }
            } catch {
                let words = (error as? SoakBreach)?.words ?? "\(error)"
                state.withLock { $0.failure = Failure(seed: UInt64(index), words: words) }
            }
        }
        do {
            let runs = try SystemDevice(maker).stopEverywhere(cuts: 3, second: options.twice)
            state.withLock { $0.runs += runs }
        } catch {
            let words = (error as? SoakBreach)?.words ?? "\(error)"
            state.withLock { $0.failure = Failure(seed: UInt64(scenarios.count), words: words) }
        }
        end(state.withLock { $0.failure }, "scenario")
        print("\(scenarios.count + 1) ways stopped at each operation, \(state.withLock { $0.runs }) runs")
    }

    private static func histories(_ options: UpdateSoakOptions, _ maker: Maker) {
        print("seeds \(options.from) to \(options.from + options.histories - 1), \(options.jobs) jobs")
        let next = Atomic(options.from)
        let end = options.from + options.histories
        let state = Mutex<(tally: UpdateTally, failure: Failure?)>((UpdateTally(), nil))
        DispatchQueue.concurrentPerform(iterations: options.jobs) { _ in
            guard let new = try? UpdateDevice(maker) else { return }
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                guard seed < end else { return }
                var history = UpdateHistory(
                    seed: seed, maker: maker, new: new, trace: options.trace ? { print($0) } : nil)
                do throws(SoakBreach) {
                    try history.run()
                    let tally = history.tally
                    state.withLock { $0.tally.add(tally) }
                } catch {
                    let failure = Failure(seed: seed, words: error.words)
                    state.withLock {
                        if seed < $0.failure?.seed ?? .max { $0.failure = failure }
                    }
                    next.store(end, ordering: .relaxed)
                }
            }
        }
        self.end(state.withLock { $0.failure }, "again: update-soak --trace --seed")
        let tally = state.withLock { $0.tally }
        guard tally.histories == Int(options.histories) else {
            print("update-soak: \(tally.histories) of \(options.histories) histories were run")
            exit(1)
        }
        print(tally.text)
    }

    private static func inputs(_ options: UpdateSoakOptions, _ maker: Maker) {
        let share = (options.inputs + UInt64(options.jobs) - 1) / UInt64(options.jobs)
        let state = Mutex<(inputs: Int, taken: Int, failure: Failure?)>((0, 0, nil))
        DispatchQueue.concurrentPerform(iterations: options.jobs) { job in
            let seed = options.from + UInt64(job)
            do {
                var fuzz = try UpdateFuzz(seed: seed, maker: maker)
                for _ in 0..<share { try fuzz.step() }
                state.withLock {
                    $0.inputs += fuzz.inputs
                    $0.taken += fuzz.taken
                }
            } catch {
                let words = (error as? SoakBreach)?.words ?? "\(error)"
                state.withLock { $0.failure = Failure(seed: seed, words: words) }
            }
        }
        end(state.withLock { $0.failure }, "inputs from seed")
        let (inputs, taken, _) = state.withLock { $0 }
        print("\(inputs) changed inputs, \(taken) taken, each as somebody wrote it")
    }

    private static func end(_ failure: Failure?, _ again: String) {
        guard let failure else { return }
        print("seed \(failure.seed): \(failure.words)\n\(again) \(failure.seed)")
        exit(1)
    }
}
