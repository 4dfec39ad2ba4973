public import Quantities

/// What a technician wants changed. Connector 0 is all of them.
public enum ServiceChange: Equatable, Sendable {
    /// Resets a latched fault whose cause is gone.
    case clearFault(code: UInt16, connector: UInt32)
    /// Nothing is charged until `start`.
    case stop(connector: UInt32)
    case start(connector: UInt32)
    /// A limit per phase; nil takes it back.
    case limit(Milliamps?, connector: UInt32)
    /// A residual-current self-test; `ServiceDesk.testResidual` carries it out, since it has an answer.
    case testResidual(connector: UInt32)
    /// New device keys, signed by the old ones.
    case rotateKeys
    /// No device keys any more, of the device whose id begins with these bytes.
    case destroyKeys(device: [UInt8])
    /// The wall clock, in milliseconds since 1970.
    case setTime(Int64)
    /// What stays over restarts.
    case settings(SettingsWish)
    /// The firmware ends in order and is started again.
    case restart(reason: String)
    case firmware(UpdateChange)
    /// Service mode, and what is tested in it: `ServiceModeDesk` carries them out, since they belong to a login.
    case enterService(connector: UInt32)
    case leaveService(connector: UInt32)
    case test(ServiceTestWish)
    /// `CalibrationDesk` carries it out: it is done in a login's service mode, and has an answer.
    case calibrate(CalibrationWish)
}
