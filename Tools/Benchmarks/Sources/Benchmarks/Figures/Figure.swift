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

    /// How a figure goes with a size, beside something else that goes with the same.
    struct Curve {
        /// What the size counts.
        let size: String
        /// What the points' baseline is: not the figure's own where that one stands for one size alone.
        let baselineName: String
        let points: [Point]
    }

    /// What a figure is of its baseline.
    enum Comparison: String {
        /// Subject over baseline.
        case ratio
        /// Baseline over subject.
        case rate
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
    var curve: Curve?
    /// What its aims suppose and this run did not have: their verdicts are unknown then.
    var lacks: String?

    /// What is compared, as its aims speak of it.
    var comparison: (kind: Comparison, spread: Spread)? {
        guard let ratio else { return nil }
        guard aims.contains(where: \.isRate), ratio.least > 0 else { return (.ratio, ratio) }
        return (.rate, ratio.reciprocal)
    }

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
