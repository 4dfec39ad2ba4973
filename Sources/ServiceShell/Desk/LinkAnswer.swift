/// One network link of the machine.
public struct LinkAnswer: Equatable, Sendable, Reportable {
    public var name: String
    /// The kernel's word: `up`, `down`, `unknown` …
    public var state: String
    /// nil where the link does not say.
    public var hasCarrier: Bool?
    /// nil where the system does not let them be read.
    public var addresses: [String]?
    /// By the kernel's names: `rx_errors` and so on. nil for one that cannot be read.
    public var counters: [(name: String, count: UInt64?)]

    public init(
        name: String, state: String, hasCarrier: Bool?, addresses: [String]?, counters: [(name: String, count: UInt64?)]
    ) {
        self.name = name
        self.state = state
        self.hasCarrier = hasCarrier
        self.addresses = addresses
        self.counters = counters
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.state == right.state && left.hasCarrier == right.hasCarrier
            && left.addresses == right.addresses && left.counters.elementsEqual(right.counters, by: ==)
    }

    var report: Report {
        var report = Report()
        report.add("link", .text(name))
        report.add("state", .text(state))
        report.add("carrier", .flag(hasCarrier))
        report.add(
            "addresses", addresses.map { $0.isEmpty ? .nothing : .text($0.joined(separator: " ")) } ?? .text(nil))
        for counter in counters {
            report.add(counter.name.split(separator: "_").joined(separator: " "), .count(counter.count))
        }
        return report
    }
}
