/// Subject and baseline in turn, each first as often as the other: what else the machine does slows both.
struct Pairing {
    /// One figure of each repetition, in nanoseconds or in whatever both are counted in.
    let subject: [Double]
    let baseline: [Double]

    /// What each repetition's subject is of its own baseline.
    var ratios: [Double] { zip(subject, baseline).map { $0 / $1 } }

    /// Rounds in front that warm up: what they take is not kept.
    static let warmUps = 1

    /// How many rounds so many repetitions take; whoever prepares operations prepares as many.
    static func rounds(_ repetitions: Int) -> Int { warmUps + repetitions }

    /// Has each of the two give its figure, so many times, behind a round that warms up. They are given the round's number,
    /// from 0.
    static func ofRuns(
        _ repetitions: Int, subject: (Int) throws -> Double, baseline: (Int) throws -> Double
    ) rethrows -> Pairing {
        var (measured, bare): ([Double], [Double]) = ([], [])
        for number in 0..<rounds(repetitions) {
            if number.isMultiple(of: 2) {
                measured.append(try subject(number))
                bare.append(try baseline(number))
            } else {
                bare.append(try baseline(number))
                measured.append(try subject(number))
            }
        }
        return Pairing(subject: Array(measured.dropFirst(warmUps)), baseline: Array(bare.dropFirst(warmUps)))
    }

    /// Times two operations that are too short for the clock: so many at once that a sample takes about 2 ms, which also warms them up.
    /// A repetition's figure is the median of nine samples, in nanoseconds an operation.
    static func ofMany(
        _ repetitions: Int, with stopwatch: Stopwatch = .processor, subject: () throws -> Void,
        baseline: () throws -> Void
    ) rethrows -> Pairing {
        let batches = (try batch(stopwatch, subject), try batch(stopwatch, baseline))
        return try ofRuns(
            repetitions, subject: { _ in try sample(stopwatch, batches.0, subject) },
            baseline: { _ in try sample(stopwatch, batches.1, baseline) })
    }

    private static func batch(_ stopwatch: Stopwatch, _ operation: () throws -> Void) rethrows -> Int {
        var count = 1
        while true {
            let start = stopwatch.now()
            for _ in 0..<count { try operation() }
            if stopwatch.now() - start > 2_000_000 || count > 1 << 24 { return count }
            count *= 2
        }
    }

    private static func sample(
        _ stopwatch: Stopwatch, _ count: Int, _ operation: () throws -> Void
    ) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<9 {
            let start = stopwatch.now()
            for _ in 0..<count { try operation() }
            times.append(Double(stopwatch.now() - start) / Double(count))
        }
        return Spread(times).median
    }
}
