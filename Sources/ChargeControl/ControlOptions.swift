public import Quantities

/// How a sleeping car is woken (Annex A, A.5.3; docs/control-core.md, "Wake-up").
public enum WakeUpPlan: UInt8, Sendable, BitwiseCopyable, Equatable {
    /// It is not.
    case never
    /// The pilot is cut for 4 s, once, 30 s after current was offered.
    case open
    /// The same, and 90 s after current was offered state F for 4 s.
    case openThenF
}

/// What a board has beyond the least, and how the installer wants it used. The defaults are a board that has nothing more.
public struct ControlOptions: Sendable, BitwiseCopyable {
    /// The board can cut the pilot with a relay of its own. Without it wake-up and phase switching skip that step.
    public var hasPilotRelay = false
    /// How a sleeping car is woken.
    public var wakeUp = WakeUpPlan.open
    /// How long a fault shows state F; zero: never.
    public var stateFPulse = Nanoseconds.milliseconds(300)
    /// A fan serves state D and says that it runs (`ControlInput.fanRuns`).
    public var hasVentilation = false
    /// The socket has a lock with feedback.
    public var hasLock = false
    /// A contactor of its own switches L2 and L3, with a relay that decides whether it closes along.
    public var switchesPhases = false
    /// From the opening to the next closing on other phases; 15 to 600 s.
    public var phaseSwitchPause = Nanoseconds.seconds(60)
    /// The most that may be offered while only L1 is closed; `nil` for no limit of its own.
    public var singlePhaseMaximum: Milliamps?
    /// The residual-current monitor has a test input.
    public var hasResidualTest = false
    /// Protective earth is watched.
    public var watchesEarth = false
    /// The mains voltage is watched.
    public var watchesVoltage = false
    /// The electronics have a temperature sensor.
    public var hasBoardTemperature = false
    /// The plug's contacts have one.
    public var hasPlugTemperature = false
    /// The coil gate can be read back.
    public var hasGateReadback = false
    /// The board has both feedbacks of the contactor; the loss of one is noticed.
    public var hasBothFeedbacks = false
    /// The longest random delay after the mains came back; 0 to 600 s.
    public var randomRestartDelay = Nanoseconds.zero
    /// What the random delay is drawn from; another number for each charger.
    public var randomSeed: UInt64 = 1
    /// What the contactor is built for.
    public var contactorRating = ContactorRating()

    /// A board that has nothing more than the least.
    public init() {
        singlePhaseMaximum = nil
    }
}
