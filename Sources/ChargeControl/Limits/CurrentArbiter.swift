public import Quantities

/// The one place where the current is decided.
///
/// Every source gives its limit with a reason and an expiry; the least one holds. A source that gave none allows nothing.
/// The result always has a duty code: it is rounded down before the encoder sees it.
public struct CurrentArbiter: Sendable, BitwiseCopyable {
    private var session: CurrentLimit
    private var cable: CurrentLimit
    private var hardware: CurrentLimit

    /// An arbiter that allows nothing yet.
    @_noLocks
    public init() {
        let nothing = CurrentLimit(.zero, because: .missing)
        session = nothing
        cable = nothing
        hardware = nothing
    }

    /// Sets what a source allows.
    @_noLocks
    public mutating func set(_ limit: CurrentLimit, from source: LimitSource) {
        switch source {
        case .session: session = limit
        case .cable: cable = limit
        case .hardware: hardware = limit
        }
    }

    /// What may be offered now. Where two limits are equal, the one applied later answers for it.
    @_noLocks
    public func offer(at now: MonotonicInstant) -> CurrentOffer {
        var offer = standing(session, from: .session, at: now)
        let byCable = standing(cable, from: .cable, at: now)
        if byCable.limit <= offer.limit { offer = byCable }
        let byHardware = standing(hardware, from: .hardware, at: now)
        if byHardware.limit <= offer.limit { offer = byHardware }
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
