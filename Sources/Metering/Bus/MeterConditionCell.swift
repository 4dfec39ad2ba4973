public import Quantities
internal import Synchronization

/// Carries what the charger knows of a meter's load, and what it wants of the meter, to the thread of the bus. Nobody ever
/// waits, and nobody allocates.
public final class MeterConditionCell: Sendable {
    private let bits = Atomic<UInt64>(MeterCondition.unknown.packed)
    /// In ns; `Int64.min` for never.
    private let wanted = Atomic<Int64>(.min)
    private let wantsBase = Atomic<Bool>(false)

    public init() {}

    /// What was stored last; `unknown` before that. Moments are kept to the millisecond, currents up to 1048 A.
    public var condition: MeterCondition { MeterCondition(packed: bits.load(ordering: .relaxed)) }

    public func store(_ condition: MeterCondition) { bits.store(condition.packed, ordering: .relaxed) }

    /// The meter's identity has to be newer than this; `nil` where nobody asked. The bus looks at it before each reading.
    public var identityWanted: MonotonicInstant? {
        let moment = wanted.load(ordering: .relaxed)
        return moment == .min ? nil : MonotonicInstant(nanoseconds: moment)
    }

    /// Asks for an identification that is not older than a moment.
    public func wantIdentity(since moment: MonotonicInstant) { wanted.store(moment.nanoseconds, ordering: .relaxed) }

    /// Asks, once, that the next reading be a new base, in a new generation: while no session is open.
    public func wantNewBase() { wantsBase.store(true, ordering: .relaxed) }

    /// Whether that was asked for since the last call.
    public func takeWishForNewBase() -> Bool { wantsBase.exchange(false, ordering: .relaxed) }
}
