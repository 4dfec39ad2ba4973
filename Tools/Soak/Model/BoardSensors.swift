import ChargeControl
import Quantities

/// What the board's other sensors stand at.
struct BoardSensors: Sendable {
    var boardBase: Int32 = 350
    var plugBase: Int32 = 300
    var isFrozen = false
    var voltage: Int32 = 230_000
    var frequency: Int32 = 50_000
    var isLocked = false
    var wandersUntil: Int64 = 0
    var fanDelay: Int64 = 800_000_000
    var tripDelay: Int64 = 120_000_000
    var releaseDelay: Int64 = 300_000_000
}

extension World {
    private static let cables: InlineArray<5, (ohms: Int32, rating: Int32)> = [
        (1_500, 13_000), (680, 20_000), (220, 32_000), (100, 63_000), (3_000, -1),
    ]

    mutating func moveSensors() {
        let bits = random.next()
        moveHeat(bits)
        moveMains(bits >> 16)
        moveLock()
        moveResidual()
        moveProximity()
        input.fanRuns =
            seen.ventilates && now - seen.ventilationSince >= board.fanDelay && !isCaused(.ventilationMissing)
        input.emergencyStop = isCaused(.emergencyStop)
        input.enclosureOpen = isCaused(.enclosureOpen)
        input.supplyLow = isCaused(.brownOut)
        input.earthPresent = isCaused(.earthMissing) ? (bits & 0x8000_0000 == 0 ? false : nil) : true
    }

    private mutating func moveHeat(_ bits: UInt64) {
        let jitter = board.isFrozen ? 0 : Int32(truncatingIfNeeded: bits & 3)
        var hot = board.boardBase + jitter
        var plug = board.plugBase + jitter
        if isCaused(.overTemperature) { hot = 820 + jitter }
        if isCaused(.plugOverTemperature) { plug = 930 + jitter }
        input.boardTemperature = DeciCelsius(hot)
        input.plugTemperature = DeciCelsius(plug)
        if isCaused(.temperatureUnknown) {
            input.boardTemperature = car.cable & 1 == 0 ? nil : DeciCelsius(1_300)
            input.plugTemperature = car.cable & 1 == 0 ? nil : DeciCelsius(-2_000)
        }
    }

    private mutating func moveMains(_ bits: UInt64) {
        let wobble = Int32(truncatingIfNeeded: bits & 0x7FF) - 1_024
        var lowest = board.voltage + wobble
        var other = board.voltage - wobble
        let nominal = charger.configuration.nominalVoltage.rawValue
        if isCaused(.overvoltage) { other = nominal / 100 * 118 }
        if isCaused(.undervoltage) { lowest = nominal / 100 * 75 }
        if isCaused(.undervoltageDeep) { lowest = nominal / 100 * 30 }
        if charger.configuration.phases == 1, isCaused(.overvoltage) { lowest = other }
        input.mains = MainsVoltages(
            first: Millivolts(lowest), second: Millivolts(other), third: Millivolts(other),
            frequency: bits & 0x7000 == 0 ? nil : Millihertz(board.frequency))
        if isCaused(.voltageUnknown) {
            if charger.configuration.phases == 1 { input.mains.first = nil } else { input.mains.third = nil }
        }
        if now >= board.wandersUntil {
            board.voltage = 230_000
            board.frequency = 50_000
            board.boardBase = 350
            board.plugBase = 300
        }
    }

    private mutating func moveLock() {
        if seen.locks != board.isLocked, now - seen.lockSince >= 300_000_000 {
            let isStuck = seen.locks ? service.lock == .stuckOpen : service.lock == .stuckLocked
            if !isStuck, seen.locks || !isCaused(.unlockFailed) { board.isLocked = seen.locks }
        }
        if isCaused(.lockFailed) { board.isLocked = false }
        let shows = board.isLocked && !isCaused(.lockLost)
        input.lock = shows ? .locked : .unlocked
    }

    /// The monitor's outputs, and its answer to the test.
    private mutating func moveResidual() {
        input.residualDirect = isCaused(.residualDirect)
        input.residualAlternating = isCaused(.residualAlternating)
        guard charger.configuration.options.hasResidualTest, !isCaused(.residualSelfTestFailed) else { return }
        let trips =
            seen.tests
            ? now - seen.testSince >= board.tripDelay
            : seen.testSince > 0 && now - seen.testSince < board.releaseDelay
        if trips {
            input.residualDirect = true
            input.residualAlternating = true
        }
    }

    private mutating func moveProximity() {
        guard case .socket = charger.configuration.cable else { return }
        guard car.isPlugged else {
            input.proximity = Ohms(50_000)
            truth.cable = 0
            return
        }
        var cable = isCaused(.proximityFault) ? 4 : car.cable
        if isCaused(.cableChanged) {
            if cable == 4 {
                input.proximity = nil
                truth.cable = nil
                return
            }
            cable = (cable + 1) % 5
        }
        input.proximity = Ohms(Self.cables[cable].ohms)
        truth.cable = Self.cables[cable].rating
    }
}
