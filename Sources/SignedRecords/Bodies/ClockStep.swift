/// Who stepped the wall clock.
public enum ClockSource: UInt8, Hashable, Sendable {
    case unknown = 0
    /// NTP or NTS through the system's service.
    case timeService = 1
    case technician = 2
    /// A verified block header bounded it.
    case ledger = 3
}

/// The wall clock moved against the monotonic clock by more than the drift budget.
public struct ClockStep: Hashable, Sendable {
    /// What wall time would have been without the step, or `nil` where it was not set before.
    public var before: UTCMilliseconds?
    /// What it is now.
    public var after: UTCMilliseconds
    public var source: ClockSource

    public init(before: UTCMilliseconds?, after: UTCMilliseconds, source: ClockSource) {
        self.before = before
        self.after = after
        self.source = source
    }
}

extension ClockStep: RecordPart {
    var fields: [RecordField] {
        var fields: [RecordField] = []
        if let before { fields.append(RecordField(1, "before_ms", .utc(before))) }
        fields.append(RecordField(2, "after_ms", .utc(after)))
        fields.append(RecordField(3, "source", .code(source)))
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        before = try fields.optionalUTC(1, "before_ms")
        after = try fields.utc(2, "after_ms")
        source = try fields.code(3, "source", ClockSource.self)
    }
}
