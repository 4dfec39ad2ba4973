import ChargeControl
import Quantities
import Testing

@Suite("Window comparators")
struct ComparatorPatternTests {
    private let at = MonotonicInstant(nanoseconds: 7)
    private let edges: [Int32] = [-10_500, -1_000, 1_500, 4_500, 7_500, 10_500]

    private func pattern(high: Int32, low: Int32) -> ComparatorPattern {
        var above: UInt8 = 0
        for (place, edge) in edges.enumerated() where high > edge { above |= 1 << place }
        return ComparatorPattern(above: above, negativeReaches: low <= -10_000)
    }

    @Test("every voltage of a level gives a sample that is classified as that level")
    func levels() throws {
        for millivolts in stride(from: Int32(-13_400), through: 13_400, by: 50) {
            let sample = try #require(pattern(high: millivolts, low: -13_400).sample(at: at))
            var seen = PilotClassifier()
            var truth = PilotClassifier()
            let expected = truth.classify(Millivolts(millivolts == 0 ? 1 : millivolts))
            guard !edges.contains(millivolts) else { continue }
            #expect(seen.classify(sample.high) == expected, "\(millivolts) mV")
            #expect(sample.at == at)
        }
    }

    @Test("the sample lies far enough inside its band that a classifier from any neighbour agrees")
    func noHysteresisTrap() throws {
        for first in stride(from: Int32(-13_000), through: 13_000, by: 500) {
            for second in stride(from: Int32(-13_000), through: 13_000, by: 500) where !edges.contains(second) {
                var classifier = PilotClassifier()
                let before = try #require(pattern(high: first, low: -13_000).sample(at: at))
                _ = classifier.classify(before.high)
                let after = try #require(pattern(high: second, low: -13_000).sample(at: at))
                var bare = PilotClassifier()
                #expect(classifier.classify(after.high) == bare.classify(Millivolts(second)), "\(first) to \(second)")
            }
        }
    }

    @Test("of 64 patterns seven are a thermometer, and the rest give no sample")
    func thermometer() {
        var good: [UInt8] = []
        for above in UInt8.min...UInt8.max
        where ComparatorPattern(above: above, negativeReaches: true).sample(at: at) != nil { good.append(above) }
        #expect(good == [0, 1, 3, 7, 15, 31, 63])
    }

    @Test("a negative half wave that does not reach -10 V shows as a missing diode, and cannot go with -12 V above it")
    func negative() throws {
        let bad = try #require(ComparatorPattern(above: 0b1111, negativeReaches: false).sample(at: at))
        #expect(bad.low == bad.high && bad.low > Millivolts(-9_000))
        let good = try #require(ComparatorPattern(above: 0b1111, negativeReaches: true).sample(at: at))
        #expect(good.low == Millivolts(-12_000))
        #expect(ComparatorPattern(above: 0, negativeReaches: false).sample(at: at) == nil)
    }
}
