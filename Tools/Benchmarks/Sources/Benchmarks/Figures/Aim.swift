/// What a figure has to come to.
enum Aim {
    /// The median of subject over baseline.
    case ratio(atMost: Double)
    /// The median of baseline over subject: how fast it is, where both are times.
    case rate(atLeast: Double)
    /// The subject's own median, in its unit.
    case subject(atMost: Double)
    /// An exact count.
    case count(String, atMost: Double)
    /// One of the two.
    indirect case either(Aim, Aim)

    /// Whether it speaks of baseline over subject.
    var isRate: Bool {
        switch self {
        case .rate: true
        case .either(let one, let other): one.isRate || other.isRate
        case .ratio, .subject, .count: false
        }
    }

    /// Whether the figure meets it; nil where the figure does not have what it speaks of, or was taken without what it supposes.
    func isMet(by figure: Figure) -> Bool? {
        guard figure.lacks == nil else { return nil }
        return switch self {
        case .ratio(let bound): figure.ratio.map { $0.median <= bound }
        case .rate(let bound): figure.ratio.map { $0.reciprocal.median >= bound }
        case .subject(let bound): figure.subject.median <= bound
        case .count(let name, let bound): figure.counts.first { $0.name == name }.map { $0.value <= bound }
        case .either(let one, let other):
            [one, other].compactMap { $0.isMet(by: figure) }.reduce(nil) { ($0 ?? false) || $1 }
        }
    }

    /// For people and programs alike.
    func text(in unit: Figure.Unit) -> String {
        switch self {
        case .ratio(let bound): "<= \(Number.text(bound)) x"
        case .rate(let bound): "rate >= \(Number.text(bound)) x"
        case .subject(let bound): "<= \(unit.text(bound))"
        case .count(let name, let bound): "\(name) <= \(Number.text(bound))"
        case .either(let one, let other): "\(one.text(in: unit)) or \(other.text(in: unit))"
        }
    }
}
