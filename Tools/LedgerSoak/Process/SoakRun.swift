import LedgerSoak
import Synchronization

/// The worlds of one run, handed out to its jobs one by one.
final class SoakRun: Sendable {
    struct Failure {
        let seed: UInt64
        let words: String
    }

    private let next: Atomic<UInt64>
    private let end: UInt64
    private let steps: Int
    private let state = Mutex<(tally: SoakTally, failure: Failure?)>((SoakTally(), nil))

    init(_ arguments: SoakOptions) {
        next = Atomic(arguments.from)
        end = arguments.from + arguments.worlds
        steps = Int(arguments.steps)
    }

    var tally: SoakTally { state.withLock { $0.tally } }
    var failure: Failure? { state.withLock { $0.failure } }

    /// Runs worlds until there are none left, or one has failed.
    func work(trace: Bool) {
        var tally = SoakTally()
        while true {
            let seed = next.add(1, ordering: .relaxed).oldValue
            guard seed < end else { break }
            do {
                var world = try SoakWorld(seed: seed, steps: steps, trace: trace ? { print($0) } : nil)
                tally.add(try world.run())
            } catch {
                let words = (error as? SoakBreach)?.words ?? "\(error)"
                // The lowest seed is told, so that two runs tell the same.
                state.withLock {
                    if seed < $0.failure?.seed ?? .max { $0.failure = Failure(seed: seed, words: words) }
                }
                next.store(end, ordering: .relaxed)
            }
        }
        state.withLock { $0.tally.add(tally) }
    }

    /// The fewest steps with which a world still fails: its shortest replay.
    func shortest(_ failure: Failure) -> Int {
        var (low, high) = (1, steps)
        while low < high {
            let middle = (low + high) / 2
            if fails(failure.seed, middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func fails(_ seed: UInt64, _ steps: Int) -> Bool {
        do {
            var world = try SoakWorld(seed: seed, steps: steps)
            _ = try world.run()
            return false
        } catch { return true }
    }
}
