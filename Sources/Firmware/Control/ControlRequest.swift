import ChargeControl
import Quantities

/// What someone outside asks of the control thread. It reaches it on its own queue: a disk that hangs must not hold up the
/// grid operator's limit.
enum ControlRequest: BitwiseCopyable, Sendable, Equatable {
    /// The grid operator allows so much per phase, for so long; after that the fail-safe holds.
    case gridLimit(Milliamps, validity: Nanoseconds)
    /// Somebody allows so much per phase; nil takes his own limit back. Connector 0 is all.
    case limit(Milliamps?, by: LimitAsker, connector: UInt32)
    /// Somebody wants nothing charged, or takes that back.
    case stop(Bool, by: LimitAsker, connector: UInt32)
    /// The phases to charge on, where they can be switched.
    case phases(PhaseMode, connector: UInt32)
    /// The residual-current monitor is to be tested; by its number the answer is known again.
    case selfTest(connector: UInt32, number: UInt16 = 0)
    /// A technician resets a fault whose cause is gone.
    case technicianReset(FaultCode, connector: UInt32)
    /// The flight recorder is to be written to a file.
    case recording(connector: UInt32)

    /// The connector that it is for; 0 for all.
    var connector: UInt32 {
        switch self {
        case .gridLimit: 0
        case .limit(_, _, let connector), .stop(_, _, let connector), .phases(_, let connector),
            .selfTest(let connector, _), .technicianReset(_, let connector), .recording(let connector):
            connector
        }
    }
}
