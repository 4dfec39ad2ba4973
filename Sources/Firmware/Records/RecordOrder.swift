import ChargeControl
import Metering

/// What the control thread hands to the record thread: an intent of the core with the reading that it rests on.
struct RecordOrder: BitwiseCopyable, Sendable {
    var intent: RecordIntent
    /// The newest accepted reading when the core spoke; its number is the one in the intent's mark.
    var reading: EnergyReading?
    /// Whether the contactor was commanded closed in that step.
    var contactorClosed: Bool
}
