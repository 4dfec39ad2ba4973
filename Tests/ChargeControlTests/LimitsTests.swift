import ChargeControl
import Quantities
import Testing

@Suite struct LimitsTests {
    private let now = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func arbiter(session: Int32, cable: Int32, hardware: Int32) -> CurrentArbiter {
        var arbiter = CurrentArbiter()
        arbiter.set(CurrentLimit(Milliamps(session), because: .grant), from: .session)
        arbiter.set(CurrentLimit(Milliamps(cable), because: .cableRating), from: .cable)
        arbiter.set(CurrentLimit(Milliamps(hardware), because: .configured), from: .hardware)
        return arbiter
    }

    @Test(arguments: [
        (9_500, 20_000, 32_000, LimitSource.session, 9_500), (32_000, 20_000, 32_000, .cable, 20_000),
        (80_000, 63_000, 16_000, .hardware, 16_000), (16_000, 16_000, 16_000, .cable, 16_000),
        (20_000, 20_000, 32_000, .cable, 20_000), (5_999, 32_000, 32_000, .session, 0),
        (52_000, 63_000, 80_000, .session, 50_700), (-5, 32_000, 32_000, .session, 0),
    ])
    func theLeastLimitHolds(session: Int32, cable: Int32, hardware: Int32, source: LimitSource, current: Int32) {
        let offer = arbiter(session: session, cable: cable, hardware: hardware).offer(at: now)
        #expect(offer.source == source)
        #expect(offer.current == Milliamps(current))
    }

    @Test func aSourceThatSaidNothingAllowsNothing() {
        var arbiter = CurrentArbiter()
        arbiter.set(CurrentLimit(Milliamps(32_000), because: .configured), from: .hardware)
        arbiter.set(CurrentLimit(Milliamps(32_000), because: .grant), from: .session)
        let offer = arbiter.offer(at: now)
        #expect(offer.current == .zero)
        #expect(offer.source == .cable)
        #expect(offer.reason == .missing)
    }

    @Test func anExpiredLimitGivesWayToItsFailSafe() {
        var arbiter = arbiter(session: 0, cable: 32_000, hardware: 32_000)
        arbiter.set(
            CurrentLimit(Milliamps(16_000), because: .grant, until: now, failSafe: Milliamps(6_000)), from: .session)
        #expect(arbiter.offer(at: now - Nanoseconds(1)).current == Milliamps(16_000))
        #expect(arbiter.offer(at: now).current == Milliamps(6_000))
        #expect(arbiter.offer(at: now).reason == .expired)
        // A fail-safe above the limit does not raise it.
        arbiter.set(
            CurrentLimit(Milliamps(10_000), because: .grant, until: now, failSafe: Milliamps(32_000)), from: .session)
        #expect(arbiter.offer(at: now).current == Milliamps(10_000))
    }

    @Test func whyHasOneLine() {
        #expect(
            arbiter(session: 9_500, cable: 20_000, hardware: 32_000).offer(at: now).why
                == "9.5 A: session: the grant's limit")
        #expect(
            arbiter(session: 52_000, cable: 63_000, hardware: 80_000).offer(at: now).why
                == "50.7 A: session: the grant's limit (rounded down from 52.0 A)")
        #expect(
            arbiter(session: 5_025, cable: 63_000, hardware: 80_000).offer(at: now).why
                == "0.0 A: session: the grant's limit (5.025 A has no duty code)")
    }

    @Test func proximityWindowsAndTheLowerCurrentInTheGaps() {
        let table: [(ClosedRange<Int32>, ProximityClass)] = [
            (-100...74, .short), (75...79, .unknown), (80...140, .rated63), (141...308, .rated32),
            (309...936, .rated20), (937...2_460, .rated13), (2_461...4_500, .unknown), (4_501...100_000, .noPlug),
        ]
        for (range, expected) in table {
            for resistance in range { #expect(ProximityClass(Ohms(resistance)) == expected, "\(resistance) Ω") }
        }
        #expect(ProximityClass.rated13.rating() == Milliamps(13_000))
        #expect(ProximityClass.rated20.rating() == Milliamps(20_000))
        #expect(ProximityClass.rated32.rating() == Milliamps(32_000))
        #expect(ProximityClass.rated63.rating() == Milliamps(63_000))
        for unknown in [ProximityClass.noPlug, .short, .unknown] { #expect(unknown.rating() == nil) }
    }
}
