/// One figure with the baseline that it is to be read against, taken in the same run.
struct Figure {
    /// What subject and baseline are in.
    enum Unit {
        /// Nanoseconds by this stopwatch.
        case time(Stopwatch)
        /// Exact, and the same on every machine.
        case count(String)
        case bytes

        func text(_ value: Double) -> String {
            switch self {
            case .time: Number.time(value)
            case .count(let name): "\(Number.text(value)) \(name)"
            case .bytes: Number.bytes(value)
            }
        }
    }

    /// What a figure is drawn as where it depends on a size.
    struct Point {
        let size: Double
        let subject: Double
        let baseline: Double
    }

    let name: String
    let unit: Unit
    let subject: Spread
    /// What the baseline does.
    let baselineName: String
    let baseline: Spread?
    /// None where a baseline is zero.
    let ratio: Spread?
    let aims: [Aim]
    /// Exact counts, which do not depend on the machine.
    var counts: [(name: String, value: Double)] = []
    var curve: (of: String, points: [Point])?

    /// Times of subject and baseline from the same repetitions.
    init(
        _ name: String, _ unit: Unit, _ pairing: Pairing, against baselineName: String, aims: [Aim],
        counts: [(name: String, value: Double)] = []
    ) {
        self.name = name
        self.unit = unit
        subject = Spread(pairing.subject)
        baseline = Spread(pairing.baseline)
        ratio = pairing.baseline.allSatisfy { $0 > 0 } ? Spread(pairing.ratios) : nil
        self.baselineName = baselineName
        self.aims = aims
        self.counts = counts
    }

    /// A figure whose baseline is no measurement of this run: a bound that a standard or a document sets.
    init(
        _ name: String, _ unit: Unit, _ values: [Double], against baselineName: String, aims: [Aim],
        counts: [(name: String, value: Double)] = []
    ) {
        self.name = name
        self.unit = unit
        subject = Spread(values)
        (baseline, ratio) = (nil, nil)
        self.baselineName = baselineName
        self.aims = aims
        self.counts = counts
    }
}
