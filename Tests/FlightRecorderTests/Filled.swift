import FlightRecorder
import FlightSamples
import Quantities
import Testing

@testable import ChargeControl

/// Values with every field set, each to something of its own.
enum Filled {
    static func input() -> ControlInput {
        var input = ControlInput()
        input.pilot = PilotSample(
            high: Millivolts(9_001), low: Millivolts(-11_902), at: MonotonicInstant(nanoseconds: 76_999_000_004))
        input.contactor = ContactorFeedback(
            mirror: .open, secondMirror: .closed, firstLoad: .closed, secondLoad: .open, thirdLoad: .closed)
        input.currents = PhaseCurrents(first: Milliamps(0), second: Milliamps(-6), third: Milliamps(7))
        input.mains = MainsVoltages(
            first: Millivolts(230_008), second: Millivolts(230_009), third: Millivolts(230_010),
            frequency: Millihertz(50_011))
        input.boardTemperature = DeciCelsius(-12)
        input.plugTemperature = DeciCelsius(413)
        input.earthPresent = false
        input.enclosureOpen = true
        input.supplyLow = true
        input.gateHeld = true
        input.lock = .locked
        input.fanRuns = true
        input.emergencyStop = true
        input.residualDirect = true
        input.residualAlternating = true
        input.proximity = Ohms(214)
        input.lateness = Nanoseconds(15_000)
        input.energy = EnergySample(
            number: 16, imported: MilliwattHours(17), at: MonotonicInstant(nanoseconds: 18), elapsed: Nanoseconds(19))
        input.meter = .distrusted
        input.meterSince = MonotonicInstant(nanoseconds: 20)
        input.recordStore = .nearlyFull
        input.authorization = Authorization(
            slot: .max, energyLimit: MilliwattHours(22), energyLimitCause: .driver, currentLimit: Milliamps(23),
            deadline: MonotonicInstant(nanoseconds: 24), deadlineCause: .driver)
        input.durableBegin = 25
        for (position, source) in LimitSource.allCases.enumerated() {
            input.limits[source] = CurrentLimit(
                Milliamps(Int32(26 + position)), because: LimitReason.allCases[position + 1],
                until: MonotonicInstant(nanoseconds: Int64(40 + position)), failSafe: Milliamps(Int32(60 + position)))
        }
        input.wantedPhases = .single
        input.ownerStop = true
        input.softShutdown = true
        input.hardShutdown = true
        input.localReset = true
        input.technicianReset = .loopLate
        input.selfTestRequest = true
        input.service.visit = 27
        input.service.heardAt = MonotonicInstant(nanoseconds: 28)
        input.service.test = .lamps(.charging, Nanoseconds(29))
        input.service.testNumber = 30
        return input
    }

    static func output() throws -> ControlOutput {
        var drive = try RandomDrive(seed: 1)
        for _ in 0..<10 {
            drive.advance()
            drive.perform()
        }
        return try #require(drive.output)
    }

    static func beginning() throws -> ControllerBeginning {
        var options = ControlOptions()
        options.hasPilotRelay = true
        options.wakeUp = .openThenF
        options.stateFPulse = .milliseconds(400)
        options.hasVentilation = true
        options.hasLock = true
        options.switchesPhases = true
        options.phaseSwitchPause = .seconds(61)
        options.singlePhaseMaximum = Milliamps(19_000)
        options.hasResidualTest = true
        options.watchesEarth = true
        options.watchesVoltage = true
        options.hasBoardTemperature = true
        options.hasPlugTemperature = true
        options.hasGateReadback = true
        options.hasBothFeedbacks = true
        options.randomRestartDelay = .seconds(62)
        options.randomSeed = .max - 63
        options.contactorRating = ContactorRating(operations: 64, openingsUnderLoad: 65, slowest: .milliseconds(66))
        let configuration = try ControlConfiguration(
            maximumCurrent: Milliamps(31_000), phases: 3, nominalVoltage: Millivolts(231_000), cable: .socket,
            meterPollPeriod: .milliseconds(1_001), energyFactor: 77, benchBoard: true, benchAllowed: true,
            simulatedBoard: true, options: options)
        var wear = ContactorWear()
        wear.operations = 1
        wear.openingsUnderLoad = 2
        wear.switchedSquareAmpereMilliseconds = .max
        wear.closingTime = Nanoseconds(3)
        wear.openingTime = Nanoseconds(4)
        return ControllerBeginning(
            configuration, latched: [.contactorWelded, .emergencyStop], sincePowerUp: [.emergencyStop], wear: wear)
    }

    /// One of each kind, and for each field one that differs from the first of its kind in that field alone.
    static func intents() -> [RecordIntent] {
        func mark(_ changed: Int = -1) -> SessionMark {
            func value(_ field: Int) -> Int64 { field == changed ? 100 : Int64(field) }
            return SessionMark(
                session: UInt32(value(0)), grantSlot: UInt32(value(1)),
                sample: EnergySample(
                    number: UInt64(value(2)), imported: MilliwattHours(value(3)),
                    at: MonotonicInstant(nanoseconds: value(4)), elapsed: Nanoseconds(value(5))),
                energy: MilliwattHours(value(6)))
        }
        var intents: [RecordIntent] = [
            .tick(mark(), index: 1, boundaries: 1), .tick(mark(), index: 2, boundaries: 1),
            .tick(mark(), index: 1, boundaries: 2),
            .end(mark(), reason: .car, fault: nil, ticks: 3, isFinalReading: true),
            .end(mark(), reason: .car, fault: .brownOut, ticks: 3, isFinalReading: true),
            .end(mark(), reason: .car, fault: nil, ticks: 4, isFinalReading: true),
            .end(mark(), reason: .car, fault: nil, ticks: 3, isFinalReading: false),
            .residualSelfTest(passed: true, tripTime: nil), .residualSelfTest(passed: false, tripTime: nil),
            .residualSelfTest(passed: true, tripTime: .zero), .residualSelfTest(passed: true, tripTime: .seconds(1)),
        ]
        for changed in -1..<7 {
            intents += [.begin(mark(changed)), .resume(mark(changed))]
        }
        for cause in [PauseCause.car, .fault, .meter, .lateness, .noCurrent, .owner, .phases] {
            intents.append(.pause(mark(), cause: cause))
        }
        for reason in StopReason.allCases.dropFirst() {
            intents.append(.end(mark(), reason: reason, fault: nil, ticks: 3, isFinalReading: true))
        }
        for code in FaultCode.allCases { intents += [.faultLatched(code), .faultCleared(code, by: .condition)] }
        for clearing in FaultClearing.allCases.dropFirst() { intents.append(.faultCleared(.brownOut, by: clearing)) }
        for field in 0..<6 {
            var wear = ContactorWear()
            switch field {
            case 0: wear.operations = 1
            case 1: wear.openingsUnderLoad = 1
            case 2: wear.switchedSquareAmpereMilliseconds = 1
            case 3: wear.closingTime = Nanoseconds(1)
            case 4: wear.openingTime = Nanoseconds(1)
            default: break
            }
            intents.append(.wear(wear))
        }
        return intents
    }
}
