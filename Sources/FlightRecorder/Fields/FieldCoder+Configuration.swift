import ChargeControl
import Quantities

// What a controller starts from, as words; for a recording's header, never in a step.
extension FieldCoder {
    /// The words of a beginning.
    static func words(of beginning: ControllerBeginning) -> FieldCoder {
        var coder = FieldCoder.collecting
        var fields = BeginningFields(beginning)
        coder.code(&fields)
        return coder
    }

    /// A beginning from its words, or `nil` where they describe none.
    static func beginning(from words: FieldWords) -> ControllerBeginning? {
        var coder = FieldCoder.restoring(words)
        var fields = BeginningFields()
        coder.code(&fields)
        return coder.isInvalid ? nil : fields.beginning()
    }

    /// Every field that a controller starts from. A field that `ControlConfiguration` or `ControlOptions` gains is added here
    /// and in `BeginningFields`.
    mutating func code(_ fields: inout BeginningFields) {
        enter("configuration")
        code(&fields.maximumCurrent, "maximumCurrent")
        code(&fields.phases, "phases")
        code(&fields.nominalVoltage, "nominalVoltage")
        code(&fields.cableRating, "cable")
        code(&fields.meterPollPeriod, "meterPollPeriod")
        code(&fields.energyFactor, "energyFactor")
        code(&fields.benchBoard, "benchBoard")
        code(&fields.benchAllowed, "benchAllowed")
        code(&fields.simulatedBoard, "simulatedBoard")
        code(&fields.options)
        enter("beginning")
        code(&fields.latched, "latched")
        code(&fields.sincePowerUp, "sincePowerUp")
        code(&fields.wear)
    }

    private mutating func code(_ options: inout ControlOptions) {
        enter("options")
        code(&options.hasPilotRelay, "hasPilotRelay")
        code(&options.wakeUp, "wakeUp")
        code(&options.stateFPulse, "stateFPulse")
        code(&options.hasVentilation, "hasVentilation")
        code(&options.hasLock, "hasLock")
        code(&options.switchesPhases, "switchesPhases")
        code(&options.phaseSwitchPause, "phaseSwitchPause")
        code(&options.singlePhaseMaximum, "singlePhaseMaximum")
        code(&options.hasResidualTest, "hasResidualTest")
        code(&options.watchesEarth, "watchesEarth")
        code(&options.watchesVoltage, "watchesVoltage")
        code(&options.hasBoardTemperature, "hasBoardTemperature")
        code(&options.hasPlugTemperature, "hasPlugTemperature")
        code(&options.hasGateReadback, "hasGateReadback")
        code(&options.hasBothFeedbacks, "hasBothFeedbacks")
        code(&options.randomRestartDelay, "randomRestartDelay")
        code(&options.randomSeed, "randomSeed")
        code(&options.contactorRating.operations, "contactorRating.operations")
        code(&options.contactorRating.openingsUnderLoad, "contactorRating.openingsUnderLoad")
        code(&options.contactorRating.slowest, "contactorRating.slowest")
    }
}

/// A beginning with every field open to be filled; `ControlConfiguration` checks them all together.
struct BeginningFields: Sendable, BitwiseCopyable {
    var maximumCurrent = Milliamps(0)
    var phases: UInt8 = 0
    var nominalVoltage = Millivolts(0)
    /// `nil` for a socket.
    var cableRating: Milliamps?
    var meterPollPeriod = Nanoseconds(0)
    var energyFactor: UInt32 = 0
    var benchBoard = false
    var benchAllowed = false
    var simulatedBoard = false
    var options = ControlOptions()
    var latched: UInt64 = 0
    var sincePowerUp: UInt64 = 0
    var wear = ContactorWear()

    init() { cableRating = nil }

    init(_ beginning: ControllerBeginning) {
        let configuration = beginning.configuration
        maximumCurrent = configuration.maximumCurrent
        phases = configuration.phases
        nominalVoltage = configuration.nominalVoltage
        cableRating = nil
        if case .tethered(let rating) = configuration.cable { cableRating = rating }
        meterPollPeriod = configuration.meterPollPeriod
        energyFactor = configuration.energyFactor
        benchBoard = configuration.benchBoard
        benchAllowed = configuration.benchAllowed
        simulatedBoard = configuration.simulatedBoard
        options = configuration.options
        latched = beginning.latched.bits
        sincePowerUp = beginning.sincePowerUp.bits
        wear = beginning.wear
    }

    /// The beginning, or `nil` where the configuration refuses a value.
    func beginning() -> ControllerBeginning? {
        var cable = CableArrangement.socket
        if let cableRating { cable = .tethered(rating: cableRating) }
        do throws(ChargeControlError) {
            let configuration = try ControlConfiguration(
                maximumCurrent: maximumCurrent, phases: phases, nominalVoltage: nominalVoltage, cable: cable,
                meterPollPeriod: meterPollPeriod, energyFactor: energyFactor, benchBoard: benchBoard,
                benchAllowed: benchAllowed, simulatedBoard: simulatedBoard, options: options)
            return ControllerBeginning(
                configuration, latched: FaultSet(bits: latched), sincePowerUp: FaultSet(bits: sincePowerUp), wear: wear)
        } catch {
            return nil
        }
    }
}
