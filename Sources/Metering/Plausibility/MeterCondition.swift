public import Quantities

/// What the charger knows about the current through a meter: by this a meter is judged that stands still, or says what
/// cannot be.
public struct MeterCondition: Equatable, Sendable {
    /// What the contactor behind the meter is told, and since when.
    public let contactor: Contactor
    /// The most that each conductor may carry by the pilot now; zero while it promises nothing.
    public let promise: Milliamps

    public enum Contactor: Equatable, Sendable {
        /// Nothing is known: a meter on the bench.
        case unknown
        case open(since: MonotonicInstant)
        case closed(since: MonotonicInstant)
        /// There is none: the meter watches a supply that is live since then, and whatever is connected to it.
        case absent(since: MonotonicInstant)

        /// Since when the meter's words must move; `nil` where nothing is known to be live.
        var liveSince: MonotonicInstant? {
            switch self {
            case .unknown, .open: nil
            case .closed(let since), .absent(let since): since
            }
        }
    }

    /// Since when the contactor has been open; `nil` where it is not, or not known.
    var openSince: MonotonicInstant? { if case .open(let since) = contactor { since } else { nil } }

    public static let unknown = MeterCondition(contactor: .unknown, promise: .zero)

    public init(contactor: Contactor, promise: Milliamps) {
        self.contactor = contactor
        self.promise = promise
    }
}

extension MeterCondition {
    // One word, so that the control thread can hand it to the thread of the bus without a lock:
    // bits 0–1 the contactor, 2–21 the promise in mA, 22–63 the moment in ms (139 years).
    private static let promiseShift: UInt64 = 2
    private static let momentShift: UInt64 = 22
    private static let promiseMask: UInt64 = 0xF_FFFF
    private static let momentMask: UInt64 = (1 << 42) - 1
    private static let nanosecondsPerMillisecond: Int64 = 1_000_000

    /// Exact up to 1048 A; a moment is rounded down to its millisecond.
    var packed: UInt64 {
        let kind: UInt64
        let moment: MonotonicInstant
        switch contactor {
        case .unknown: (kind, moment) = (0, MonotonicInstant(nanoseconds: 0))
        case .open(let since): (kind, moment) = (1, since)
        case .closed(let since): (kind, moment) = (2, since)
        case .absent(let since): (kind, moment) = (3, since)
        }
        let milliseconds = UInt64(max(0, moment.nanoseconds / Self.nanosecondsPerMillisecond)) & Self.momentMask
        let current = min(UInt64(max(0, promise.rawValue)), Self.promiseMask)
        return kind | current << Self.promiseShift | milliseconds << Self.momentShift
    }

    init(packed: UInt64) {
        let since = MonotonicInstant(
            nanoseconds: Int64(packed >> Self.momentShift) * Self.nanosecondsPerMillisecond)
        promise = Milliamps(Int32(packed >> Self.promiseShift & Self.promiseMask))
        switch packed & 3 {
        case 1: contactor = .open(since: since)
        case 2: contactor = .closed(since: since)
        case 3: contactor = .absent(since: since)
        default: contactor = .unknown
        }
    }
}
