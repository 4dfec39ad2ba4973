import Glibc

/// A logarithmic scale along one side of a drawing.
struct Scale {
    private let low: Double
    private let high: Double
    private let from: Double
    private let to: Double

    /// Wide enough for all values that are above zero, and at least a decade.
    init(_ values: [Double], from: Double, to: Double) {
        let logarithms = values.filter { $0 > 0 }.map { log10($0) }
        let (least, most) = (logarithms.min() ?? 0, logarithms.max() ?? 1)
        let margin = max(0.05, (1 - (most - least)) / 2)
        (low, high) = (least - margin, most + margin)
        (self.from, self.to) = (from, to)
    }

    /// 1, 2 and 5 of each decade; the decades alone where there are many.
    var ticks: [Double] {
        let steps: [Double] = high - low > 2.5 ? [1] : [1, 2, 5]
        return (Int(low.rounded(.down))...Int(high.rounded(.up))).flatMap { decade in
            steps.map { $0 * pow(10, Double(decade)) }
        }.filter { log10($0) >= low && log10($0) <= high }
    }

    func place(_ value: Double) -> Double {
        guard value > 0 else { return from }
        return from + (log10(value) - low) / (high - low) * (to - from)
    }
}
