import Quantities
import Synchronization

/// How punctual the control loop is: two histograms with fixed buckets, written by the control thread without a lock or an
/// allocation and read by whoever asks.
///
/// Bucket n counts durations below 2^n microseconds that no lower bucket counts; the last takes all longer ones.
final class LoopTiming: @unchecked Sendable {
    /// Up to 2^20 µs, about a second, and one for what is longer.
    static let bucketCount = 22

    private let lateness: UnsafeMutablePointer<Atomic<UInt64>>
    private let step: UnsafeMutablePointer<Atomic<UInt64>>
    private let worstLateness = Atomic<Int64>(0)
    private let worstStep = Atomic<Int64>(0)
    private let periods = Atomic<UInt64>(0)

    init() {
        lateness = .allocate(capacity: Self.bucketCount)
        step = .allocate(capacity: Self.bucketCount)
        for index in 0..<Self.bucketCount {
            (lateness + index).initialize(to: Atomic(0))
            (step + index).initialize(to: Atomic(0))
        }
    }

    deinit {
        for histogram in [lateness, step] {
            histogram.deinitialize(count: Self.bucketCount)
            histogram.deallocate()
        }
    }

    /// Counts one period. The control thread's alone.
    func note(lateness late: Nanoseconds, step taken: Nanoseconds) {
        (lateness + Self.bucket(of: late)).pointee.add(1, ordering: .relaxed)
        (step + Self.bucket(of: taken)).pointee.add(1, ordering: .relaxed)
        worstLateness.max(late.rawValue, ordering: .relaxed)
        worstStep.max(taken.rawValue, ordering: .relaxed)
        periods.add(1, ordering: .relaxed)
    }

    /// How many periods the loop has had; it stands still where the loop does.
    var periodCount: UInt64 { periods.load(ordering: .relaxed) }

    /// The counts so far. Each is exact; together they may be a period apart.
    var report: StatusReport.Timing {
        var report = StatusReport.Timing()
        report.periods = periods.load(ordering: .relaxed)
        report.worstLatenessUS = worstLateness.load(ordering: .relaxed) / 1_000
        report.worstStepUS = worstStep.load(ordering: .relaxed) / 1_000
        report.lateness = Self.counts(lateness)
        report.step = Self.counts(step)
        return report
    }

    /// The bucket of a duration; a negative one was early, and is not late at all.
    static func bucket(of duration: Nanoseconds) -> Int {
        let microseconds = UInt64(max(duration.wholeMicroseconds, 0))
        return min(UInt64.bitWidth - microseconds.leadingZeroBitCount, bucketCount - 1)
    }

    private static func counts(_ histogram: UnsafeMutablePointer<Atomic<UInt64>>) -> [UInt64] {
        (0..<bucketCount).map { (histogram + $0).pointee.load(ordering: .relaxed) }
    }
}
