import Metering

/// Where a meter is on its bus.
struct MeterAccess: Sendable {
    let bus: ModbusBus
    /// Which of the bus's meters.
    let index: Int
    let owner: MeterLine.Owner
}
