import Quantities

/// How punctual the control loop is (docs/control-core.md, "A late loop").
struct LoopSupervisor: Sendable, BitwiseCopyable {
    private var lastStep: MonotonicInstant?
    private var lateOnce: MonotonicInstant?
    private var lateTwice: MonotonicInstant?
    private var lateThrice: MonotonicInstant?
    /// This period came more than 40 ms late.
    private(set) var isStalled: Bool
    /// This period came more than 15 ms late.
    private(set) var isLate: Bool
    /// This is the first period.
    private(set) var isFirst: Bool

    static var period: Nanoseconds { @_noLocks get { .milliseconds(5) } }
    static var lateLimit: Nanoseconds { @_noLocks get { .milliseconds(15) } }
    static var stallLimit: Nanoseconds { @_noLocks get { .milliseconds(40) } }

    @_noLocks
    init() {
        lastStep = nil
        lateOnce = nil
        lateTwice = nil
        lateThrice = nil
        isStalled = false
        isLate = false
        isFirst = true
    }

    /// Takes in one period. The loop's own account of its lateness is not believed where the clock shows more.
    @_noLocks
    mutating func observe(lateness told: Nanoseconds, at now: MonotonicInstant) {
        var lateness = told
        if let lastStep {
            isFirst = false
            lateness = max(told, now - lastStep - Self.period)
        }
        lastStep = now
        isStalled = lateness > Self.stallLimit
        isLate = lateness > Self.lateLimit
        if isLate {
            lateThrice = lateTwice
            lateTwice = lateOnce
            lateOnce = now
        }
    }

    /// Whether three periods within the last second came late.
    @_noLocks
    func isOftenLate(at now: MonotonicInstant) -> Bool {
        guard let lateThrice else { return false }
        return now - lateThrice <= .seconds(1)
    }
}
