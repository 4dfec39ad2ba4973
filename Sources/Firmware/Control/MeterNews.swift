import Metering
import Quantities

/// What the meter's thread tells the control thread.
enum MeterNews: BitwiseCopyable, Sendable {
    /// The meter answers and is who it was, or was identified anew.
    case identified(at: MonotonicInstant)
    /// An accepted reading.
    case reading(EnergyReading)
    /// A reading was refused.
    case refused(at: MonotonicInstant)
    /// The meter does not answer.
    case lost(at: MonotonicInstant)
}
