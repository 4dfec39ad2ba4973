/// How far a record's wall time can be trusted.
public enum TimeQuality: UInt8, Hashable, Sendable {
    /// The clock was not set since boot.
    case unknown = 0
    /// Set once, by hand or from an unauthenticated source; it may drift.
    case informative = 1
    /// Kept by a time service within its stated bound. Only this quality may price time-dependent tariffs.
    case synchronised = 2
}

/// When a record was made: wall time with its quality, and monotonic time within a named boot.
public struct RecordTime: Hashable, Sendable {
    /// Wall time, or `nil` where the device has none.
    public var utc: UTCMilliseconds?
    public var quality: TimeQuality
    /// Milliseconds since boot on the monotonic clock.
    public var monotonic: UInt64
    public var boot: BootID
    /// How many boots this device has counted, this one included.
    public var bootCount: UInt32

    public init(utc: UTCMilliseconds?, quality: TimeQuality, monotonic: UInt64, boot: BootID, bootCount: UInt32) {
        self.utc = utc
        self.quality = quality
        self.monotonic = monotonic
        self.boot = boot
        self.bootCount = bootCount
    }
}

extension RecordTime: RecordPart {
    var fields: [RecordField] {
        var fields: [RecordField] = []
        if let utc { fields.append(RecordField(1, "utc_ms", .utc(utc))) }
        fields.append(RecordField(2, "quality", .code(quality)))
        fields.append(RecordField(3, "monotonic_ms", .unsigned(monotonic)))
        fields.append(RecordField(4, "boot", .bytes(boot.bytes)))
        fields.append(RecordField(5, "boot_count", .unsigned(UInt64(bootCount))))
        return fields
    }

    init(reading fields: inout CBORFields) throws(CBORError) {
        utc = try fields.optionalUTC(1, "utc_ms")
        quality = try fields.code(2, "quality", TimeQuality.self)
        monotonic = try fields.unsigned(3, "monotonic_ms")
        boot = try fields.identifier(4, "boot", BootID.self)
        bootCount = try fields.integer(5, "boot_count", as: UInt32.self)
        // A quality above unknown speaks about a wall time, so there must be one.
        guard quality == .unknown || utc != nil else {
            throw .field(path: "\(fields.path).utc_ms", problem: .missing(key: 1))
        }
    }
}
