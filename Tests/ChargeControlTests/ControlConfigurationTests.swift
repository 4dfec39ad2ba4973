import ChargeControl
import Quantities
import Testing

/// What a charger may be: both sides of each limit.
@Suite struct ControlConfigurationTests {
    /// The words of a configuration; sound until a test changes one.
    private struct Words {
        var current = Milliamps(32_000)
        var phases: UInt8 = 3
        var voltage = Millivolts(230_000)
        var cable = CableArrangement.socket
        var poll = Nanoseconds.seconds(1)
        var factor: UInt32 = 1
        var isSimulated = false
        var options = ControlOptions()
    }

    private func refusal(_ change: (inout Words) -> Void) -> ChargeControlError? {
        var words = Words()
        change(&words)
        do throws(ChargeControlError) {
            _ = try ControlConfiguration(
                maximumCurrent: words.current, phases: words.phases, nominalVoltage: words.voltage, cable: words.cable,
                meterPollPeriod: words.poll, energyFactor: words.factor, simulatedBoard: words.isSimulated,
                options: words.options)
            return nil
        } catch {
            return error
        }
    }

    @Test func ratings() {
        for (milliamps, isAllowed) in [
            (Int32(0), false), (5_999, false), (6_000, true), (80_000, true), (80_001, false), (-6_000, false),
        ] {
            let current = Milliamps(milliamps)
            let expected: ChargeControlError? = isAllowed ? nil : .currentRatingOutOfRange(current)
            #expect(refusal { $0.current = current } == expected)
            #expect(refusal { $0.cable = .tethered(rating: current) } == expected)
        }
    }

    @Test func phasesVoltageAndPolling() {
        for phases in UInt8(0)...4 {
            #expect(
                refusal { $0.phases = phases } == (phases == 1 || phases == 3 ? nil : .phasesNotOneOrThree(phases)))
        }
        for (millivolts, isAllowed) in [(Int32(99_999), false), (100_000, true), (300_000, true), (300_001, false)] {
            let voltage = Millivolts(millivolts)
            #expect(refusal { $0.voltage = voltage } == (isAllowed ? nil : .nominalVoltageOutOfRange(voltage)))
        }
        for (poll, isAllowed) in [
            (Nanoseconds(999_999), false), (.milliseconds(1), true), (.seconds(10), true),
            (Nanoseconds(10_000_000_001), false),
        ] {
            #expect(refusal { $0.poll = poll } == (isAllowed ? nil : .meterPollPeriodOutOfRange(poll)))
        }
    }

    /// Only a simulated board has another factor than 1.
    @Test func energyFactors() {
        for (factor, isSimulated, isAllowed) in [
            (UInt32(1), false, true), (2, false, false), (0, false, false), (0, true, false), (1, true, true),
            (2, true, true), (100_000, true, true), (100_001, true, false),
        ] {
            let refused = refusal {
                $0.factor = factor
                $0.isSimulated = isSimulated
            }
            #expect(
                refused == (isAllowed ? nil : .energyFactorOutOfRange(factor)), "\(factor), simulated: \(isSimulated)")
        }
    }

    @Test func durationsOfTheOptions() {
        let step = Nanoseconds(1)
        for (pause, isAllowed) in [
            (Nanoseconds.seconds(15) - step, false), (.seconds(15), true), (.seconds(600), true),
            (.seconds(600) + step, false),
        ] {
            #expect(
                refusal { $0.options.phaseSwitchPause = pause }
                    == (isAllowed ? nil : .phaseSwitchPauseOutOfRange(pause)))
        }
        for (delay, isAllowed) in [
            (Nanoseconds.zero - step, false), (.zero, true), (.seconds(600), true), (.seconds(600) + step, false),
        ] {
            #expect(
                refusal { $0.options.randomRestartDelay = delay } == (isAllowed ? nil : .randomDelayOutOfRange(delay)))
        }
        for (pulse, isAllowed) in [
            (Nanoseconds.zero - step, false), (.zero, true), (step, false), (.milliseconds(300) - step, false),
            (.milliseconds(300), true), (.seconds(1), true), (.seconds(1) + step, false),
        ] {
            #expect(refusal { $0.options.stateFPulse = pulse } == (isAllowed ? nil : .stateFPulseOutOfRange(pulse)))
        }
    }

    @Test func whatFitsTogether() {
        #expect(
            refusal {
                $0.phases = 1
                $0.options.switchesPhases = true
            } == .phasesNotSwitchable(1))
        #expect(refusal { $0.options.switchesPhases = true } == nil)
        #expect(
            refusal {
                $0.cable = .tethered(rating: Milliamps(32_000))
                $0.options.hasLock = true
            } == .lockWithoutSocket)
        #expect(refusal { $0.options.hasLock = true } == nil)
        #expect(refusal { $0.cable = .tethered(rating: Milliamps(32_000)) } == nil)
    }

    /// 3 × 32 A × 230 V = 22.08 kW over 7 s is 42 933.3 mWh; rounded up, never down.
    @Test func theEnergyMarginIsRoundedUp() throws {
        func margin(factor: UInt32) throws -> MilliwattHours {
            try ControlConfiguration(
                maximumCurrent: Milliamps(32_000), phases: 3, cable: .socket, meterPollPeriod: .seconds(1),
                energyFactor: factor, simulatedBoard: true
            ).energyMargin
        }
        #expect(try margin(factor: 1) == MilliwattHours(42_934))
        #expect(try margin(factor: 200) == MilliwattHours(42_934 * 200))
    }
}
