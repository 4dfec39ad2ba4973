public import Quantities
public import SignedRecords

/// A session's course, record by record: when, how much energy until then, and what happened.
public struct SessionTimeline: Hashable, Sendable {
    /// What a record tells.
    public enum Event: Hashable, Sendable {
        case begin
        /// The kilowatt-hours signed so far.
        case tick(index: UInt32)
        case pause(PauseReason)
        case resume
        /// No accepted reading for so long.
        case gap(GapReason, milliseconds: UInt64)
        /// The register wrapped.
        case rollover
        /// The register fell: what passed is not counted.
        case reset
        case faultLatched(code: UInt16)
        case faultCleared(code: UInt16)
        case end
    }

    /// One record.
    public struct Point: Hashable, Sendable {
        public let event: Event
        public let time: RecordTime
        /// Milliseconds since begin; nil where the device started anew in between and a clock was not set.
        public let elapsed: UInt64?
        /// Energy since begin.
        public let energy: MilliwattHours
    }

    /// In the order of the records, begin first and end last.
    public let points: [Point]
    /// Meter answers that were refused, as the ticks count them.
    public let refusedReadings: UInt64

    /// From verified records.
    init(_ session: SessionEvidence.Session, records: [SignedRecord]) {
        var points: [Point] = []
        var refused: UInt64 = 0
        let origin = session.beginRecord.record.time
        var progress = SessionProgress(begin: session.begin, at: session.beginRecord.head)
        for signed in records {
            let record = signed.record
            if record.sequence > session.beginRecord.record.sequence {
                // The records are verified: none of them is refused here.
                _ = try? progress.accept(record.body)
            }
            guard let event = Event(record.body) else { continue }
            if case .tick(let tick) = record.body { refused += UInt64(tick.readErrors) }
            points.append(
                Point(
                    event: event, time: record.time, elapsed: Self.elapsed(from: origin, to: record.time),
                    energy: progress.energy))
        }
        self.points = points
        refusedReadings = refused
    }

    /// Within a boot the monotonic clock says; across boots only two wall times that do not contradict each other.
    private static func elapsed(from: RecordTime, to: RecordTime) -> UInt64? {
        if from.boot == to.boot { return to.monotonic >= from.monotonic ? to.monotonic - from.monotonic : nil }
        guard from.quality != .unknown, to.quality != .unknown, let start = from.utc, let end = to.utc, end >= start
        else { return nil }
        return UInt64(end.rawValue - start.rawValue)
    }
}

extension SessionTimeline.Event {
    fileprivate init?(_ body: RecordBody) {
        switch body {
        case .begin: self = .begin
        case .tick(let tick): self = .tick(index: tick.index)
        case .pause(let pause): self = .pause(pause.reason)
        case .resume: self = .resume
        case .gap(let gap): self = .gap(gap.reason, milliseconds: gap.milliseconds)
        case .rollover: self = .rollover
        case .reset: self = .reset
        case .event(.faultLatched(let fault)): self = .faultLatched(code: fault.code)
        case .event(.faultCleared(let fault)): self = .faultCleared(code: fault.code)
        case .end: self = .end
        default: return nil
        }
    }
}
