import Metering
import Quantities

/// What the meter's thread tells the control thread.
enum MeterNews: BitwiseCopyable, Sendable {
    /// The meter answers and is who it was, or was identified anew.
    case identified(at: MonotonicInstant)
    /// An accepted reading.
    case reading(EnergyReading)
    /// The live values of a reading whose energy is in doubt.
    case live(LiveValues)
    /// The meter is known to lie.
    case distrusted(at: MonotonicInstant)
    /// A reading was refused.
    case refused(at: MonotonicInstant)
    /// The meter does not answer.
    case lost(at: MonotonicInstant)
}
