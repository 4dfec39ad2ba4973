import Quantities
import SignedRecords

/// The time that goes into records: UTC with its quality, and the monotonic time with the boot it belongs to.
struct RecordClock: Sendable {
    let boot: BootIdentity

    /// A clock that was never set stands before this moment (2026-01-01T00:00:00Z): it is not written into records.
    static let earliestPlausible: Int64 = 1_767_225_600_000

    /// The time now, as a record states it.
    func now() -> RecordTime {
        let utc = SystemClock.utcMilliseconds()
        let monotonic = UInt64(max(0, SystemClock.now().nanoseconds / 1_000_000))
        let isPlausible = utc >= Self.earliestPlausible
        let quality: TimeQuality = !isPlausible ? .unknown : SystemClock.isSynchronised() ? .synchronised : .informative
        return RecordTime(
            utc: isPlausible ? UTCMilliseconds(utc) : nil, quality: quality, monotonic: monotonic, boot: boot.boot,
            bootCount: boot.count)
    }
}
