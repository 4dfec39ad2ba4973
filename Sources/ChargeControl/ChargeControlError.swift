public import Quantities

/// What the core refuses.
public enum ChargeControlError: Error, Equatable, Sendable, BitwiseCopyable {
    /// A current below zero cannot be offered.
    case negativeCurrent(Milliamps)
    /// Between 50.7 and 53.75 A no duty cycle is safe.
    case noDutyCode(Milliamps)
    /// Above 80 A there is no duty cycle.
    case currentTooGreat(Milliamps)
    /// The greatest current of the hardware or of a tethered cable must lie between 6 and 80 A.
    case currentRatingOutOfRange(Milliamps)
    /// A charger has one phase or three.
    case phasesNotOneOrThree(UInt8)
    /// The nominal voltage of a phase must lie between 100 and 300 V.
    case nominalVoltageOutOfRange(Millivolts)
    /// The meter must be read at least every 10 s.
    case meterPollPeriodOutOfRange(Nanoseconds)
    /// The energy factor must be 1, or above it on a simulated board, and not above 100 000.
    case energyFactorOutOfRange(UInt32)
    /// Only a charger of three phases can switch between one and three.
    case phasesNotSwitchable(UInt8)
    /// The pause of a phase switch must lie between 15 and 600 s.
    case phaseSwitchPauseOutOfRange(Nanoseconds)
    /// The random delay must lie between 0 and 600 s.
    case randomDelayOutOfRange(Nanoseconds)
    /// A fault shows state F for 300 ms to 1 s, or not at all.
    case stateFPulseOutOfRange(Nanoseconds)
    /// A tethered cable has no plug to lock.
    case lockWithoutSocket
}

#if !hasFeature(Embedded)
    extension ChargeControlError: CustomStringConvertible {
        /// One line that says what was expected and what came.
        public var description: String {
            switch self {
            case .negativeCurrent(let current): "a current to offer must not be negative, got \(current.rawValue) mA"
            case .noDutyCode(let current):
                "no duty cycle codes \(current.rawValue) mA: use up to 50700 mA or 53750 mA and more"
            case .currentTooGreat(let current): "a duty cycle codes at most 80000 mA, got \(current.rawValue) mA"
            case .currentRatingOutOfRange(let current):
                "a current rating must lie between 6000 and 80000 mA, got \(current.rawValue) mA"
            case .phasesNotOneOrThree(let phases): "a charger has 1 phase or 3, got \(phases)"
            case .nominalVoltageOutOfRange(let voltage):
                "the nominal phase voltage must lie between 100000 and 300000 mV, got \(voltage.rawValue) mV"
            case .meterPollPeriodOutOfRange(let period):
                "the meter's poll period must lie between 1 ms and 10 s, got \(period.rawValue) ns"
            case .energyFactorOutOfRange(let factor):
                "the energy factor must be 1, or 1 to 100000 on a simulated board, got \(factor)"
            case .phasesNotSwitchable(let phases): "only a charger of 3 phases can switch them, got \(phases)"
            case .phaseSwitchPauseOutOfRange(let pause):
                "the pause of a phase switch must lie between 15 and 600 s, got \(pause.rawValue) ns"
            case .randomDelayOutOfRange(let delay):
                "the random restart delay must lie between 0 and 600 s, got \(delay.rawValue) ns"
            case .stateFPulseOutOfRange(let pulse):
                "a fault shows state F for 300 ms to 1 s or not at all, got \(pulse.rawValue) ns"
            case .lockWithoutSocket: "a plug lock needs a socket, the cable is tethered"
            }
        }
    }
#endif
