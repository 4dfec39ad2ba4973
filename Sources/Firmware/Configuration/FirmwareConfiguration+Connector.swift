public import ChargeControl
public import Quantities

extension FirmwareConfiguration {
    /// One connector: what it is made of, and what may flow through it.
    public struct Connector: Sendable, Equatable {
        public var board: BoardChoice
        public var meter: MeterChoice
        /// The installer's commissioned limit per phase; 6 A to 80 A.
        public var maximumCurrent: Milliamps
        /// Which phases of the mains its own are; stated wherever there is a mains meter.
        public var mainsPhases: PhaseOrder?
        public var limits: Limits
        public var charging: Charging
    }

    /// The limits that the owner sets.
    public struct Limits: Sendable, Equatable {
        /// The most per phase, or nil for no limit of his.
        public var owner: Milliamps?
        public var schedule: DailySchedule?

        /// No limits.
        public static let unlimited = Limits(owner: nil, schedule: nil)
    }

    /// When charging may run, by local time.
    public struct DailySchedule: Sendable, Equatable {
        /// At most `Schedule.capacity`; where they overlap, the greatest current holds.
        public var windows: [Schedule.Window]
        /// The most per phase outside every window, and while the clock is not known.
        public var otherwise: Milliamps
        /// Local time minus UTC, in minutes; it does not follow summer time by itself.
        public var utcOffset: Int32
        /// After a window opens this connector waits its own random number of seconds, at most so many.
        public var randomDelay: Int32
    }

    /// How cars are served.
    public struct Charging: Sendable, Equatable {
        /// How a sleeping car is woken.
        public var wakeUp = WakeUpPlan.open
        /// How long a fault shows state F; zero for never.
        public var stateFPulse = Nanoseconds.milliseconds(300)
        /// From the opening to the closing on other phases.
        public var phaseSwitchPause = Nanoseconds.seconds(60)
        /// The most while only L1 is closed, or nil for no limit of its own.
        public var singlePhaseMaximum: Milliamps?
        /// The longest random delay after the mains came back.
        public var restartDelay = Nanoseconds.zero
    }
}
