import SignedRecords
import Testing

@testable import Firmware

@Suite("The clock's watch")
struct ClockWatchTests {
    private static let start: Int64 = 1_790_000_000_000
    private static let held = KernelClock.disciplined(maximumError: 5_000)

    /// Clocks that show `start` at boot, and what happened to the wall clock since.
    private func reading(_ sinceBoot: Int64, _ moved: Int64 = 0, _ kernel: KernelClock = held) -> ClockReading {
        ClockReading(utc: Self.start + sinceBoot + moved, sinceBoot: sinceBoot, kernel: kernel)
    }

    private func watching() -> ClockWatch {
        var watch = ClockWatch()
        #expect(watch.observe(reading(1_000)) == nil)
        return watch
    }

    @Test("no step: 2 s, drift of a crystal, suspension; a step: one millisecond more", arguments: [1, -1])
    func bound(sign: Int64) {
        var watch = watching()
        #expect(watch.observe(reading(2_000, sign * 2_000)) == nil)
        #expect(watch.quality(reading(2_000, sign * 2_000)) == .synchronised)
        let step = watch.observe(reading(2_100, sign * 2_001))
        #expect(
            step
                == ClockStep(
                    before: UTCMilliseconds(Self.start + 2_100),
                    after: UTCMilliseconds(Self.start + 2_100 + sign * 2_001),
                    source: .timeService))
        // A crystal that is off by 400 millionths, for a month.
        var drifting = watching()
        for hour in 1...720 as ClosedRange<Int64> {
            let sinceBoot = 1_000 + hour * 3_600_000
            #expect(drifting.observe(reading(sinceBoot, sign * hour * 1_440)) == nil)
        }
        // A day in suspension: both clocks go on, and the time since boot with them.
        var suspended = watching()
        #expect(suspended.observe(reading(86_401_000)) == nil)
    }

    @Test("a step to where a technician sets the clock is his, once; a step elsewhere, or by a source, is not")
    func technician() {
        func source(_ moved: Int64, _ kernel: KernelClock = .free, told: Int64? = 10_000) -> ClockSource? {
            var watch = watching()
            if let told { watch.willBeSet(to: Self.start + 2_000 + told, sinceBoot: 2_000) }
            _ = watch.observe(reading(2_100, moved, kernel))
            return watch.observe(reading(5_000, moved, kernel))?.source
        }
        #expect(source(10_000) == .technician)
        #expect(source(12_000) == .technician && source(12_001) == .unknown)
        #expect(source(-10_000) == .unknown && source(10_000, told: nil) == .unknown)
        #expect(source(10_000, Self.held) == .timeService)
        var watch = watching()
        watch.willBeSet(to: Self.start + 12_000, sinceBoot: 2_000)
        _ = watch.observe(reading(2_100, 10_000, .free))
        let first = reading(5_000, 10_000, .free)
        #expect(watch.observe(first)?.source == .technician)
        watch.recorded(first)
        _ = watch.observe(reading(300_000, 0, .free))
        _ = watch.observe(reading(303_000, 0, .free))
        watch.recorded(reading(303_000, 0, .free))
        // Back at the same place by somebody else's hand.
        _ = watch.observe(reading(900_000, 10_000, .free))
        #expect(watch.observe(reading(903_000, 10_000, .free))?.source == .unknown)
    }

    @Test("steps that are each too small add up")
    func small() {
        var watch = watching()
        #expect(watch.observe(reading(2_000, 1_500)) == nil)
        #expect(watch.observe(reading(3_000, 3_000)) != nil)
    }

    @Test("setting an unset clock is a step from nothing, and no step is seen while it is unset")
    func unset() {
        var watch = ClockWatch()
        let unset = ClockReading(utc: 40_000, sinceBoot: 40_000, kernel: .free)
        #expect(watch.observe(unset) == nil)
        #expect(watch.quality(unset) == .unknown)
        #expect(watch.observe(ClockReading(utc: 900_000, sinceBoot: 50_000, kernel: .free)) == nil)
        let step = watch.observe(reading(60_000))
        #expect(
            step == ClockStep(before: nil, after: UTCMilliseconds(Self.start + 60_000), source: .timeService))
        watch.recorded(reading(60_000))
        #expect(watch.observe(reading(61_000)) == nil)
        // And back to 1970.
        let back = watch.observe(ClockReading(utc: 0, sinceBoot: 200_000, kernel: Self.held))
        #expect(back?.before == UTCMilliseconds(Self.start + 200_000) && back?.after == UTCMilliseconds(0))
    }

    @Test("a clock beyond what a record can name counts as not set")
    func beyond() {
        var watch = watching()
        let far = ClockReading(utc: 253_402_300_800_000, sinceBoot: 2_000, kernel: Self.held)
        #expect(watch.observe(far) == nil)
        #expect(watch.quality(far) == .unknown)
    }

    @Test("without a source a step settles first, and the last position counts")
    func settling() {
        var watch = watching()
        #expect(watch.observe(reading(2_000, 60_000, .free)) == nil)
        #expect(watch.observe(reading(3_900, 90_000, .free)) == nil)
        #expect(watch.observe(reading(5_800, 90_000, .free)) == nil)
        let step = watch.observe(reading(5_900, 90_000, .free))
        #expect(step?.source == .unknown && step?.after == UTCMilliseconds(Self.start + 95_900))
        // Until it is durable it is asked for again, with the times of the moment.
        #expect(watch.observe(reading(9_000, 90_000, .free))?.after == UTCMilliseconds(Self.start + 99_000))
        // One that went back by itself is none.
        #expect(watch.observe(reading(9_500, 0, .free)) == nil)
        #expect(watch.observe(reading(99_500, 0, .free)) == nil)
    }

    @Test("a clock that is stepped each second for a day brings a few records, and its last step one of them")
    func bounded() {
        var watch = watching()
        var recorded: [Int64] = []
        var moved: Int64 = 0
        for second in 2...86_400 as ClosedRange<Int64> {
            moved += 10_000
            let now = reading(second * 1_000, moved)
            if watch.observe(now) != nil {
                recorded.append(moved)
                watch.recorded(now)
            }
        }
        #expect((20...40).contains(recorded.count), "\(recorded.count)")
        let later = reading(86_400_000 + 3_600_000, moved)
        if recorded.last != moved { #expect(watch.observe(later)?.after.rawValue == later.utc) }
        // An hour of peace, and the next is recorded at once again.
        watch.recorded(later)
        let calm = reading(86_400_000 + 2 * 3_700_000, moved)
        #expect(watch.observe(calm) == nil)
        #expect(watch.observe(reading(calm.sinceBoot + 1_000, moved + 5_000)) != nil)
    }

    @Test("after a step no time is called synchronised before a source has taken hold again, or has held for a minute")
    func quality() {
        var watch = watching()
        #expect(watch.quality(reading(1_000)) == .synchronised)
        #expect(watch.quality(reading(1_000, 0, .free)) == .informative)
        #expect(watch.quality(reading(1_000, 0, .disciplined(maximumError: 2_000_000))) == .synchronised)
        #expect(watch.quality(reading(1_000, 0, .disciplined(maximumError: 2_000_001))) == .informative)
        // Set by hand: the kernel lets go of the source, which comes back.
        _ = watch.observe(reading(2_000, 9_000, .free))
        #expect(watch.quality(reading(2_000, 9_000, .free)) == .informative)
        #expect(watch.observe(reading(3_000, 9_000)) != nil)
        watch.recorded(reading(3_000, 9_000))
        #expect(watch.quality(reading(3_000, 9_000)) == .synchronised)
        // Moved under the source's hands.
        _ = watch.observe(reading(100_000, 20_000))
        watch.recorded(reading(100_000, 20_000))
        #expect(watch.quality(reading(100_000, 20_000)) == .informative)
        _ = watch.observe(reading(159_999, 20_000))
        #expect(watch.quality(reading(159_999, 20_000)) == .informative)
        _ = watch.observe(reading(160_000, 20_000))
        #expect(watch.quality(reading(160_000, 20_000)) == .synchronised)
        // An error that is too great is no hold.
        _ = watch.observe(reading(161_000, 40_000, .disciplined(maximumError: 3_000_000)))
        #expect(watch.quality(reading(161_000, 40_000)) == .informative)
    }

    @Test("what the records say of this boot is held against the clock at the start")
    func taken() {
        var watch = ClockWatch(base: .offset(Self.start))
        #expect(watch.observe(reading(5_000, 86_400_000))?.before == UTCMilliseconds(Self.start + 5_000))
        var quiet = ClockWatch(base: .offset(Self.start), steppedAt: 4_000)
        #expect(quiet.observe(reading(5_000)) == nil)
        #expect(quiet.quality(reading(5_000)) == .informative)
        var unset = ClockWatch(base: .unset)
        #expect(unset.observe(reading(5_000))?.before == nil)
    }

    @Test("the kernel is asked for what it knows")
    func kernel() {
        let reading = ClockReading.now()
        #expect(reading.sinceBoot > 0)
        #expect(abs(reading.utc - SystemClock.utcMilliseconds()) < 60_000)
        if case .disciplined(let error) = reading.kernel { #expect(error >= 0) }
    }
}
