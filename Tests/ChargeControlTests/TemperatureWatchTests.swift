import Quantities
import Testing

@testable import ChargeControl

/// One temperature sensor: its range, how it freezes, and how the current comes back.
@Suite struct TemperatureWatchTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func watch() -> TemperatureWatch { TemperatureWatch(stop: DeciCelsius(800), most: Milliamps(32_000)) }

    @Test func range() {
        for (tenths, isKnown) in [(Int32(-401), false), (-400, true), (1_250, true), (1_251, false)] {
            var watch = watch()
            watch.observe(DeciCelsius(tenths), isLoaded: false, at: Self.start)
            #expect(watch.isKnown == isKnown, "\(tenths)")
        }
    }

    /// From 60 to 75 °C in a straight line down to 6 A; the ends belong to both.
    @Test func derating() {
        for (tenths, milliamps) in [
            (Int32(-400), Int32(32_000)), (599, 32_000), (600, 32_000), (601, 31_826), (675, 19_000), (749, 6_173),
            (750, 6_000), (751, 6_000), (1_250, 6_000),
        ] {
            var watch = watch()
            watch.observe(DeciCelsius(tenths), isLoaded: false, at: Self.start)
            #expect(watch.limit == Milliamps(milliamps), "\(tenths)")
        }
    }

    /// It rises by 1 A in 30 s, and not beyond what is wanted.
    @Test func theLastRaiseIsSmaller() {
        var watch = watch()
        watch.observe(DeciCelsius(750), isLoaded: false, at: Self.start)
        #expect(watch.limit == Milliamps(6_000))
        for (second, milliamps) in [(Int64(29), Int32(6_000)), (30, 7_000), (59, 7_000), (60, 7_733), (90, 7_733)] {
            watch.observe(DeciCelsius(740), isLoaded: false, at: Self.start + .seconds(second))
            #expect(watch.limit == Milliamps(milliamps), "\(second) s")
        }
    }

    /// Cold electronics carry what the charger is made for, and no more.
    @Test func theLastRaiseEndsAtTheRating() {
        var watch = watch()
        watch.observe(DeciCelsius(620), isLoaded: false, at: Self.start)
        #expect(watch.limit == Milliamps(28_533))
        for (second, milliamps) in [
            (Int64(30), Int32(29_533)), (60, 30_533), (90, 31_533), (120, 32_000), (150, 32_000),
        ] {
            watch.observe(DeciCelsius(200), isLoaded: false, at: Self.start + .seconds(second))
            #expect(watch.limit == Milliamps(milliamps), "\(second) s")
        }
    }

    /// What is frozen thaws only when it moves: neither without load nor with a new one.
    @Test func frozenUntilItMoves() {
        var watch = watch()
        watch.observe(DeciCelsius(300), isLoaded: true, at: Self.start)
        watch.observe(DeciCelsius(300), isLoaded: true, at: Self.start + .seconds(1))
        watch.observe(DeciCelsius(300), isLoaded: true, at: Self.start + .seconds(600))
        #expect(watch.isKnown)
        watch.observe(DeciCelsius(300), isLoaded: true, at: Self.start + .seconds(601))
        #expect(!watch.isKnown)
        for (second, isLoaded) in [(Int64(602), false), (603, true), (604, true)] {
            watch.observe(DeciCelsius(300), isLoaded: isLoaded, at: Self.start + .seconds(second))
            #expect(!watch.isKnown)
        }
        watch.observe(DeciCelsius(301), isLoaded: true, at: Self.start + .seconds(605))
        #expect(watch.isKnown)
        // Without load the time begins anew.
        for (second, isLoaded) in [(Int64(606), true), (1_000, false), (1_001, true), (1_600, true)] {
            watch.observe(DeciCelsius(301), isLoaded: isLoaded, at: Self.start + .seconds(second))
            #expect(watch.isKnown, "\(second) s")
        }
        watch.observe(DeciCelsius(301), isLoaded: true, at: Self.start + .seconds(1_601))
        #expect(!watch.isKnown)
    }
}
