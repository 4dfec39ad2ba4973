/// Nanoseconds an operation: the least, the middle and the most of many samples.
struct Measurement {
    let least: Double
    let median: Double
    let most: Double
    let samples: Int

    init(_ nanoseconds: [Double]) {
        let sorted = nanoseconds.sorted()
        least = sorted.first ?? 0
        most = sorted.last ?? 0
        median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        samples = sorted.count
    }

    /// Times an operation that is too short for the clock: so many at once that a sample takes about 2 ms.
    static func ofMany(
        samples: Int, with stopwatch: Stopwatch = .processor, _ operation: () throws -> Void
    ) rethrows -> Measurement {
        var batch = 1
        while true {
            let start = stopwatch.now()
            for _ in 0..<batch { try operation() }
            if stopwatch.now() - start > 2_000_000 || batch > 1 << 24 { break }
            batch *= 2
        }
        var times: [Double] = []
        for _ in 0..<samples {
            let start = stopwatch.now()
            for _ in 0..<batch { try operation() }
            times.append(Double(stopwatch.now() - start) / Double(batch))
        }
        return Measurement(times)
    }

    /// Times each operation by itself.
    static func ofEach(
        count: Int, with stopwatch: Stopwatch, _ operation: (Int) throws -> Void
    ) rethrows -> Measurement {
        var times: [Double] = []
        for number in 0..<count {
            let start = stopwatch.now()
            try operation(number)
            times.append(Double(stopwatch.now() - start))
        }
        return Measurement(times)
    }
}
