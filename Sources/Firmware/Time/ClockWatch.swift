import SignedRecords

// Pure: (state, reading of the clocks) -> (state, step). It owns two rules (docs/format.md, "When a record is made"): a wall
// clock that has moved against the time since boot is put on record, and from the move on no record calls its time
// synchronised before a time source has taken hold of the clock again.

/// Watches the wall clock against the time since boot.
struct ClockWatch: Equatable, Sendable {
    /// What the records say of the wall clock in this boot.
    enum Base: Equatable, Sendable {
        /// Nothing, and it was not read yet.
        case unknown
        /// It was never set.
        case unset
        /// Wall time less time since boot, in milliseconds.
        case offset(Int64)
    }

    private(set) var base: Base
    /// When the base last followed a drift; times here are milliseconds since boot.
    private var followedAt: Int64?
    /// The offset at the last reading.
    private var lastOffset: Int64?
    /// Since when the clock has stood where it is, apart from the base.
    private var apartSince: Int64?
    /// The last move, until a source has taken hold of the clock after it.
    private var movedAt: Int64?
    private var wasFreeSinceMove = false
    private var recordedAt: Int64?
    private var pause = ClockWatch.leastPause
    /// Where the clock stands, less the time since boot, once a technician has set it; milliseconds.
    private var setTo: Int64?

    /// A clock that is moved by no more than this, in milliseconds, was not stepped.
    static let leastStep: Int64 = 2_000
    /// A step is put on record once the clock has stood for so long, or at once where a source holds it.
    static let settling: Int64 = 2_000
    /// A source that never let go of the clock through a step is believed after so long.
    static let resynchronising: Int64 = 60_000
    /// Between two steps on record, doubled each time, and the least again after twice the most: a clock that is stepped
    /// again and again fills no journal.
    static let leastPause: Int64 = 60_000
    static let mostPause: Int64 = 3_600_000
    /// A crystal drifts by less than one part in so many.
    private static let driftDivisor: Int64 = 2_000

    /// - Parameters:
    ///   - base: what the records of this boot say.
    ///   - steppedAt: when the newest step on record was, where it was in this boot; milliseconds since boot.
    init(base: Base = .unknown, steppedAt: Int64? = nil) {
        self.base = base
        movedAt = steppedAt
    }

    /// Takes in a reading.
    ///
    /// - Returns: the step that is to be put on record now; again at each reading, until `recorded` is called.
    mutating func observe(_ reading: ClockReading) -> ClockStep? {
        if case .unknown = base { base = reading.offset.map(Base.offset) ?? .unset }
        follow(reading)
        let isApart = isApart(reading)
        if !isApart {
            apartSince = nil
        } else if apartSince == nil || hasMoved(reading) {
            apartSince = reading.sinceBoot
            movedAt = reading.sinceBoot
            wasFreeSinceMove = false
        }
        lastOffset = reading.offset
        noteHold(reading)
        guard isApart, let apartSince else { return nil }
        if let recordedAt, reading.sinceBoot - recordedAt < pause { return nil }
        let hasSettled = reading.kernel.isSynchronised || reading.sinceBoot - apartSince >= Self.settling
        return hasSettled ? step(reading) : nil
    }

    /// A technician sets the clock: the step that brings it there is his.
    mutating func willBeSet(to utc: Int64, sinceBoot: Int64) { setTo = utc - sinceBoot }

    /// How far the time of a record can be trusted that is made at this reading, which was observed.
    func quality(_ reading: ClockReading) -> TimeQuality {
        guard reading.isSet else { return .unknown }
        return reading.kernel.isSynchronised && movedAt == nil && apartSince == nil ? .synchronised : .informative
    }

    /// The step that `observe` answered at this reading is durable.
    mutating func recorded(_ reading: ClockReading) {
        base = reading.offset.map(Base.offset) ?? .unset
        followedAt = reading.sinceBoot
        apartSince = nil
        setTo = nil
        if let recordedAt, reading.sinceBoot - recordedAt < 2 * Self.mostPause {
            pause = min(pause * 2, Self.mostPause)
        } else {
            pause = Self.leastPause
        }
        recordedAt = reading.sinceBoot
    }

    /// Drift is no step: within the bound the base follows as slowly as a crystal drifts, so that small steps add up.
    private mutating func follow(_ reading: ClockReading) {
        guard case .offset(let known) = base, let offset = reading.offset, abs(offset - known) <= Self.leastStep else {
            return
        }
        guard let followedAt else { return self.followedAt = reading.sinceBoot }
        let most = (reading.sinceBoot - followedAt) / Self.driftDivisor
        guard most > 0 else { return }
        self.followedAt = reading.sinceBoot
        base = .offset(known + min(max(offset - known, -most), most))
    }

    private func isApart(_ reading: ClockReading) -> Bool {
        switch base {
        case .unknown: false
        case .unset: reading.isSet
        case .offset(let known): reading.offset.map { abs($0 - known) > Self.leastStep } ?? true
        }
    }

    private func hasMoved(_ reading: ClockReading) -> Bool {
        guard let offset = reading.offset, let lastOffset else { return reading.isSet != (lastOffset != nil) }
        return abs(offset - lastOffset) > Self.leastStep
    }

    /// Whoever sets the clock frees it from its source (clock_settime); the source that takes hold again is believed.
    private mutating func noteHold(_ reading: ClockReading) {
        guard let movedAt else { return }
        if !reading.kernel.isSynchronised {
            wasFreeSinceMove = true
        } else if wasFreeSinceMove || reading.sinceBoot - movedAt >= Self.resynchronising {
            self.movedAt = nil
        }
    }

    private func step(_ reading: ClockReading) -> ClockStep? {
        guard (0...UTCMilliseconds.latest.rawValue).contains(reading.utc) else { return nil }
        var before: UTCMilliseconds?
        if case .offset(let known) = base { before = UTCMilliseconds(max(0, known + reading.sinceBoot)) }
        return ClockStep(
            before: before, after: UTCMilliseconds(reading.utc),
            source: reading.kernel.isSynchronised ? .timeService : isTechnicians(reading) ? .technician : .unknown)
    }

    private func isTechnicians(_ reading: ClockReading) -> Bool {
        guard let setTo, let offset = reading.offset else { return false }
        return abs(offset - setTo) <= Self.leastStep
    }
}
