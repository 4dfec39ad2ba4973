/// Why a meter's register is counted from anew: its readings of before and after have nothing to do with each other.
@frozen
public enum CounterOrigin: Equatable, Sendable, BitwiseCopyable {
    /// A meter was identified that is another than before, or the first.
    case meter
    /// The same meter's register fell, and not as one that wraps does.
    case reset
    /// The charger asked for it (`MeterConditionCell.wantNewBase`).
    case request
}
