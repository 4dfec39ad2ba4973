/// One family of metrics: a name, what it means, and its samples.
public struct MetricFamily: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, info, histogram
    }

    /// One value with its labels, in their order.
    public struct Sample: Equatable, Sendable {
        let labels: [(name: String, value: String)]
        let value: MetricValue

        public static func == (left: Self, right: Self) -> Bool {
            left.value == right.value && left.labels.map(\.name) == right.labels.map(\.name)
                && left.labels.map(\.value) == right.labels.map(\.value)
        }
    }

    /// Lower-case words with underscores; the unit, where there is one, is the last. Without `_total` or `_info`.
    public let name: String
    public let kind: Kind
    /// The base unit, or empty.
    public let unit: String
    public let help: String
    public private(set) var samples: [Sample] = []

    /// An empty family; one that stays empty is left out of the text.
    public init(_ name: String, _ kind: Kind, unit: String = "", help: String) {
        self.name = unit.isEmpty ? name : "\(name)_\(unit)"
        self.kind = kind
        self.unit = unit
        self.help = help
    }

    /// Adds a value; nil is unknown, and adds nothing.
    public mutating func add(_ value: MetricValue?, _ labels: (name: String, value: String)...) {
        guard let value else { return }
        samples.append(Sample(labels: labels, value: value))
    }
}
