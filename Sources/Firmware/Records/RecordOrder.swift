import ChargeControl
import Metering

/// What the control thread hands to the record thread, in the order in which it happened.
enum RecordOrder: BitwiseCopyable, Sendable {
    /// The core wants something recorded.
    ///
    /// `reading` is the one whose number stands in the intent's mark; nil where the intent has none. `contactorClosed` tells
    /// whether the contactor was commanded closed in that step.
    case intent(RecordIntent, reading: EnergyReading?, contactorClosed: Bool)
    /// Between two readings of the session the register passed its modulus. The session goes on.
    case rollover(from: EnergyReading, to: EnergyReading)
    /// Between two readings of the session the register was set back. The session ends at the first of them.
    case reset(from: EnergyReading, to: EnergyReading)
    /// Between two readings of the session none was accepted for longer than `ConnectorDesk.leastGap`; some were refused, or the
    /// meter was silent. The session goes on.
    case gap(from: EnergyReading, to: EnergyReading, wasRefused: Bool)
}

extension RecordOrder {
    /// Whether its record may stand inside a session (docs/format.md, "Which record stands where").
    var mayStandInSession: Bool {
        switch self {
        case .intent(.wear, _, _), .intent(.residualSelfTest, _, _): false
        case .intent, .rollover, .reset, .gap: true
        }
    }
}
