import ChargeControl
import Quantities

/// What the oracle keeps of one row of the fault table: its rule in plain numbers, and where it stands.
struct OracleRow: Sendable {
    var samples = 1
    var span: Int64 = 0
    var clearAfter: Int64 = 0
    var retryDelay: Int64 = 0
    var noRetryWithin: Int64 = 0
    var block: Int64 = 0
    /// Automatic retries between two unplugs; -1 for no limit.
    var retries = 0
    var effect = FaultEffect.warn
    var latch = FaultLatch.none
    var signalsF = false

    /// The condition was seen so often in a row; `possible` counts also what the oracle cannot decide.
    var certain = 0
    var certainSince: Int64 = 0
    var possible = 0
    var possibleSince: Int64 = 0
    var absentSince: Int64 = -1
    /// It cannot be decided whether the clear time runs.
    var isLoose = false
    var raisedAt: Int64 = Int64.min / 2
    var sawUnplug = false
    var used = 0
    var mayRetry = true
    var isRestored = false
    /// The reset button was seen released since the row was raised.
    var isArmed = false

    init() {}

    init(_ rule: FaultRule) {
        samples = Int(rule.samples)
        span = rule.span.rawValue
        clearAfter = rule.clearAfter.rawValue
        retryDelay = rule.retryDelay.rawValue
        noRetryWithin = rule.noRetryWithinClosing.rawValue
        block = rule.restartBlock.rawValue
        effect = rule.effect
        latch = rule.latch
        signalsF = rule.signalsF
        switch rule.retries {
        case .unlimited: retries = -1
        case .limited(let count): retries = Int(count)
        }
    }

    /// What a step knows of a condition.
    enum Condition: Sendable {
        case present, absent, near, unheard
        /// It cannot be seen: nothing is gathered and nothing clears.
        case hidden
        /// Present or absent: the oracle's own knowledge does not reach so far.
        case either
    }

    mutating func gather(_ condition: Condition, at now: Int64) {
        switch condition {
        case .present:
            if certain == 0 { certainSince = now }
            certain += 1
            if possible == 0 { possibleSince = now }
            possible += 1
        case .either:
            certain = 0
            if possible == 0 { possibleSince = now }
            possible += 1
        case .absent, .near:
            certain = 0
            possible = 0
        case .unheard, .hidden: break
        }
    }

    mutating func mustStand(at now: Int64) -> Bool { certain >= samples && now - certainSince >= span }

    mutating func mayStand(at now: Int64) -> Bool { possible >= samples && now - possibleSince >= span }
}
