import ChargeControl
import Quantities

/// Everything around one control core, made for speed: the car, the contactor, the meter, the board's sensors, the store of
/// records, the grants and the limits, and what goes wrong with each. Nothing in a step allocates.
///
/// The world is steered: it brings the session to the phase that `Aim` names and the cause of its row about, and around
/// that lets happen whatever its random numbers say.
struct World: Sendable {
    static let period: Int64 = 5_000_000

    let charger: Charger
    let aim: Aim
    var random: SoakRandom
    var now: Int64 = 7_000_000_000
    var input = ControlInput()
    var truth = Truth()
    var seen = Seen()
    /// How many troubles happened, by kind.
    var troubles = InlineArray<4, Int>(repeating: 0)
    /// Until when the cause of each row is there.
    var causes = InlineArray<64, Int64>(repeating: 0)
    /// The newest trouble, for a trace.
    var newest: Trouble?

    var car: Car
    var contacts = Contacts()
    var meter: SoakMeter
    var board = BoardSensors()
    var firmware = FirmwareSide()
    var director = Director()
    var service: ServiceSide

    init(charger: Charger, aim: Aim, seed: UInt64, random: SoakRandom) {
        self.charger = charger
        self.aim = aim
        self.random = random
        service = ServiceSide(seed: seed)
        car = Car(aim: aim, random: &self.random)
        meter = SoakMeter(period: charger.configuration.meterPollPeriod.rawValue)
        director = Director(aim: aim, configuration: charger.configuration, random: &self.random)
        input.recordStore = .ok
        input.meter = .ok
        // With L1 alone from the first session on, L2 and L3 can carry what nobody asked for.
        if aim.code == .phasesUnbidden { input.wantedPhases = .single }
        if aim.isBlindBench { hurryBlind() }
        newest = nil
    }

    /// A bench board that never saw its contactor says so a second after its start: by then a session has to be prepared.
    private mutating func hurryBlind() {
        cause(.contactorUnobserved, for: 30_000_000_000)
        car.comesAt = now
        firmware.grantsAt = now
        meter.withheldUntil = now + 5_000_000_000
        director.isDone = true
    }

    /// Makes the input of the next step.
    ///
    /// - Parameter trouble: something is to happen in this step.
    mutating func advance(trouble: Bool) {
        truth.isRestart = false
        newest = nil
        pass(Self.period + director.takeStall())
        if trouble { happen() }
        direct()
        moveTechnician()
        moveCar()
        moveContacts()
        moveSensors()
        moveFirmware()
        moveMeter()
        samplePilot()
    }

    /// Lets time pass, and the loop's own account of it.
    private mutating func pass(_ duration: Int64) {
        now += duration
        let late = duration - Self.period
        truth.lateness = late
        // A loop that does not know how late it is is found out by the clock.
        input.lateness = Nanoseconds(late > 0 && director.liesOfLateness ? 0 : late)
        meter.elapse(duration, factor: Int64(charger.configuration.energyFactor))
    }

    /// Takes in what the core answered.
    mutating func take(_ output: ControlOutput) {
        seen.take(output, at: now)
        takeRecords(output)
    }

    /// Whether the cause of a row is there now.
    mutating func isCaused(_ code: FaultCode) -> Bool { causes[code.position] > now }

    /// Brings the cause of a row about for a while.
    mutating func cause(_ code: FaultCode, for duration: Int64) {
        switch code {
        case .loopStalled: director.stall = random.milliseconds(41, 300)
        case .loopLate:
            director.lateSteps = 4
        case .residualSelfTestOverdue: director.stall = 86_400_000_000_000
        default: causes[code.position] = now + duration
        }
    }
}

/// What the last step's output said, as the plant knows it.
struct Seen: Sendable {
    var command = PilotCommand.x1
    /// Since when the pilot has been PWM, x1, or taken from the car; negative where it is not.
    var pwmSince: Int64 = -1
    var x1Since: Int64 = 0
    var heldSince: Int64 = -1
    var allowance: Int32 = 0
    var isEnabled = false
    var mode = PhaseMode.three
    var lastPulse: Int64 = Int64.min / 2
    var locks = false
    var lockSince: Int64 = 0
    var tests = false
    var testSince: Int64 = 0
    var ventilates = false
    var ventilationSince: Int64 = 0
    var phase = SessionPhase.idle
    var phaseSince: Int64 = 0
    var isComplete = false

    mutating func take(_ output: ControlOutput, at now: Int64) {
        command = output.pilot
        switch output.pilot {
        case .pwm(let highTime):
            if pwmSince < 0 { pwmSince = now }
            x1Since = -1
            heldSince = -1
            allowance = DutyMeaning(highTime: highTime).allowance().rawValue
        case .x1:
            if x1Since < 0 { x1Since = now }
            pwmSince = -1
            heldSince = -1
            allowance = 0
        case .stateE, .stateF:
            if heldSince < 0 { heldSince = now }
            x1Since = -1
            pwmSince = -1
            allowance = 0
        }
        isEnabled = output.contactorEnable
        mode = output.phases
        if output.gatePulseAllowed { lastPulse = now }
        if output.lock != locks {
            locks = output.lock
            lockSince = now
        }
        if output.residualTest != tests {
            tests = output.residualTest
            testSince = now
        }
        if output.ventilation != ventilates {
            ventilates = output.ventilation
            ventilationSince = now
        }
        if output.display.phase != phase {
            phase = output.display.phase
            phaseSince = now
        }
        isComplete = output.shutdownComplete
    }
}

extension FaultCode {
    /// The row's place in the table.
    var position: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}
