import ChargeControl
import Quantities
import Testing

@Suite struct PilotLevelTests {
    /// Every level change of a sweep, with the voltage at which it came.
    private func sweep(_ voltages: some Sequence<Int32>) -> [(PilotLevel, Int32)] {
        var classifier = PilotClassifier()
        var changes: [(PilotLevel, Int32)] = []
        for voltage in voltages {
            let level = classifier.classify(Millivolts(voltage))
            if changes.last?.0 != level { changes.append((level, voltage)) }
        }
        return changes
    }

    @Test func fallingSweepLeavesEachLevelOnceBelowItsEdge() {
        let changes = sweep(stride(from: 13_000, through: -14_500, by: -1))
        #expect(changes.map(\.0) == [.a, .b, .c, .d, .e, .invalid, .f, .invalid])
        #expect(changes.map(\.1) == [13_000, 10_200, 7_200, 4_200, 1_200, -1_300, -10_800, -13_800])
    }

    @Test func risingSweepLeavesEachLevelOnceAboveItsEdge() {
        let changes = sweep(stride(from: -13_000, through: 14_500, by: 1))
        #expect(changes.map(\.0) == [.f, .invalid, .e, .d, .c, .b, .a, .invalid])
        #expect(changes.map(\.1) == [-13_000, -10_200, -700, 1_800, 4_800, 7_800, 10_800, 13_800])
    }

    @Test func noiseOnASlowSweepNeverChatters() {
        for direction in [Int32(1), -1] {
            var classifier = PilotClassifier()
            var random = SeededRandom(seed: 61_851)
            var levels: [PilotLevel] = []
            for index in 0...2_600 {
                let swept = direction > 0 ? Int32(index * 5) : Int32(13_000 - index * 5)
                for _ in 0..<4 {
                    let level = classifier.classify(Millivolts(swept + Int32(random.below(401)) - 200))
                    if levels.last != level { levels.append(level) }
                }
            }
            let rising: [PilotLevel] = [.e, .d, .c, .b, .a]
            #expect(levels == (direction > 0 ? rising : rising.reversed()), "seed 61851, direction \(direction)")
        }
    }

    @Test(arguments: [
        (PilotLevel.a, 11_400...12_600), (.b, 8_370...9_590), (.c, 5_470...6_530), (.d, 2_590...3_280),
        (.e, -600...600), (.f, -12_600 ... -11_400),
    ])
    func everyVoltageOfTheStandardsBandsIsItsLevelFromAnywhere(level: PilotLevel, band: ClosedRange<Int>) {
        for before in stride(from: -15_000, through: 15_000, by: 250) {
            for voltage in stride(from: band.lowerBound, through: band.upperBound, by: 10) {
                var classifier = PilotClassifier()
                _ = classifier.classify(Millivolts(Int32(before)))
                #expect(classifier.classify(Millivolts(Int32(voltage))) == level, "\(voltage) mV after \(before) mV")
            }
        }
    }

    @Test func aFirstVoltageIsJudgedByTheBareEdges() {
        for (voltage, level) in [(10_500, PilotLevel.a), (10_499, .b), (7_499, .c), (4_499, .d), (1_499, .e)] {
            var classifier = PilotClassifier()
            #expect(classifier.classify(Millivolts(Int32(voltage))) == level)
        }
    }

    @Test func theSimulatedCarShowsTheLevelItMeans() {
        for level in PilotLevel.allCases {
            var classifier = PilotClassifier()
            #expect(classifier.classify(EVPilot.highVoltage(of: level)) == level)
        }
        #expect(EVPilot.halfWaves(of: .c, under: .pwm(.microseconds(500)), diode: true).low == Millivolts(-12_000))
        #expect(EVPilot.halfWaves(of: .c, under: .pwm(.microseconds(500)), diode: false).low == Millivolts(-6_000))
        #expect(EVPilot.halfWaves(of: .c, under: .x1, diode: true).low == Millivolts(6_000))
        #expect(EVPilot.halfWaves(of: .b, under: .stateF, diode: true).high == Millivolts(-12_000))
    }
}
