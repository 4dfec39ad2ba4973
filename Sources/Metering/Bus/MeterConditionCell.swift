internal import Synchronization

/// Carries what the charger knows of a meter's load from the control thread to the thread of the bus. Neither ever waits,
/// and neither allocates.
public final class MeterConditionCell: Sendable {
    private let bits = Atomic<UInt64>(MeterCondition.unknown.packed)

    public init() {}

    /// What was stored last; `unknown` before that. Moments are kept to the millisecond, currents up to 1048 A.
    public var condition: MeterCondition { MeterCondition(packed: bits.load(ordering: .relaxed)) }

    public func store(_ condition: MeterCondition) { bits.store(condition.packed, ordering: .relaxed) }
}
