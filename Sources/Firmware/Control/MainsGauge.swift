import ChargeControl
import Quantities
import Synchronization

/// What the control thread makes of the mains meter, for whoever shows it: written without a lock or an allocation.
final class MainsGauge: Sendable {
    /// Bits 0 to 31 the current in mA, 32 to 39 the reason.
    private let bits = Atomic<UInt64>(UInt64(LimitReason.missing.rawValue) << 32)
    /// When the newest accepted reading's first reply was complete; in ns, 0 before there is one.
    private let newest = Atomic<Int64>(0)

    /// What the chargers may take together, per phase, and why.
    var available: (current: Milliamps, reason: LimitReason) {
        let bits = bits.load(ordering: .relaxed)
        let reason = LimitReason(rawValue: UInt8(truncatingIfNeeded: bits >> 32)) ?? .missing
        return (Milliamps(Int32(truncatingIfNeeded: bits)), reason)
    }

    /// How old the newest accepted reading is; nil before there is one.
    func age(at now: MonotonicInstant) -> Nanoseconds? {
        let moment = newest.load(ordering: .relaxed)
        return moment == 0 ? nil : now - MonotonicInstant(nanoseconds: moment)
    }

    /// The control thread's alone.
    func show(_ limit: CurrentLimit) {
        let current = UInt64(UInt32(bitPattern: limit.current.rawValue))
        bits.store(current | UInt64(limit.reason.rawValue) << 32, ordering: .relaxed)
    }

    /// The control thread's alone.
    func showReading(of moment: MonotonicInstant) { newest.store(moment.nanoseconds, ordering: .relaxed) }
}
