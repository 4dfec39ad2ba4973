public import Quantities

/// Finds the pilot's two peaks in the readings of a converter that is fast enough to see its shortest pulse.
///
/// A window is one period of the pilot, so it holds a whole pulse and a whole pause wherever it begins. At 5 % duty the pulse
/// lasts 50 µs: with at most 15 µs between two readings three of them lie in it, two at least off its edges. So the second
/// highest reading is the peak, and one that stands alone is a disturbance. A gap ends the window without a sample: the pulse may
/// have been in it.
public struct PilotPeakWindow: Sendable, BitwiseCopyable {
    /// The longest time between two readings.
    public static var longestGap: Nanoseconds { @_noLocks get { .microseconds(15) } }
    /// A period of the pilot.
    public static var length: Nanoseconds { @_noLocks get { .milliseconds(1) } }

    private var isOpen = false
    private var began = MonotonicInstant(nanoseconds: 0)
    private var last = MonotonicInstant(nanoseconds: 0)
    private var highest = Millivolts.zero
    private var secondHighest = Millivolts.zero
    private var lowest = Millivolts.zero
    private var secondLowest = Millivolts.zero
    /// Windows that a gap, or a clock that stood still, ended.
    public private(set) var broken: UInt64 = 0

    /// No reading yet.
    @_noLocks
    public init() {}

    /// Takes one reading.
    ///
    /// - Returns: the peaks, where this reading completes a window, with the moment at which the window began: no part of the
    ///   sample is older. The next window begins with the same reading.
    @_noLocks
    public mutating func take(_ level: Millivolts, at now: MonotonicInstant) -> PilotSample? {
        guard isOpen else {
            begin(level, at: now)
            return nil
        }
        guard now > last, now - last <= Self.longestGap else {
            broken &+= 1
            begin(level, at: now)
            return nil
        }
        last = now
        note(level)
        guard now - began >= Self.length else { return nil }
        let sample = PilotSample(high: secondHighest, low: secondLowest, at: began)
        begin(level, at: now)
        return sample
    }

    @_noLocks
    private mutating func begin(_ level: Millivolts, at now: MonotonicInstant) {
        isOpen = true
        began = now
        last = now
        highest = level
        lowest = level
        // Beyond all levels, until there is a second reading.
        secondHighest = Millivolts(.min)
        secondLowest = Millivolts(.max)
    }

    @_noLocks
    private mutating func note(_ level: Millivolts) {
        if level > highest {
            secondHighest = highest
            highest = level
        } else if level > secondHighest {
            secondHighest = level
        }
        if level < lowest {
            secondLowest = lowest
            lowest = level
        } else if level < secondLowest {
            secondLowest = level
        }
    }
}
