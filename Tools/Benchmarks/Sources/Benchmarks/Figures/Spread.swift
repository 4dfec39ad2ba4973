/// The least, the middle and the most of several repetitions.
struct Spread {
    let least: Double
    let median: Double
    let most: Double

    /// Of at least one value.
    init(_ values: [Double]) {
        precondition(!values.isEmpty, "a spread of nothing")
        let sorted = values.sorted()
        least = sorted[0]
        most = sorted[sorted.count - 1]
        let middle = sorted.count / 2
        median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    private init(least: Double, median: Double, most: Double) {
        (self.least, self.median, self.most) = (least, median, most)
    }

    /// The same the other way round: the most has become the least.
    var reciprocal: Spread { Spread(least: 1 / most, median: 1 / median, most: 1 / least) }
}
