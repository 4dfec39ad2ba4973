import JournalSoak
import RecordSamples
import Synchronization

/// The histories of one run, handed out to its jobs one by one.
final class SoakRun: Sendable {
    struct Failure {
        let seed: UInt64
        let words: String
    }

    private let next: Atomic<UInt64>
    private let end: UInt64
    private let sample: SampleDevice
    private let state = Mutex<(tally: SoakTally, failure: Failure?)>((SoakTally(), nil))

    init(from: UInt64, count: UInt64, sample: SampleDevice) {
        next = Atomic(from)
        end = from + count
        self.sample = sample
    }

    var tally: SoakTally { state.withLock { $0.tally } }
    var failure: Failure? { state.withLock { $0.failure } }

    /// Runs histories until there are none left, or one has failed.
    func work(trace: Bool) {
        var tally = SoakTally()
        while true {
            let seed = next.add(1, ordering: .relaxed).oldValue
            guard seed < end else { break }
            var history = SoakHistory(seed: seed, sample: sample, trace: trace ? { print($0) } : nil)
            do { tally.add(try history.run()) } catch {
                // The lowest seed is told, so that two runs tell the same.
                state.withLock {
                    if seed < $0.failure?.seed ?? .max { $0.failure = Failure(seed: seed, words: error.words) }
                }
                next.store(end, ordering: .relaxed)
            }
        }
        state.withLock { $0.tally.add(tally) }
    }
}
