import ChargeControl
import Quantities
import Testing

/// Numbers from outside may be anything: the step answers and never traps.
@Suite struct HostileInputTests {
    private static let extremes: [Int64] = [
        .min, .min + 1, Int64(Int32.min), -1_000_000_000, -1, 0, 1, 999_999, 1_000_000_000, Int64(Int32.max), .max - 1,
        .max,
    ]

    private func any(_ random: inout SeededRandom) -> Int64 {
        Self.extremes[random.below(Self.extremes.count)]
    }

    private func any32(_ random: inout SeededRandom) -> Int32 { Int32(truncatingIfNeeded: any(&random)) }

    private func scramble(_ input: inout ControlInput, _ random: inout SeededRandom) {
        let high = Millivolts(any32(&random))
        input.pilot = PilotSample(
            high: high, low: Millivolts(any32(&random)), at: MonotonicInstant(nanoseconds: any(&random)))
        input.currents = PhaseCurrents(
            first: Milliamps(any32(&random)), second: Milliamps(any32(&random)), third: Milliamps(any32(&random)))
        input.mains = MainsVoltages(
            first: Millivolts(any32(&random)), second: Millivolts(any32(&random)), third: Millivolts(any32(&random)),
            frequency: Millihertz(any32(&random)))
        input.boardTemperature = DeciCelsius(any32(&random))
        input.plugTemperature = DeciCelsius(any32(&random))
        input.proximity = Ohms(any32(&random))
        input.lateness = Nanoseconds(any(&random))
        input.energy = EnergySample(
            number: UInt64(bitPattern: any(&random)), imported: MilliwattHours(any(&random)),
            at: MonotonicInstant(nanoseconds: any(&random)), elapsed: Nanoseconds(any(&random)))
        input.meterSince = MonotonicInstant(nanoseconds: any(&random))
        input.authorization = Authorization(
            slot: UInt32(truncatingIfNeeded: any(&random)), energyLimit: MilliwattHours(any(&random)),
            energyLimitCause: .driver, currentLimit: Milliamps(any32(&random)),
            deadline: MonotonicInstant(nanoseconds: any(&random)))
        for source in LimitSource.allCases {
            input.limits[source] = CurrentLimit(
                Milliamps(any32(&random)), because: .gridOperator,
                until: MonotonicInstant(nanoseconds: any(&random)), failSafe: Milliamps(any32(&random)))
        }
        input.durableBegin = UInt32(truncatingIfNeeded: any(&random))
        input.service.visit = UInt32(truncatingIfNeeded: any(&random))
        input.service.heardAt = MonotonicInstant(nanoseconds: any(&random))
        input.service.testNumber = UInt32(truncatingIfNeeded: any(&random))
        input.service.test = .contactor(Nanoseconds(any(&random)))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func everyNumberAtItsExtremes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var controller = try Rig(options: .everything).controller
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        for _ in 0..<20_000 {
            now = now + .milliseconds(5)
            var input = ControlInput()
            scramble(&input, &random)
            #expect(!controller.step(input, at: now).contactorEnable)
        }
    }

    /// The same in the midst of a charge: one wild step between sane ones.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func oneWildStepWhileCharging(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            var rig = try Rig(options: .everything)
            try rig.startCharging()
            var wild = rig.input
            scramble(&wild, &random)
            wild.meter = random.chance(oneIn: 2) ? .ok : .refused
            rig.now = rig.now + .milliseconds(5)
            _ = rig.controller.step(wild, at: rig.now)
            rig.run(.seconds(1))
        }
    }
}
