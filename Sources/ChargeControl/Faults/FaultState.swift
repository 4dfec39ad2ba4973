import Quantities

/// Where one row of the fault table stands.
struct FaultState: Sendable, BitwiseCopyable {
    /// What happened to the row in one step.
    enum Change: Sendable, BitwiseCopyable { case none, raised, cleared }

    private var agreement: Agreement
    private(set) var isActive: Bool
    private var raisedAt: MonotonicInstant
    private var absentSince: MonotonicInstant?
    private var retriesUsed: UInt8
    private var retryForbidden: Bool
    private var sawUnplug: Bool

    @_noLocks
    init() {
        agreement = Agreement()
        isActive = false
        raisedAt = MonotonicInstant(nanoseconds: 0)
        absentSince = nil
        retriesUsed = 0
        retryForbidden = false
        sawUnplug = false
    }

    /// A latch that was standing when this controller was made.
    @_noLocks
    mutating func restore() { isActive = true }

    /// One step of one row.
    @_noLocks
    mutating func advance(_ row: FaultRow, _ news: FaultNews, at now: MonotonicInstant) -> Change {
        if !isActive {
            if news.isUnplugged { retriesUsed = 0 }
            return raise(row, news, at: now) ? .raised : .none
        }
        if news.present.containsAny(of: row.heldBy) || news.present.containsAny(of: row.raisedBy) {
            absentSince = nil
        } else if absentSince == nil, !news.unheard.containsAny(of: row.raisedBy) {
            absentSince = now
        }
        if news.isUnplugged { sawUnplug = true }
        guard let absentSince, now - absentSince >= row.clearAfter else { return .none }
        guard mayClear(row, news, at: now) else { return .none }
        isActive = false
        agreement.disagree()
        self.absentSince = nil
        return .cleared
    }

    @_noLocks
    private mutating func raise(_ row: FaultRow, _ news: FaultNews, at now: MonotonicInstant) -> Bool {
        if news.present.containsAny(of: row.raisedBy) {
            agreement.agree(at: now)
        } else if !news.unheard.containsAny(of: row.raisedBy) {
            agreement.disagree()
        }
        guard agreement.holds(samples: row.samples, span: row.span, at: now) else { return false }
        isActive = true
        raisedAt = now
        absentSince = nil
        sawUnplug = false
        retryForbidden = false
        if row.noRetryWithinClosing > .zero, let closedAt = news.closedAt {
            retryForbidden = now - closedAt <= row.noRetryWithinClosing
        }
        return true
    }

    /// With the condition gone for long enough: whether the latch lets go.
    @_noLocks
    private mutating func mayClear(_ row: FaultRow, _ news: FaultNews, at now: MonotonicInstant) -> Bool {
        switch row.latch {
        case .permanent: return false
        case .localReset: return news.resetRequested
        case .none, .session, .sessionAndReset: break
        }
        if hasRetry(row) {
            if now - raisedAt < row.retryDelay { return clearsByUnplug(row, news) }
            if case .limited = row.automaticRetries { retriesUsed += 1 }
            return true
        }
        return clearsByUnplug(row, news)
    }

    @_noLocks
    private mutating func clearsByUnplug(_ row: FaultRow, _ news: FaultNews) -> Bool {
        guard sawUnplug else { return false }
        if case .sessionAndReset = row.latch, !news.resetRequested { return false }
        retriesUsed = 0
        return true
    }

    @_noLocks
    private func hasRetry(_ row: FaultRow) -> Bool {
        if retryForbidden { return false }
        switch row.automaticRetries {
        case .unlimited: return true
        case .limited(let count): return retriesUsed < count
        }
    }

    /// Whether the fault stands and will not clear itself: the session is over.
    @_noLocks
    func isFinal(_ row: FaultRow) -> Bool {
        guard isActive else { return false }
        switch row.latch {
        case .permanent, .localReset: return true
        case .none, .session, .sessionAndReset: return !hasRetry(row)
        }
    }
}
