import ChargeControl
import Quantities

/// What a board with every option senses around the charger, all of it sound until a test breaks it.
struct Surroundings {
    var voltage: Millivolts? = Millivolts(230_000)
    var frequency: Millihertz? = Millihertz(50_000)
    /// A live sensor never stands quite still.
    var boardTemperature: DeciCelsius? = DeciCelsius(300)
    var plugTemperature: DeciCelsius? = DeciCelsius(300)
    var temperaturesMove = true
    var earth: Bool? = true
    /// The gate's read-back follows the pulses.
    var gateAnswers = true
    var lockMoves = true
    var lockTime = Nanoseconds.milliseconds(200)
    var lock = LockFeedback.unlocked
    var fanWorks = true
    /// A fan, or its sensor, that says it runs whatever it is told.
    var fanIsStuck = false
    var fanTime = Nanoseconds.seconds(1)
    /// `nil` leaves it to the test.
    var proximity: Ohms?
    /// The residual-current monitor answers its test.
    var monitorWorks = true
    var monitorTime = Nanoseconds.milliseconds(100)
    /// It trips and never lets go.
    var monitorSticks = false
    /// Real residual currents, beside the test's.
    var direct = false
    var alternating = false

    private var lockDrivenSince: MonotonicInstant?
    private var lockDriven = false
    private var fanSince: MonotonicInstant?
    private var testSince: MonotonicInstant?
    private var testEnded: MonotonicInstant?
    private var steps: Int32 = 0
    private var ownsResidual = false

    /// Answers the last output.
    mutating func step(_ output: ControlOutput, _ input: inout ControlInput, at now: MonotonicInstant) {
        steps &+= 1
        let tremor = temperaturesMove ? (steps / 200) % 2 : 0
        input.mains = MainsVoltages(first: voltage, second: voltage, third: voltage, frequency: frequency)
        input.boardTemperature = boardTemperature.map { DeciCelsius($0.rawValue + tremor) }
        input.plugTemperature = plugTemperature.map { DeciCelsius($0.rawValue + tremor) }
        input.earthPresent = earth
        input.gateHeld = gateAnswers
        if let proximity { input.proximity = proximity }
        moveLock(output, at: now)
        input.lock = lock
        fanSince = output.ventilation && fanWorks ? fanSince ?? now : nil
        input.fanRuns = fanIsStuck || (fanSince.map { now - $0 >= fanTime } ?? false)
        answerTest(output, &input, at: now)
    }

    private mutating func moveLock(_ output: ControlOutput, at now: MonotonicInstant) {
        if output.lock != lockDriven || lockDrivenSince == nil {
            lockDriven = output.lock
            lockDrivenSince = now
        }
        guard lockMoves, let since = lockDrivenSince, now - since >= lockTime else { return }
        lock = lockDriven ? .locked : .unlocked
    }

    /// Tests that set the residual inputs themselves are left alone while no test runs.
    private mutating func answerTest(_ output: ControlOutput, _ input: inout ControlInput, at now: MonotonicInstant) {
        if output.residualTest {
            testSince = testSince ?? now
            testEnded = nil
        } else if testSince != nil, testEnded == nil {
            testEnded = now
        }
        if let ended = testEnded, now - ended >= monitorTime, !monitorSticks { testSince = nil }
        let answers = monitorWorks && (testSince.map { now - $0 >= monitorTime } ?? false)
        let wants = (direct: direct || answers, alternating: alternating || answers)
        if wants.direct || wants.alternating || ownsResidual {
            input.residualDirect = wants.direct
            input.residualAlternating = wants.alternating
        }
        ownsResidual = wants.direct || wants.alternating
    }
}

extension ControlOptions {
    /// A board that has everything, on a tethered cable.
    static var everything: ControlOptions {
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.wakeUp = .openThenF
        options.hasVentilation = true
        options.switchesPhases = true
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
