import ChargeControl
import Quantities

/// The charger of a sequence: its configuration, and what of its board is not in the configuration.
struct Charger: Sendable {
    let configuration: ControlConfiguration
    /// Which feedbacks the contactor has.
    let hasMirror: Bool
    let hasLoadSide: Bool
    let measuresCurrents: Bool
    /// How long the contactor takes, in nanoseconds.
    let closingTime: Int64
    let openingTime: Int64

    /// Draws one that can come to the aim; where the aim leaves it open, anything.
    init(aim: Aim, random: inout SoakRandom) throws(ChargeControlError) {
        var options = ControlOptions()
        // One in four has nothing, one in four everything.
        let style = random.below(4)
        func option(_ random: inout SoakRandom) -> Bool {
            style == 0 ? false : style == 1 ? true : random.chance(oneIn: 2)
        }
        options.hasPilotRelay = option(&random)
        options.hasVentilation = option(&random)
        options.hasResidualTest = option(&random)
        options.watchesEarth = option(&random)
        options.watchesVoltage = option(&random)
        options.hasBoardTemperature = option(&random)
        options.hasPlugTemperature = option(&random)
        options.hasGateReadback = option(&random)
        options.hasBothFeedbacks = option(&random)
        options.switchesPhases = option(&random)
        options.wakeUp = random.chance(oneIn: 4) ? .never : random.chance(oneIn: 2) ? .open : .openThenF
        options.stateFPulse = random.chance(oneIn: 4) ? .zero : .milliseconds(random.between(300, 1_000))
        options.randomRestartDelay = random.chance(oneIn: 3) ? .seconds(5) : .zero
        options.randomSeed = random.next()
        options.phaseSwitchPause = .seconds(random.chance(oneIn: 2) ? 15 : random.between(15, 40))
        if random.chance(oneIn: 2) { options.singlePhaseMaximum = Milliamps(Int32(random.between(5_000, 20_000))) }
        var isSocket = random.chance(oneIn: 2)
        var phases: UInt8 = random.chance(oneIn: 3) ? 1 : 3
        Self.require(aim, &options, &isSocket, &phases, &random)
        if phases == 1 { options.switchesPhases = false }
        if isSocket, !options.hasLock { options.hasLock = option(&random) }
        if !isSocket { options.hasLock = false }
        let ratings: [Int32] = [6_000, 16_000, 20_000, 32_000, 63_000, 80_000]
        let isSimulated = !random.chance(oneIn: 3)
        let isBench = random.chance(oneIn: 8) || aim.isBlindBench
        configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(ratings[random.below(ratings.count)]), phases: phases,
            cable: isSocket ? .socket : .tethered(rating: Milliamps(ratings[1 + random.below(3)])),
            meterPollPeriod: .milliseconds(random.between(200, 1_500)),
            energyFactor: isSimulated && random.chance(oneIn: 2) ? UInt32(random.between(1, 200)) : 1,
            benchBoard: isBench,
            benchAllowed: !isBench || !random.chance(oneIn: 8) || aim.isBlindBench, simulatedBoard: isSimulated,
            options: options)
        let feedbacks = options.hasBothFeedbacks ? 0 : random.below(3)
        hasMirror = feedbacks != 1
        hasLoadSide = feedbacks != 2
        measuresCurrents = !random.chance(oneIn: 6)
        closingTime = random.milliseconds(10, 60)
        openingTime = random.milliseconds(10, 60)
    }

    /// What the aim needs of the board.
    private static func require(
        _ aim: Aim, _ options: inout ControlOptions, _ isSocket: inout Bool, _ phases: inout UInt8,
        _ random: inout SoakRandom
    ) {
        switch aim.code {
        case .lockFailed, .lockLost, .unlockFailed:
            isSocket = true
            options.hasLock = true
        case .cableChanged, .proximityFault: isSocket = true
        case .phasesUnbidden:
            phases = 3
            options.switchesPhases = true
        case .residualSelfTestFailed, .residualSelfTestOverdue: options.hasResidualTest = true
        case .earthMissing: options.watchesEarth = true
        case .overvoltage, .undervoltage, .undervoltageDeep, .voltageUnknown: options.watchesVoltage = true
        case .overTemperature, .temperatureUnknown: options.hasBoardTemperature = true
        case .plugOverTemperature: options.hasPlugTemperature = true
        case .gateLost: options.hasGateReadback = true
        case .contactorFeedbackLost: options.hasBothFeedbacks = true
        case .contactorWorn:
            options.contactorRating = ContactorRating(
                operations: UInt32(random.between(1, 6)), openingsUnderLoad: 10_000,
                slowest: .milliseconds(random.between(20, 100)))
        default: break
        }
        switch aim.phase {
        case .waking:
            options.hasPilotRelay = true
            if case .never = options.wakeUp { options.wakeUp = .open }
        case .switching:
            phases = 3
            options.switchesPhases = true
        default: break
        }
    }
}
