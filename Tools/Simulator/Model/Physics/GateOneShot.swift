public import Quantities

/// The retriggerable one-shot of the coil gate: held for a time after the last edge of the pulse line.
public struct GateOneShot: Equatable, Sendable {
    /// How long one edge holds the gate.
    public let hold: Nanoseconds
    /// The last edge; `nil` before the first.
    public private(set) var lastPulse: MonotonicInstant?
    /// The one-shot is broken: it is dropped whatever the pulses do.
    public var isLost = false

    /// A dropped gate.
    public init(hold: Nanoseconds = .milliseconds(150)) { self.hold = hold }

    /// An edge on the pulse line.
    public mutating func pulse(at instant: MonotonicInstant) { lastPulse = instant }

    /// Whether the gate lets the enable through at this moment.
    public func isHeld(at instant: MonotonicInstant) -> Bool {
        guard let lastPulse, !isLost else { return false }
        return instant - lastPulse < hold
    }
}
