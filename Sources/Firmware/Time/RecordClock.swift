import Quantities
import SignedRecords

/// The time that goes into records: UTC with its quality, and the monotonic time with the boot it belongs to.
struct RecordClock: Sendable {
    let boot: BootIdentity

    /// The time now, as a record states it. A clock that was never set is not written into records.
    func now() -> RecordTime {
        let utc = SystemClock.utcMilliseconds()
        let monotonic = UInt64(max(0, SystemClock.now().nanoseconds / 1_000_000))
        let isPlausible = utc >= SystemClock.earliestPlausible
        let quality: TimeQuality = !isPlausible ? .unknown : SystemClock.isSynchronised() ? .synchronised : .informative
        return RecordTime(
            utc: isPlausible ? UTCMilliseconds(utc) : nil, quality: quality, monotonic: monotonic, boot: boot.boot,
            bootCount: boot.count)
    }
}
