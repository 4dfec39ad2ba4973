import Quantities

/// The state of a connector's service mode. It lives in memory alone: a restart ends it.
struct ServiceMode: Sendable, BitwiseCopyable {
    /// The visit that stands, since when, and the newest one that was judged.
    var visit: UInt32
    var since: MonotonicInstant
    var judged: UInt32
    var ended: ServiceBar?
    var endedBy: FaultCode?
    /// What forbids it in this step.
    var obstacle: ServiceBar?
    /// Since when every step has seen an empty plug.
    var emptySince: MonotonicInstant?
    /// Steps in a row that have not.
    var notEmpty: Agreement
    /// The newest test: what it is, since when it drives and since when it has released.
    var test: ServiceTest
    var startedAt: MonotonicInstant
    var releasedAt: MonotonicInstant
    var report: ServiceTestReport

    @_noLocks
    init() {
        visit = 0
        since = MonotonicInstant(nanoseconds: 0)
        judged = 0
        ended = nil
        endedBy = nil
        obstacle = nil
        emptySince = nil
        notEmpty = Agreement()
        test = .none
        startedAt = MonotonicInstant(nanoseconds: 0)
        releasedAt = MonotonicInstant(nanoseconds: 0)
        report = ServiceTestReport()
    }

    /// Whether service mode stands.
    @_noLocks
    func stands() -> Bool { visit != 0 }

    /// Whether the part under test is driven.
    @_noLocks
    func drives() -> Bool {
        switch report.stage {
        case .driving: true
        case .none, .releasing, .ended, .refused: false
        }
    }

    /// Whether a test is not over.
    @_noLocks
    func isTesting() -> Bool {
        switch report.stage {
        case .driving, .releasing: true
        case .none, .ended, .refused: false
        }
    }

    /// Whether a test wants the contactor closed.
    @_noLocks
    func closesContactor() -> Bool {
        guard drives(), case .contactor = test else { return false }
        return true
    }

    /// Whether a test wants the plug's lock closed.
    @_noLocks
    func closesLock() -> Bool {
        guard drives(), case .lock = test else { return false }
        return true
    }

    /// Lets the part under test go.
    @_noLocks
    mutating func release(because cause: ServiceBar?, _ fault: FaultCode?, at now: MonotonicInstant) {
        releasedAt = now
        report.stage = .releasing
        report.cause = cause
        report.fault = fault
    }

    /// What it does, for displays.
    @_noLocks
    func activity() -> ServiceActivity {
        guard isTesting() else { return stands() ? .standing : .none }
        switch test {
        case .none: return .standing
        case .contactor: return .contactorTest
        case .lock: return .lockTest
        case .lamps: return .lampTest
        }
    }

    /// What the lamps are to show in place of what they say of the session.
    @_noLocks
    func lamps() -> LampPattern? {
        if closesContactor() { return .all }
        guard stands() else { return nil }
        if drives(), case .lamps(let pattern, _) = test { return pattern }
        return .service
    }
}
