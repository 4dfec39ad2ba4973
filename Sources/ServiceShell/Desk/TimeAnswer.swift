public import Quantities

/// What the device knows of the time.
public struct TimeAnswer: Equatable, Sendable, Reportable {
    /// UTC, where the clock is worth anything.
    public var unixMilliseconds: Int64?
    public var quality: TimeQualityName
    /// The latest time that it has proof of; certificates are held against this. Milliseconds since 1970.
    public var provenMilliseconds: Int64
    public var boot: [UInt8]
    public var boots: UInt32
    public var sinceBoot: Nanoseconds

    public init(
        unixMilliseconds: Int64?, quality: TimeQualityName, provenMilliseconds: Int64, boot: [UInt8], boots: UInt32,
        sinceBoot: Nanoseconds
    ) {
        self.unixMilliseconds = unixMilliseconds
        self.quality = quality
        self.provenMilliseconds = provenMilliseconds
        self.boot = boot
        self.boots = boots
        self.sinceBoot = sinceBoot
    }

    var report: Report {
        var report = Report()
        report.add("time", .time(unixMilliseconds: unixMilliseconds))
        report.add("time quality", .text(quality.rawValue))
        report.add("proven time", .time(unixMilliseconds: provenMilliseconds))
        report.add("boot", .bytes(boot))
        report.add("boots", .count(UInt64(boots)))
        report.add("since boot", .duration(sinceBoot))
        return report
    }
}
