internal import Metering

/// The queues between the control thread and the others on one connector; each has one producer and one consumer.
struct ControlQueues: Sendable {
    /// From the record thread.
    let commands = HandoverQueue<ControlCommand>(capacity: 64)
    /// From the meter's thread; a reading a second at most, so this is a minute of them.
    let meter = HandoverQueue<MeterNews>(capacity: 64)
    /// To the meter's thread.
    let load = MeterConditionCell()
    /// To the record thread. A step asks for 16 records at most; the sale stops with room for three steps left, or when the
    /// record thread has not come round for 10 s (`recordTurn`), whichever is first.
    let orders = HandoverQueue<RecordOrder>(capacity: 256)
    /// When the record thread last came round.
    let recordTurn = Heartbeat()
    /// From and to the technician's shells.
    let service = ServiceDoor()
    /// To the technician's shells.
    let residualTest = ResidualTestCell()
    /// To the record thread, for the status.
    let displays = HandoverQueue<DisplaySample>(capacity: 16)
}
