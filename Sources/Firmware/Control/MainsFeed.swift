internal import Metering

/// What goes between the mains meter's thread, the control thread and those who show the status.
struct MainsFeed: Sendable {
    /// From the meter's thread; a reading a second at most, so this is a minute of them.
    let news = HandoverQueue<MeterNews>(capacity: 64)
    /// To the meter's thread.
    let load = MeterConditionCell()
    /// To the status.
    let gauge = MainsGauge()
}
