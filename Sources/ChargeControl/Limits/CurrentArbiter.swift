public import Quantities

/// The one place where the current is decided.
///
/// Every source gives its limit with a reason and an expiry; the least one holds. The result always has a duty code: it is
/// rounded down before the encoder sees it. A source that never spoke has no say, but for the session's grant, the
/// hardware's rating and the cable's: without them nothing is allowed.
public struct CurrentArbiter: Sendable, BitwiseCopyable {
    private var limits: LimitTable

    /// An arbiter that allows nothing yet.
    @_noLocks
    public init() {
        limits = LimitTable()
        let nothing = CurrentLimit(.zero, because: .missing)
        limits[.session] = nothing
        limits[.hardware] = nothing
        limits[.cable] = nothing
    }

    /// Sets what a source allows; `nil`: it has no say any more.
    @_noLocks
    public mutating func set(_ limit: CurrentLimit?, from source: LimitSource) { limits[source] = limit }

    /// What may be offered now. Where two limits are equal, the one applied later answers for it.
    @_noLocks
    public func offer(at now: MonotonicInstant) -> CurrentOffer { least(leavingOut: -1, at: now) }

    /// What could be offered now if one source had no say.
    @_noLocks
    public func offer(at now: MonotonicInstant, without source: LimitSource) -> CurrentOffer {
        least(leavingOut: source.position(), at: now)
    }

    @_noLocks
    private func least(leavingOut ignored: Int, at now: MonotonicInstant) -> CurrentOffer {
        var offer = CurrentOffer(current: .zero, limit: .zero, source: .cable, reason: .missing)
        var isFirst = true
        for position in 0..<LimitSource.count where position != ignored {
            let source = LimitSource.at(position)
            guard let limit = limits[source] else { continue }
            let standing = standing(limit, from: source, at: now)
            if isFirst || standing.limit <= offer.limit { offer = standing }
            isFirst = false
        }
        return offer
    }

    @_noLocks
    private func standing(_ limit: CurrentLimit, from source: LimitSource, at now: MonotonicInstant) -> CurrentOffer {
        var current = limit.current
        var reason = limit.reason
        if let expiry = limit.expiry, now >= expiry {
            // A fail-safe never allows more than the limit that it replaces.
            current = min(limit.failSafe, limit.current)
            reason = .expired
        }
        return CurrentOffer(
            current: DutyCode.encodable(notAbove: current), limit: current, source: source, reason: reason)
    }
}
