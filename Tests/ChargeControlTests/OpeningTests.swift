import ChargeControl
import Quantities
import Testing

/// What opens the contactor, how fast, and what does not.
@Suite struct OpeningTests {
    private func charging() throws -> Rig {
        var rig = try Rig()
        try rig.startCharging()
        return rig
    }

    /// A dropout that spans so many samples of 5 ms, at every level.
    @Test(arguments: [PilotLevel.a, .b, .e, .f, .invalid, .d])
    func dropouts(to level: PilotLevel) throws {
        for (samples, opens) in [(1, false), (3, false), (4, false), (5, true), (6, true)] {
            var rig = try charging()
            rig.car = level
            rig.run(.milliseconds(Int64(samples * 5)))
            #expect(rig.output.contactorEnable == !opens, "\(samples) samples of \(level)")
            rig.car = .c
            rig.run(.milliseconds(100))
            #expect(rig.output.contactorEnable == !opens, "\(samples) samples of \(level), later")
        }
    }

    @Test func fifteenTwentyAndThirtyMilliseconds() throws {
        // The dropout lies anywhere between the samples: the phase of its beginning runs over a whole period.
        for (length, mayOpen, mustOpen) in [(15, false, false), (20, true, false), (30, true, true)] {
            for phase in 0..<5 {
                var rig = try charging()
                var opened = false
                // At 1 ms resolution the samples at multiples of 5 ms are what the core sees.
                for sample in 1...20 {
                    let time = sample * 5 - phase
                    rig.car = time >= 0 && time <= length ? .b : .c
                    rig.step()
                    if !rig.output.contactorEnable { opened = true }
                }
                if mustOpen { #expect(opened, "\(length) ms at phase \(phase)") }
                if !mayOpen { #expect(!opened, "\(length) ms at phase \(phase)") }
            }
        }
    }

    @Test(arguments: [PilotLevel.a, .b, .d, .e, .f, .invalid])
    func withoutAStallTheContactorIsToldWithinFortyMilliseconds(to level: PilotLevel) throws {
        var rig = try charging()
        rig.car = level
        let time = try #require(rig.run(within: .milliseconds(100)) { !$0.output.contactorEnable })
        #expect(time <= .milliseconds(40))
        // Five samples, the first of them in the first step.
        #expect(time == .milliseconds(25))
    }

    @Test func samplesThatDisagreeAmongThemselvesStillOpen() throws {
        var rig = try charging()
        for level in [PilotLevel.b, .a, .invalid, .e, .a] {
            rig.car = level
            rig.step()
        }
        #expect(!rig.output.contactorEnable)
    }

    @Test func oneSampleSeenTwiceIsNoSecondWitness() throws {
        var rig = try charging()
        rig.car = .b
        rig.step()
        // Three more steps read the same sample, a fourth finds it stale: two witnesses, not five.
        rig.pilotIsSampled = false
        rig.run(.milliseconds(20))
        #expect(rig.output.contactorEnable)
        rig.car = .c
        rig.pilotIsSampled = true
        rig.run(.milliseconds(100))
        #expect(rig.output.contactorEnable)
    }

    @Test func aPilotThatIsHalfStaleAndHalfInBOpens() throws {
        var rig = try charging()
        rig.pilotIsSampled = false
        rig.input.pilot = nil
        for step in 0..<5 {
            rig.input.pilot =
                step % 2 == 0
                ? nil
                : PilotSample(high: Millivolts(9_000), low: Millivolts(-12_000), at: rig.now + .milliseconds(5))
            rig.step()
        }
        #expect(!rig.output.contactorEnable)
    }

    @Test func nothingClosesOntoAContactorThatLooksClosed() throws {
        var rig = try charging()
        rig.car = .b
        rig.run(.milliseconds(500))
        rig.car = .c
        rig.run(.milliseconds(400))
        rig.isWelded = true
        rig.run(.milliseconds(200))
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.display.fault == nil)
        rig.isWelded = false
        rig.run(.milliseconds(50))
        #expect(rig.output.contactorEnable)
    }

    @Test func anAcknowledgementThatIsTakenBackOpens() throws {
        var rig = try charging()
        rig.acknowledgesBegin = false
        rig.input.durableBegin = 0
        rig.step()
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.pilot == .x1)
        rig.acknowledgesBegin = true
        rig.run(.seconds(2))
        #expect(!rig.output.contactorEnable, "only B1 leads back")
        rig.car = .b
        rig.run(.milliseconds(200))
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
    }

    @Test func missedPeriodsAreNotMadeUp() throws {
        var rig = try charging()
        rig.car = .b
        rig.step()
        rig.step(after: .milliseconds(40))
        // 40 ms since the first sample, but two samples only.
        #expect(rig.output.contactorEnable)
        rig.step()
        rig.step()
        #expect(rig.output.contactorEnable)
        rig.step()
        #expect(!rig.output.contactorEnable)
    }

    @Test func closingAgainGoesThroughTheFilter() throws {
        var rig = try charging()
        rig.car = .b
        rig.run(.milliseconds(100))
        rig.car = .c
        rig.run(.milliseconds(450))
        // A toggle under 500 ms never closes.
        rig.car = .b
        rig.step()
        rig.car = .c
        rig.run(.milliseconds(495))
        #expect(!rig.output.contactorEnable)
        rig.run(.milliseconds(15))
        #expect(rig.output.contactorEnable)
    }

    @Test func unpluggedWhileChargingIsNotAPause() throws {
        var rig = try charging()
        rig.forgetTrace()
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.trace == ["A1 open", "end unplugged"])
    }

    @Test func aShortStopInBBeforeTheUnplugIsAnUnplug() throws {
        var rig = try charging()
        rig.car = .b
        rig.run(.milliseconds(300))
        rig.car = .a
        rig.run(.seconds(1))
        #expect(rig.endReasons == [.unplugged])
    }

    @Test func emergencyStopAndResidualCurrentTakeTwoSamples() throws {
        for (name, set) in [
            ("emergency stop", { (rig: inout Rig, on: Bool) in rig.input.emergencyStop = on }),
            ("direct", { $0.input.residualDirect = $1 }), ("alternating", { $0.input.residualAlternating = $1 }),
        ] as [(String, (inout Rig, Bool) -> Void)] {
            var rig = try charging()
            set(&rig, true)
            rig.step()
            #expect(rig.output.contactorEnable, "\(name): one sample")
            rig.step()
            #expect(!rig.output.contactorEnable, "\(name): two samples, at most 20 ms")
            #expect(!rig.isPowered)

            var bounced = try charging()
            set(&bounced, true)
            bounced.step()
            set(&bounced, false)
            bounced.run(.milliseconds(50))
            #expect(bounced.output.contactorEnable, "\(name): a bounce")
        }
    }

    @Test func aCarWithoutADiodeIsNeverServed() throws {
        var rig = try Rig()
        rig.diode = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(1))
        rig.car = .c
        rig.run(.seconds(5))
        #expect(rig.records.allSatisfy { if case .resume = $0.intent { false } else { true } })
        #expect(!rig.trace.contains { $0.hasSuffix("closed") })
        #expect(rig.endReasons == [.fault])
        #expect(rig.output.display.fault == .diodeMissing)
    }

    @Test func aDiodeLostWhileChargingOpensWithinASecond() throws {
        var rig = try charging()
        rig.diode = false
        let time = try #require(rig.run(within: .seconds(1)) { !$0.output.contactorEnable })
        #expect(time >= .milliseconds(500) && time <= .milliseconds(510))
        // One good half wave in between begins anew.
        var wavering = try charging()
        for _ in 0..<5 {
            wavering.diode = false
            wavering.run(.milliseconds(450))
            wavering.diode = true
            wavering.step()
        }
        #expect(wavering.output.contactorEnable)
    }

    /// The diode's threshold is -10 V; a good half wave becomes bad only above -9 V.
    @Test func diodeThresholds() throws {
        for (low, good) in [(-12_000, true), (-9_500, true), (-9_000, true), (-8_900, false)] {
            var rig = try charging()
            rig.pilotIsSampled = false
            for _ in 0..<150 {
                rig.input.pilot = PilotSample(
                    high: Millivolts(6_000), low: Millivolts(Int32(low)), at: rig.now + .milliseconds(5))
                rig.step()
            }
            #expect(rig.output.contactorEnable == good, "\(low) mV")
        }
        for (low, closes) in [(-10_000, true), (-9_900, false)] {
            var rig = try Rig()
            rig.car = .b
            rig.input.authorization = Rig.grant()
            _ = rig.run(within: .seconds(2)) { $0.output.display.phase == .offering }
            rig.pilotIsSampled = false
            for _ in 0..<150 {
                rig.input.pilot = PilotSample(
                    high: Millivolts(6_000), low: Millivolts(Int32(low)), at: rig.now + .milliseconds(5))
                rig.step()
            }
            #expect(rig.output.contactorEnable == closes, "\(low) mV")
        }
    }

    @Test func ventilationOpensAndComesBackAfterThreeSeconds() throws {
        var rig = try charging()
        rig.car = .d
        rig.run(.milliseconds(50))
        #expect(!rig.output.contactorEnable)
        #expect(rig.output.pilot == .x1)
        #expect(rig.output.display.fault == .ventilationMissing)
        rig.car = .b
        rig.run(.milliseconds(2_950))
        #expect(rig.output.pilot == .x1)
        rig.run(.milliseconds(200))
        #expect(rig.output.pilot != .x1)
        rig.car = .c
        rig.run(.seconds(1))
        #expect(rig.output.contactorEnable)
        #expect(rig.endReasons.isEmpty)
    }
}
