import ChargeControl
import Quantities
import Testing

@Suite("The companion microcontroller's end")
struct CompanionTests {
    /// A pilot of 1 kHz from its first rise on.
    private struct Wave {
        var high: Int32
        var low: Int32
        /// Microseconds.
        var highTime: Int64
        var phase: Int64

        func level(at nanoseconds: Int64) -> Millivolts {
            Millivolts((nanoseconds + phase * 1_000) % 1_000_000 < highTime * 1_000 ? high : low)
        }
    }

    @Test(
        "both peaks of every duty come out, wherever the window begins and however the readings fall",
        arguments: [1, 2, 3])
    func peaks(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for highTime in [50, 51, 80, 100, 500, 840, 900, 950, 970] as [Int64] {
            let wave = Wave(high: 6_000, low: -12_000, highTime: highTime, phase: Int64(random.next() % 1_000))
            var window = PilotPeakWindow()
            var now: Int64 = 5_000_000
            var samples = 0
            var began: Int64?
            while samples < 20 {
                let at = MonotonicInstant(nanoseconds: now)
                if let sample = window.take(wave.level(at: now), at: at) {
                    samples += 1
                    #expect(sample.high == Millivolts(6_000) && sample.low == Millivolts(-12_000), "\(wave) \(seed)")
                    if let began { #expect(sample.at.nanoseconds == began, "the window's first reading") }
                    #expect(now - sample.at.nanoseconds >= 1_000_000 && now - sample.at.nanoseconds < 1_015_001)
                    began = now
                }
                now += 5_000 + Int64(random.next() % 10_001)
            }
            #expect(window.broken == 0)
        }
    }

    @Test("a reading that stands alone is no peak, either way; two of them are")
    func spikes() {
        for (spikes, high, low) in [([14_000], 6_000, 6_000), ([14_000, -3_000], 6_000, 6_000)]
            as [([Int32], Int32, Int32)]
        {
            #expect(sample(steady: 6_000, with: spikes) == Pair(high: high, low: low))
        }
        #expect(sample(steady: 6_000, with: [14_000, 13_000]) == Pair(high: 13_000, low: 6_000))
        #expect(sample(steady: 6_000, with: [-14_000, -13_000]) == Pair(high: 6_000, low: -13_000))
        // As the window's very first reading.
        #expect(sample(steady: 6_000, with: [], first: 9_000) == Pair(high: 6_000, low: 6_000))
        #expect(sample(steady: 6_000, with: [], first: 1_000) == Pair(high: 6_000, low: 6_000))
    }

    private struct Pair: Equatable {
        var high: Int32
        var low: Int32
    }

    private func sample(steady: Int32, with spikes: [Int32], first: Int32? = nil) -> Pair? {
        var window = PilotPeakWindow()
        for place in 0... {
            var level = steady
            if place == 0, let first { level = first }
            if place >= 20, place - 20 < spikes.count { level = spikes[place - 20] }
            let at = MonotonicInstant(nanoseconds: Int64(place) * 10_000)
            if let sample = window.take(Millivolts(level), at: at) {
                return Pair(high: sample.high.rawValue, low: sample.low.rawValue)
            }
        }
        return nil
    }

    @Test("a gap in which a pulse fits, or a clock that stands, ends the window without a sample")
    func gaps() {
        func samples(_ gap: Int64) -> (UInt64, Int) {
            var window = PilotPeakWindow()
            var found = 0
            var now: Int64 = 0
            for place in 0..<500 {
                if window.take(Millivolts(9_000), at: MonotonicInstant(nanoseconds: now)) != nil { found += 1 }
                now += place % 50 == 49 ? gap : 10_000
            }
            return (window.broken, found)
        }
        #expect(samples(15_000) == (0, 4))
        #expect(samples(15_001) == (9, 0), "no ms without a gap")
        #expect(samples(0) == (9, 0), "the same moment twice")
        #expect(samples(-1) == (9, 0))
    }

    @Test("a sample is sent once, with its age; the number goes on with the samples, not with the frames")
    func transmitter() throws {
        var transmitter = CompanionTransmitter()
        var now = MonotonicInstant(nanoseconds: 0)
        func read(_ count: Int) {
            for _ in 0..<count {
                transmitter.take(Millivolts(9_000), at: now)
                now = now + .microseconds(10)
            }
        }
        func frame(later: Nanoseconds = .zero) -> CompanionFrame? { transmitter.nextFrame(at: now + later) }
        read(100)
        #expect(frame() == nil, "100 readings span 990 us")
        read(1)
        let first = try #require(frame())
        #expect(first.sequence == 1 && first.high == Millivolts(9_000) && first.low == Millivolts(9_000))
        #expect(first.age == .microseconds(1_010))
        #expect(frame() == nil, "sent once")
        read(300)
        #expect(frame()?.sequence == 4)
        read(100)
        #expect(frame(later: .milliseconds(65)) == nil, "too old to say how old")
        #expect(frame() == nil)
        read(100)
        #expect(frame()?.sequence == 6)
    }

    @Test("a frame's age is never younger on the line than it is, and what does not fit its field is cut")
    func rounding() throws {
        let odd = CompanionFrame(
            sequence: 1, high: Millivolts(40_000), low: Millivolts(-40_000), age: Nanoseconds(1_001))
        let read = try #require(CompanionFrame(odd.bytes))
        #expect(read.age == .microseconds(2))
        #expect(read.high == Millivolts(32_767) && read.low == Millivolts(-32_768))
    }
}
