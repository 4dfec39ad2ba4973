import Quantities

/// The test of the residual-current monitor (docs/control-core.md, "Residual current"; IEC 62955): its test input is driven, both outputs must
/// trip, and clear when it is released. Only with the contactor proven open; a trip during the test is an answer, not a
/// fault.
///
/// Due at every start, and before a session when the last one that passed is older than 24 h.
struct ResidualSelfTest: Sendable, BitwiseCopyable {
    /// How a finished test came out.
    enum Verdict: Sendable, BitwiseCopyable { case none, passed, failed }

    private enum Stage: Sendable, BitwiseCopyable { case resting, driving, releasing, voided }

    private var stage = Stage.resting
    private var since = MonotonicInstant(nanoseconds: 0)
    private(set) var passedAt: MonotonicInstant?
    /// From the test input to the later of the two trips, of the newest test.
    private(set) var tripTime: Nanoseconds?
    private(set) var hasFailed = false

    /// Both outputs must have tripped within this.
    static var tripLimit: Nanoseconds { @_noLocks get { .seconds(1) } }
    /// Both must have cleared within this after the release.
    static var releaseLimit: Nanoseconds { @_noLocks get { .seconds(2) } }
    static var interval: Nanoseconds { @_noLocks get { .seconds(86_400) } }

    @_noLocks
    init() {}

    /// Whether the monitor's outputs speak of the test and not of a residual current.
    @_noLocks
    func isRunning() -> Bool {
        switch stage {
        case .resting: false
        case .driving, .releasing, .voided: true
        }
    }

    /// Whether the test input is driven.
    @_noLocks
    func drives() -> Bool {
        if case .driving = stage { return true }
        return false
    }

    /// Whether a test must pass before current is offered.
    @_noLocks
    func isDue(at now: MonotonicInstant) -> Bool {
        guard let passedAt else { return true }
        return now - passedAt >= Self.interval
    }

    /// Begins a test.
    @_noLocks
    mutating func start(at now: MonotonicInstant) {
        stage = .driving
        since = now
        tripTime = nil
    }

    /// Gives a test up: a contactor that may not be open makes its trip mean something else, and nobody saw the end of one
    /// that a life before began.
    @_noLocks
    mutating func abandon(at now: MonotonicInstant) {
        if case .voided = stage {} else { stage = .voided; since = now }
    }

    /// Follows a running test.
    @_noLocks
    mutating func observe(direct: Bool, alternating: Bool, at now: MonotonicInstant) -> Verdict {
        switch stage {
        case .resting: return .none
        case .driving:
            if direct && alternating {
                tripTime = now - since
                stage = .releasing
                since = now
                return .none
            }
            return now - since >= Self.tripLimit ? end(passed: false, at: now) : .none
        case .voided:
            if (!direct && !alternating) || now - since >= Self.releaseLimit { stage = .resting }
            return .none
        case .releasing:
            if !direct && !alternating { return end(passed: true, at: now) }
            return now - since >= Self.releaseLimit ? end(passed: false, at: now) : .none
        }
    }

    @_noLocks
    private mutating func end(passed: Bool, at now: MonotonicInstant) -> Verdict {
        stage = .resting
        hasFailed = !passed
        if passed { passedAt = now }
        return passed ? .passed : .failed
    }
}
