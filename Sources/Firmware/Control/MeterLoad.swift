import ChargeControl
import Metering
import Quantities

/// What one connector's outputs say about the current through its meter.
struct MeterLoad {
    /// A lowered promise still counts for two to three of these: the car has 5 s to follow, and a meter's mean follows the
    /// car.
    private static let span = Nanoseconds.seconds(5)

    private var isClosed = false
    private var since: MonotonicInstant
    /// The highest promise of the span that runs, and of the two before it.
    private var promises = InlineArray<3, Milliamps>(repeating: .zero)
    private var spanSince: MonotonicInstant

    init(startedAt: MonotonicInstant) {
        since = startedAt
        spanSince = startedAt
    }

    /// Takes in a period's output.
    mutating func condition(after output: ControlOutput, at now: MonotonicInstant) -> MeterCondition {
        if output.contactorEnable != isClosed {
            isClosed = output.contactorEnable
            since = now
        }
        if now - spanSince >= Self.span {
            promises[2] = promises[1]
            promises[1] = promises[0]
            promises[0] = .zero
            spanSince = now
        }
        promises[0] = max(promises[0], output.display.offered)
        let highest = max(promises[0], max(promises[1], promises[2]))
        return MeterCondition(contactor: isClosed ? .closed(since: since) : .open(since: since), promise: highest)
    }
}
