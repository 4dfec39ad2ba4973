/// The rows of the fault table by their numbers, which stand in records and never change their meaning.
public enum FaultCode: UInt16, Sendable, BitwiseCopyable, CaseIterable {
    /// The pilot's voltage is of no known level.
    case pilotInvalid = 101
    /// The pilot is shorted to protective earth (state E).
    case pilotShorted = 102
    /// The pilot is negative, not by the charger's doing (state F).
    case pilotNegative = 103
    /// The pilot's samples stopped coming.
    case pilotStale = 104
    /// The car needs ventilation (state D).
    case ventilationMissing = 105
    /// The car's diode is missing or shorted.
    case diodeMissing = 106
    /// The emergency stop was pressed.
    case emergencyStop = 201
    /// Smooth direct residual current.
    case residualDirect = 202
    /// Alternating residual current.
    case residualAlternating = 203
    /// A phase carries more than was offered.
    case overcurrent = 204
    /// The contactor did not open.
    case contactorWelded = 301
    /// The contactor did not close.
    case contactorNotClosed = 302
    /// The contactor's position cannot be seen.
    case contactorUnobserved = 303
    /// The control loop stood still for more than 40 ms.
    case loopStalled = 401
    /// The control loop is often late.
    case loopLate = 402
    /// The meter has been silent for 3 s.
    case meterSilent = 501
    /// The meter has been silent for 10 s.
    case meterLost = 502
    /// Records cannot be made durable.
    case recordsFailed = 503
    /// The cable changed during a session.
    case cableChanged = 601
}
