import Quantities
import Testing

@testable import ChargeControl

/// Which readings the core accepts, and how long the meter has been silent.
@Suite struct MeterWatchTests {
    private static let now = MonotonicInstant(nanoseconds: 100_000_000_000)

    private func sample(
        _ number: UInt64 = 8, _ imported: Int64 = 1_000, at nanoseconds: Int64 = 100_000_000_000,
        elapsed: Nanoseconds = .milliseconds(50)
    ) -> EnergySample {
        EnergySample(
            number: number, imported: MilliwattHours(imported), at: MonotonicInstant(nanoseconds: nanoseconds),
            elapsed: elapsed)
    }

    /// Whether a reading is taken as the newest, after this one.
    private func accepts(_ next: EnergySample, after first: EnergySample?, sessionIsOpen: Bool = true) -> Bool {
        var watch = MeterWatch()
        var input = ControlInput()
        input.meter = .ok
        input.energy = first
        watch.observe(input, sessionIsOpen: false, at: Self.now)
        #expect(watch.newest == first)
        input.energy = next
        watch.observe(input, sessionIsOpen: sessionIsOpen, at: Self.now)
        return watch.newest == next
    }

    @Test func whatIsNoReading() {
        #expect(accepts(sample(), after: nil))
        #expect(accepts(sample(8, 0), after: nil) && !accepts(sample(8, -1), after: nil))
        let future = Self.now.nanoseconds + 1
        #expect(!accepts(sample(at: future), after: nil))
        #expect(accepts(sample(elapsed: .zero), after: nil) && !accepts(sample(elapsed: Nanoseconds(-1)), after: nil))
        // The clock's origin is a moment, and nothing is before it.
        #expect(accepts(sample(at: 0, elapsed: .zero), after: nil))
        #expect(!accepts(sample(at: -1, elapsed: .zero), after: nil))
        #expect(accepts(sample(at: 5, elapsed: Nanoseconds(5)), after: nil))
        #expect(!accepts(sample(at: 5, elapsed: Nanoseconds(6)), after: nil))
    }

    @Test func whatIsNoNewerReading() {
        let before = sample(7, 1_000, at: 99_000_000_000)
        #expect(accepts(sample(8, 1_000, at: 99_000_000_000), after: before))
        #expect(!accepts(sample(8, 1_000, at: 98_999_999_999), after: before))
        #expect(!accepts(sample(7, 1_001), after: before) && !accepts(sample(6, 1_001), after: before))
        #expect(!accepts(sample(8, 999), after: before))
        #expect(accepts(sample(8, 999), after: before, sessionIsOpen: false))
    }

    /// From the newest reading, or the start; and no less than the meter's own state says.
    @Test func silence() {
        var watch = MeterWatch()
        var input = ControlInput()
        input.meter = .ok
        watch.observe(input, sessionIsOpen: false, at: Self.now)
        #expect(watch.silence == .zero)
        watch.observe(input, sessionIsOpen: false, at: Self.now + .milliseconds(2_995))
        #expect(!watch.isSilent())
        watch.observe(input, sessionIsOpen: false, at: Self.now + .seconds(3))
        #expect(watch.silence == .seconds(3) && watch.isSilent())
        input.energy = sample(at: 101_000_000_000)
        watch.observe(input, sessionIsOpen: false, at: Self.now + .seconds(4))
        #expect(watch.silence == .seconds(3))
        input.meter = .refused
        for (since, silence) in [
            (Int64(90_000_000_000), Nanoseconds.seconds(14)), (103_000_000_000, .seconds(3)),
            (.max, .seconds(3)), (.min, .seconds(104)), (0, .seconds(104)),
        ] {
            input.meterSince = MonotonicInstant(nanoseconds: since)
            watch.observe(input, sessionIsOpen: false, at: Self.now + .seconds(4))
            #expect(watch.silence == silence, "since \(since)")
        }
    }
}
