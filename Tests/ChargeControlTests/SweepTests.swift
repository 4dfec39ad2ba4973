import ChargeControl
import Quantities
import Testing

/// Slow voltages and noisy ones: no chatter.
@Suite struct SweepTests {
    /// A band's middle, from which a sweep may start.
    private static let starts: [Int32] = [12_000, 9_000, 6_000, 3_000, 0, -5_000, -12_000]

    /// 0 to 13 V in steps of 0.05 V: up and down, from every band, each band is crossed once.
    @Test(arguments: starts)
    func everySweepCrossesEachBandOnce(from start: Int32) {
        for isRising in [true, false] {
            var classifier = PilotClassifier()
            _ = classifier.classify(Millivolts(start))
            var levels: [PilotLevel] = []
            for step in Int32(0)...260 {
                let voltage = isRising ? step * 50 : 13_000 - step * 50
                let level = classifier.classify(Millivolts(voltage))
                if levels.last != level { levels.append(level) }
            }
            let expected: [PilotLevel] = [.e, .d, .c, .b, .a]
            // -1 V is E's end, so that from a band below it 0 V is E in either case.
            #expect(levels == (isRising ? expected : expected.reversed()), "from \(start) mV")
        }
    }

    /// The same up and down without a pause, over the whole range: as many changes as there are edges.
    @Test func aSweepUpAndDownChangesOnceAtEachEdge() {
        var classifier = PilotClassifier()
        var last = classifier.classify(Millivolts(13_000))
        var changes = 0
        for sweep in 0..<10 {
            for step in Int32(0)...260 {
                let voltage = sweep % 2 == 0 ? 13_000 - step * 50 : step * 50
                let level = classifier.classify(Millivolts(voltage))
                if level != last { changes += 1 }
                last = level
            }
        }
        #expect(changes == 10 * 4)
    }

    /// Around each edge, back and forth within the hysteresis: nothing changes.
    @Test(arguments: [Int32(10_500), 7_500, 4_500, 1_500, -1_000, -10_500])
    func withinTheHysteresisNothingChanges(edge: Int32) {
        for side in [Int32(1), -1] {
            var classifier = PilotClassifier()
            let level = classifier.classify(Millivolts(edge + side * 1_000))
            for step in Int32(-5)...5 { #expect(classifier.classify(Millivolts(edge + step * 50)) == level) }
            for _ in 0..<100 {
                #expect(classifier.classify(Millivolts(edge + 299)) == level)
                #expect(classifier.classify(Millivolts(edge - 299)) == level)
            }
        }
    }

    /// Through the whole core: the pilot sweeps in steps of 0.05 V, one step a period or slower, and each settled level
    /// comes once.
    @Test(arguments: [1, 7])
    func theCoresLevelDoesNotChatterInASweep(periods: Int) throws {
        for isRising in [true, false] {
            var rig = try Rig()
            rig.pilotIsSampled = false
            var levels: [PilotLevel] = []
            for step in Int32(0)...260 {
                let voltage = Millivolts(isRising ? step * 50 : 13_000 - step * 50)
                for _ in 0..<periods {
                    rig.input.pilot = PilotSample(high: voltage, low: voltage, at: rig.now + .milliseconds(5))
                    rig.step()
                    guard let level = rig.output.display.level else { continue }
                    if levels.last != level { levels.append(level) }
                }
            }
            let expected: [PilotLevel] = [.e, .d, .c, .b, .a]
            #expect(levels == (isRising ? expected : expected.reversed()))
        }
    }

    /// ±0.2 V of noise on a nominal level, for a minute: level, contactor and pilot stay as they are.
    @Test(arguments: [PilotLevel.a, .b, .c, .d, .e, .f, .invalid])
    func noiseChangesNothing(on level: PilotLevel) throws {
        var random = SeededRandom(seed: 61_851)
        var rig = try Rig(options: .with { $0.hasVentilation = true })
        if [.b, .c, .d].contains(level) { try rig.startOffering() }
        rig.car = level
        rig.run(.seconds(8))
        let before = rig.output
        #expect(before.display.level == level)
        #expect(before.contactorEnable == (level == .c || level == .d))
        #expect(rig.isPowered == [.b, .c, .d].contains(level))
        for _ in 0..<12_000 {
            rig.pilotOffset = Millivolts(Int32(random.below(401)) - 200)
            rig.step()
            guard
                rig.output.display.level == level, rig.output.contactorEnable == before.contactorEnable,
                rig.output.pilot == before.pilot
            else {
                Issue.record("seed 61851: \(rig.pilotOffset) changed \(level) to \(rig.trace.suffix(3))")
                return
            }
        }
        #expect(rig.output.display.faults == before.display.faults)
    }
}
