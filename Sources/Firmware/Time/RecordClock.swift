import SignedRecords

/// The time that goes into records: UTC with its quality, and the time since boot with the boot that it belongs to.
struct RecordClock: Sendable {
    let boot: BootIdentity
    /// The clocks, now.
    var read: @Sendable () -> ClockReading = { ClockReading.now() }

    /// A reading as a record states it. A clock that was never set is not written into records.
    func time(_ reading: ClockReading, _ quality: TimeQuality) -> RecordTime {
        RecordTime(
            utc: reading.isSet ? UTCMilliseconds(reading.utc) : nil, quality: quality,
            monotonic: UInt64(max(0, reading.sinceBoot)), boot: boot.boot, bootCount: boot.count)
    }
}
