public import ChargeControl
import Quantities

/// The chargers that the cases run on.
public enum Installation: String, Sendable, CaseIterable {
    /// A socket of 32 A and three phases with everything that a board can have, but neither a fan nor a phase relay.
    case full
    /// A fixed cable of 32 A and three phases, and a board that has no more than the least.
    case plain
    /// `full` with a fan for state D.
    case ventilated
    /// `full` with a relay for L2 and L3, which takes its least pause.
    case switching
    /// `full`, waking with F after E.
    case wakingTwice = "waking-twice"
    /// `full`, with a contactor that is built for two operations.
    case worn
    /// `full` with a mains whose restart is spread over up to 60 s.
    case spread

    /// The configuration of its controller.
    public var configuration: ControlConfiguration {
        configuration { _ in }
    }

    /// The configuration with other options than the installation's own: for tests that a wrong one is noticed.
    public func configuration(altering alter: (inout ControlOptions) -> Void) -> ControlConfiguration {
        var options = self == .plain ? ControlOptions() : Self.everything
        switch self {
        case .full, .plain: break
        case .ventilated: options.hasVentilation = true
        case .switching:
            options.switchesPhases = true
            options.phaseSwitchPause = .seconds(15)
        case .wakingTwice: options.wakeUp = .openThenF
        case .worn: options.contactorRating = ContactorRating(operations: 2, openingsUnderLoad: 10_000)
        case .spread: options.randomRestartDelay = .seconds(60)
        }
        alter(&options)
        do throws(ChargeControlError) {
            return try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3,
                cable: self == .plain ? .tethered(rating: Milliamps(32_000)) : .socket, meterPollPeriod: .seconds(1),
                options: options)
        } catch {
            invariantBroken("the installations have valid configurations")
        }
    }

    private static var everything: ControlOptions {
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.hasLock = true
        options.hasResidualTest = true
        options.watchesEarth = true
        options.watchesVoltage = true
        options.hasBoardTemperature = true
        options.hasPlugTemperature = true
        options.hasGateReadback = true
        options.hasBothFeedbacks = true
        return options
    }
}
