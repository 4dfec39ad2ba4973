import Quantities
import Testing

@testable import ChargeControl

/// The pilot's clocks and the diode's, sample by sample.
@Suite struct PilotObserverTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func sample(_ high: Int32, at: MonotonicInstant) -> PilotSample {
        PilotSample(high: Millivolts(high), low: Millivolts(-12_000), at: at)
    }

    /// One measurement is one, however often it is looked at; a second makes five looks enough.
    @Test func oneMeasurementOpensNothing() {
        for measurements in 1...2 {
            var pilot = PilotObserver()
            for step in Int64(0)...4 {
                let now = Self.start + .milliseconds(5 * step)
                pilot.observe(sample(6_000, at: now), ventilated: false, at: now)
            }
            let first = Self.start + .milliseconds(25)
            // The sampler's clock runs 5 ms ahead, so that its measurement is fresh for 20 ms.
            for step in Int64(0)...4 {
                let now = first + .milliseconds(5 * step)
                let measured = measurements == 2 && step > 0 ? first + .milliseconds(6) : first + .milliseconds(5)
                pilot.observe(sample(9_000, at: measured), ventilated: false, at: now)
                #expect(!pilot.isStale)
                #expect(pilot.mustOpen(at: now) == (measurements == 2 && step == 4), "\(measurements), step \(step)")
            }
        }
    }

    /// The longest time without a sight of the car, to the step.
    @Test func sightIsLostAfterItsTime() {
        var pilot = PilotObserver()
        pilot.observe(sample(6_000, at: Self.start), ventilated: false, at: Self.start)
        pilot.observe(nil, ventilated: false, at: Self.start + .milliseconds(4_245))
        #expect(!pilot.lostSight)
        pilot.observe(nil, ventilated: false, at: Self.start + .milliseconds(4_250))
        #expect(pilot.lostSight)
    }

    /// Half waves of the first 5 ms of PWM may still be of the steady level.
    @Test func theDiodeIsJudgedFiveMillisecondsAfterThePWM() {
        for (nanoseconds, isJudged) in [(Int64(4_999_999), false), (5_000_000, true)] {
            var diode = DiodeCheck()
            let at = Self.start + Nanoseconds(nanoseconds)
            diode.observe(sample(9_000, at: at), pwmSince: Self.start, at: at)
            #expect(diode.isGood == (isJudged ? true : nil))
        }
    }

    @Test func recordsAreReadBelowTheirCount() async throws {
        let words = "a record intent is read below the count"
        let above = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = RecordIntents()[0]
        }
        #expect(String(decoding: above.standardErrorContent, as: UTF8.self).contains(words))
        let below = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var intents = RecordIntents()
            intents.append(.faultCleared(.pilotStale, by: .condition))
            _ = intents[-1]
        }
        #expect(String(decoding: below.standardErrorContent, as: UTF8.self).contains(words))
    }
}
