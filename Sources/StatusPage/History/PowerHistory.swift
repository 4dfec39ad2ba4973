public import Quantities

/// The last hour of the connectors' power, energy and offer, in a ring of bounded size. It does no I/O and has no clock.
///
/// Invariants: at most `capacity` samples, their moments rise by at least `interval`, none is older than `span` when one is
/// noted.
public struct PowerHistory: Equatable, Sendable {
    /// One connector at one moment. What is not known is nil, never 0.
    public struct Point: Equatable, Sendable {
        public var power: Milliwatts?
        /// Energy of the session that runs or ran last.
        public var energy: MilliwattHours
        /// What the pilot offers, per phase.
        public var offered: Milliamps
        public var isSessionOpen: Bool

        public init(power: Milliwatts?, energy: MilliwattHours, offered: Milliamps, isSessionOpen: Bool) {
            self.power = power
            self.energy = energy
            self.offered = offered
            self.isSessionOpen = isSessionOpen
        }
    }

    private struct Sample: Equatable, Sendable {
        var at: MonotonicInstant
        var points: [Point]
    }

    /// How far back it reaches.
    public static let span = Nanoseconds.seconds(3_600)
    /// The least time between two samples.
    public static let interval = Nanoseconds.seconds(5)
    /// The most samples.
    public static let capacity = Int(span.rawValue / interval.rawValue) + 1

    public let connectors: Int
    private var samples: [Sample] = []

    /// An empty history of so many connectors, one or more.
    public init(connectors: Int) {
        invariant(connectors > 0, "a history has a connector")
        self.connectors = connectors
    }

    /// How many samples it holds.
    public var count: Int { samples.count }

    /// Takes in the connectors as they are, and forgets what is older than the span. A sample that comes too early after the
    /// last is left out, as is one of other connectors.
    ///
    /// - Returns: whether it was taken in.
    @discardableResult
    public mutating func note(_ points: [Point], at now: MonotonicInstant) -> Bool {
        guard points.count == connectors else { return false }
        if let last = samples.last, now - last.at < Self.interval { return false }
        samples.removeAll { now - $0.at > Self.span }
        samples.append(Sample(at: now, points: points))
        return true
    }

    /// The history as one JSON object: ages in milliseconds before `now`, the oldest first, and for each connector a list of
    /// the same length for each quantity; null is unknown.
    public func json(at now: MonotonicInstant) -> String {
        let recent = samples.filter { now - $0.at <= Self.span }
        let ages = recent.map { "\(max(0, (now - $0.at).rawValue / 1_000_000))" }
        let lists = (0..<connectors).map { index in
            let points = recent.map { $0.points[index] }
            return "{\"number\":\(index + 1)"
                + Self.list("power_mw", points.map { $0.power.map { "\($0.rawValue)" } ?? "null" })
                + Self.list("energy_mwh", points.map { "\($0.energy.rawValue)" })
                + Self.list("offered_ma", points.map { "\($0.offered.rawValue)" })
                + Self.list("session_open", points.map { "\($0.isSessionOpen)" }) + "}"
        }
        return "{\"span_ms\":\(Self.span.rawValue / 1_000_000),\"interval_ms\":\(Self.interval.rawValue / 1_000_000)"
            + Self.list("age_ms", ages) + ",\"connectors\":[\(lists.joined(separator: ","))]}"
    }

    private static func list(_ name: String, _ values: [String]) -> String {
        ",\"\(name)\":[\(values.joined(separator: ","))]"
    }
}
