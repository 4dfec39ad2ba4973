public import Quantities

/// How the cable hangs on the charger.
public enum CableArrangement: Sendable, BitwiseCopyable, Equatable {
    /// A fixed cable with this rating.
    case tethered(rating: Milliamps)
    /// A socket; the plug's proximity contact tells the rating.
    case socket
}

/// What stays the same for the life of a controller.
public struct ControlConfiguration: Sendable, BitwiseCopyable {
    /// The charger's own rating per phase.
    public let maximumCurrent: Milliamps
    /// 1 or 3.
    public let phases: UInt8
    /// The voltage between a phase and neutral, for the greatest power.
    public let nominalVoltage: Millivolts
    /// How the cable hangs on the charger.
    public let cable: CableArrangement
    /// The longest time between two readings of the meter.
    public let meterPollPeriod: Nanoseconds
    /// How many times as fast the simulated plant's energy registers count; 1 on anything real.
    public let energyFactor: UInt32
    /// The board lacks a hardware gate, hardware PWM or a hardware residual-current path.
    public let benchBoard: Bool
    /// The daemon was started with `--bench`; without it a bench board never closes its contactor.
    public let benchAllowed: Bool
    /// The board is the simulated one, or an emulated one.
    public let simulatedBoard: Bool
    /// What the board has beyond the least.
    public let options: ControlOptions
    /// The energy that may still flow after the limit is reached; the core offers no more that much before the limit.
    public let energyMargin: MilliwattHours

    /// Checks every value.
    ///
    /// - Throws: the first value that is out of range.
    public init(
        maximumCurrent: Milliamps, phases: UInt8, nominalVoltage: Millivolts = Millivolts(230_000),
        cable: CableArrangement, meterPollPeriod: Nanoseconds, energyFactor: UInt32 = 1, benchBoard: Bool = false,
        benchAllowed: Bool = false, simulatedBoard: Bool = false, options: ControlOptions = ControlOptions()
    ) throws(ChargeControlError) {
        guard maximumCurrent >= DutyCode.minimum, maximumCurrent <= DutyCode.maximum else {
            throw .currentRatingOutOfRange(maximumCurrent)
        }
        if case .tethered(let rating) = cable {
            guard rating >= DutyCode.minimum, rating <= DutyCode.maximum else { throw .currentRatingOutOfRange(rating) }
        }
        guard phases == 1 || phases == 3 else { throw .phasesNotOneOrThree(phases) }
        guard nominalVoltage >= Millivolts(100_000), nominalVoltage <= Millivolts(300_000) else {
            throw .nominalVoltageOutOfRange(nominalVoltage)
        }
        guard meterPollPeriod >= .milliseconds(1), meterPollPeriod <= .seconds(10) else {
            throw .meterPollPeriodOutOfRange(meterPollPeriod)
        }
        guard energyFactor == 1 || (simulatedBoard && energyFactor >= 1 && energyFactor <= 100_000) else {
            throw .energyFactorOutOfRange(energyFactor)
        }
        try Self.check(options, phases: phases, cable: cable)
        let power = Int64(maximumCurrent.rawValue) * Int64(nominalVoltage.rawValue) / 1_000 * Int64(phases)
        guard
            let margin = EnergyMargin.margin(
                maximumPower: Milliwatts(power), pollPeriod: meterPollPeriod, energyFactor: energyFactor)
        else { throw .energyFactorOutOfRange(energyFactor) }

        self.maximumCurrent = maximumCurrent
        self.phases = phases
        self.nominalVoltage = nominalVoltage
        self.cable = cable
        self.meterPollPeriod = meterPollPeriod
        self.energyFactor = energyFactor
        self.benchBoard = benchBoard
        self.benchAllowed = benchAllowed
        self.simulatedBoard = simulatedBoard
        self.options = options
        energyMargin = margin
    }

    private static func check(
        _ options: ControlOptions, phases: UInt8, cable: CableArrangement
    ) throws(ChargeControlError) {
        if options.switchesPhases, phases != 3 { throw .phasesNotSwitchable(phases) }
        guard options.phaseSwitchPause >= .seconds(15), options.phaseSwitchPause <= .seconds(600) else {
            throw .phaseSwitchPauseOutOfRange(options.phaseSwitchPause)
        }
        guard options.randomRestartDelay >= .zero, options.randomRestartDelay <= .seconds(600) else {
            throw .randomDelayOutOfRange(options.randomRestartDelay)
        }
        guard options.stateFPulse == .zero || options.stateFPulse >= .milliseconds(300),
            options.stateFPulse <= .seconds(1)
        else { throw .stateFPulseOutOfRange(options.stateFPulse) }
        if options.hasLock, case .tethered = cable { throw .lockWithoutSocket }
    }
}
