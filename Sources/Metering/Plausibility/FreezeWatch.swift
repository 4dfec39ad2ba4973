internal import Quantities

/// Notices a meter that repeats itself: on a live mains the last digits of voltage and frequency never stand still. A pure
/// value.
///
/// A register that rises slowly, or a car that draws nothing, proves nothing; so only words count of which the profile says
/// that they jitter, and all of them must be bit for bit the same. What was found frozen stays it until a word moves: that
/// the contactor opened thaws no meter.
struct FreezeWatch: Equatable, Sendable {
    /// How long they may stand still with the contactor closed, or where there is none.
    static let limit = Nanoseconds.seconds(60)

    private var words: [UInt16] = []
    /// Since when they are what they are.
    private var since: MonotonicInstant?
    private var isFrozen = false

    /// Takes the words of one reading; answers for how long they have stood still, once the meter counts as frozen.
    mutating func take(
        _ now: [UInt16], at: MonotonicInstant, _ contactor: MeterCondition.Contactor
    ) -> Nanoseconds? {
        guard let since, now == words, !now.isEmpty else {
            words = now
            since = at
            isFrozen = false
            return nil
        }
        if let liveSince = contactor.liveSince, at - max(since, liveSince) >= Self.limit { isFrozen = true }
        return isFrozen ? at - since : nil
    }

    /// Another meter.
    mutating func forget() { self = FreezeWatch() }
}
