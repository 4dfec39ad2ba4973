public import Quantities

/// The fan for state D: it runs a while after it is switched on, and says so, unless it is broken.
public struct VentilationFan: Equatable, Sendable {
    /// From the command to the feedback.
    public var delay = Nanoseconds.seconds(1)
    /// It does not run.
    public var isBroken = false
    /// It runs.
    public private(set) var runs = false
    private var wantedSince: MonotonicInstant?

    /// A fan that stands still.
    public init() {}

    /// Steps to this moment.
    public mutating func step(wanted: Bool, at now: MonotonicInstant) {
        guard wanted else {
            wantedSince = nil
            runs = false
            return
        }
        let since = wantedSince ?? now
        wantedSince = since
        runs = !isBroken && now - since >= delay
    }
}
