import ChargeControl
import Metering

/// What the control thread hands to the record thread: an intent of the core with the reading that it rests on.
struct RecordOrder: BitwiseCopyable, Sendable {
    var intent: RecordIntent
    /// The reading whose number stands in the intent's mark; nil where the intent has none.
    var reading: EnergyReading?
    /// Whether the contactor was commanded closed in that step.
    var contactorClosed: Bool
}
