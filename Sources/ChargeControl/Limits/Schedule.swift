public import Quantities

/// A daily schedule as a source of limits: windows in which charging may run, and a random delay after each opens, so that
/// a street of chargers does not switch on in the same second.
///
/// Pure: the minute of the day comes from whoever knows the clock, with whether it is known at all.
public struct Schedule: Sendable, BitwiseCopyable, Equatable {
    /// Room for windows.
    public static var capacity: Int { @_noLocks get { 8 } }

    /// A part of the day.
    public struct Window: Sendable, BitwiseCopyable, Equatable {
        /// From this second of the day …
        public var start: Int32
        /// … up to this one, exclusive; before `start` it runs over midnight.
        public var end: Int32
        /// The most that may be offered in it.
        public var current: Milliamps

        /// A window; both seconds from 0 to 86 399, not equal.
        @_noLocks
        public init(start: Int32, end: Int32, current: Milliamps) {
            self.start = start
            self.end = end
            self.current = current
        }

        /// How long ago it opened, in seconds, or `nil` outside it.
        @_noLocks
        func age(at second: Int32) -> Int32? {
            let length = Self.onward(from: start, to: end)
            let age = Self.onward(from: start, to: second)
            return age < length ? age : nil
        }

        /// From one second of the day to another, over midnight if need be.
        @_noLocks
        private static func onward(from start: Int32, to end: Int32) -> Int32 {
            let difference = (Int64(end) - Int64(start)) % 86_400
            return Int32(difference < 0 ? difference + 86_400 : difference)
        }

        @_noLocks
        public static func == (left: Self, right: Self) -> Bool {
            left.start == right.start && left.end == right.end && left.current == right.current
        }
    }

    private var windows: InlineArray<8, Window>
    private var count: Int32
    /// What may be offered outside every window, and while the clock is not known.
    public var otherwise: Milliamps
    /// How long this charger waits after a window opened: its own random number of seconds.
    public var delay: Int32

    /// A schedule without windows: always `otherwise`.
    @_noLocks
    public init(otherwise: Milliamps, delay: Int32) {
        windows = InlineArray(repeating: Window(start: 0, end: 0, current: .zero))
        count = 0
        self.otherwise = otherwise
        self.delay = delay
    }

    /// Adds a window; `false` where there is no room for one more.
    @_noLocks
    public mutating func add(_ window: Window) -> Bool {
        guard count < 8 else { return false }
        windows[Int(count)] = window
        count += 1
        return true
    }

    /// What it allows at this second of the day, `nil` for a clock that is not known. Where windows overlap, the greatest
    /// current holds.
    @_noLocks
    public func limit(atSecondOfDay second: Int32?) -> CurrentLimit {
        guard let second else { return CurrentLimit(otherwise, because: .clockUnknown) }
        var best: CurrentLimit?
        var waits = false
        for position in 0..<Int(count) {
            guard let age = windows[position].age(at: second) else { continue }
            if age < delay {
                waits = true
                continue
            }
            if let known = best, known.current >= windows[position].current { continue }
            best = CurrentLimit(windows[position].current, because: .configured)
        }
        if let best { return best }
        return CurrentLimit(otherwise, because: waits ? .randomDelay : .outsideWindow)
    }

    @_noLocks
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count, left.otherwise == right.otherwise, left.delay == right.delay else {
            return false
        }
        for position in 0..<Int(left.count) where !(left.windows[position] == right.windows[position]) { return false }
        return true
    }
}
