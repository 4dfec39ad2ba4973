public import Quantities

/// A residual-current source and the monitor that trips on it, with the longest times that IEC 62955 allows: smooth
/// direct current of 6 mA in 10 s, 60 mA in 0.3 s, 200 mA in 0.1 s; alternating current of 30 mA in 0.3 s and 150 mA in
/// 0.04 s (IEC 61008-1). A trip stays until it is reset.
public struct ResidualCurrentMonitor: Equatable, Sendable {
    /// The smooth direct current that flows to earth.
    public var direct = Milliamps.zero
    /// The alternating current that flows to earth.
    public var alternating = Milliamps.zero
    /// The monitor's electronics are broken: it never trips, and its self-test fails.
    public var isDead = false
    /// Tripped on direct current.
    public private(set) var directTripped = false
    /// Tripped on alternating current.
    public private(set) var alternatingTripped = false
    private var directSince: MonotonicInstant?
    private var alternatingSince: MonotonicInstant?
    private var testSince: MonotonicInstant?
    private var testEnded: MonotonicInstant?

    /// From the test input to the trip.
    public static let testResponse = Nanoseconds.milliseconds(60)
    /// From the test's end to the release of the outputs that the test tripped.
    public static let testRelease = Nanoseconds.milliseconds(100)

    /// No residual current.
    public init() {}

    /// Whether the monitor opens the coil and shows a trip.
    public func trips(at now: MonotonicInstant) -> (direct: Bool, alternating: Bool) {
        let test = isTesting(at: now)
        return (directTripped || test, alternatingTripped || test)
    }

    /// Steps to this moment.
    public mutating func step(test: Bool, at now: MonotonicInstant) {
        if test {
            if testSince == nil { testSince = now }
            testEnded = nil
        } else if let since = testSince, testEnded == nil {
            if now - since >= Self.testResponse { testEnded = now } else { testSince = nil }
        } else if let ended = testEnded, now - ended >= Self.testRelease {
            testSince = nil
            testEnded = nil
        }
        directSince = direct >= Milliamps(6) ? directSince ?? now : nil
        alternatingSince = alternating >= Milliamps(30) ? alternatingSince ?? now : nil
        if isDead { return }
        if let since = directSince, now - since >= Self.directTime(direct) { directTripped = true }
        if let since = alternatingSince, now - since >= Self.alternatingTime(alternating) { alternatingTripped = true }
    }

    /// Releases a trip whose current is gone.
    public mutating func reset() {
        if directSince == nil { directTripped = false }
        if alternatingSince == nil { alternatingTripped = false }
    }

    private func isTesting(at now: MonotonicInstant) -> Bool {
        guard let testSince, !isDead else { return false }
        return now - testSince >= Self.testResponse
    }

    private static func directTime(_ current: Milliamps) -> Nanoseconds {
        if current >= Milliamps(200) { return .milliseconds(100) }
        return current >= Milliamps(60) ? .milliseconds(300) : .seconds(10)
    }

    private static func alternatingTime(_ current: Milliamps) -> Nanoseconds {
        current >= Milliamps(150) ? .milliseconds(40) : .milliseconds(300)
    }
}
