public import Quantities

/// One row of the fault table: data, no code. The same few rules in `FaultState` run every row.
public struct FaultRow: Sendable, BitwiseCopyable {
    /// How the row behaves.
    public var rule: FaultRule
    /// What the driver reads.
    public var text: StaticString
    /// The row's name in the field's catalogue: a ChargeX minimum required error code (MREC) where there is one, else the
    /// name that open firmware uses, else `VendorError` or `VendorWarning`.
    public var mrec: StaticString
    /// How it is called where chargers report to a central system (OCPP 1.6 error codes).
    public var reportingCode: StaticString

    init(_ rule: FaultRule, _ text: StaticString, mrec: StaticString, ocpp: StaticString) {
        self.rule = rule
        self.text = text
        self.mrec = mrec
        self.reportingCode = ocpp
    }
}

/// How a row of the fault table behaves: persistence, effect, latch, retries, clear condition.
public struct FaultRule: Sendable, BitwiseCopyable {
    /// What it does.
    public var effect: FaultEffect
    /// Persistence: so many observations in a row with the condition …
    public var samples: Int32
    /// … the first of them so long ago.
    public var span: Nanoseconds
    /// How long it holds.
    public var latch: FaultLatch
    /// How often it clears itself between two unplugs.
    public var retries: AutomaticRetries = .limited(0)
    /// An automatic retry waits at least so long after the fault was raised.
    public var retryDelay: Nanoseconds = .zero
    /// Raised so soon after the contactor closed, it is not retried.
    public var noRetryWithinClosing: Nanoseconds = .zero
    /// Clear condition: its condition must have been absent so long.
    public var clearAfter: Nanoseconds = .zero
    /// For so long after it was raised no current is offered, cleared or not.
    public var restartBlock: Nanoseconds = .zero
    /// The pilot shows state F for 300 ms when it is raised with a car connected (Annex A, sequence 12).
    public var signalsF = false
    /// A random delay precedes the first offer after it cleared: a street that comes back must not load the grid at once.
    public var randomisesRestart = false

    private init(_ effect: FaultEffect, _ samples: Int32, _ span: Nanoseconds, _ latch: FaultLatch) {
        self.effect = effect
        self.samples = samples
        self.span = span
        self.latch = latch
        // What has no latch clears itself as often as its condition goes.
        if case .none = latch { retries = .unlimited }
    }

    static func open(after samples: Int32, _ span: Nanoseconds, latch: FaultLatch) -> Self {
        Self(.open, samples, span, latch)
    }

    static func stop(after samples: Int32, _ span: Nanoseconds, latch: FaultLatch) -> Self {
        Self(.stop, samples, span, latch)
    }

    static func warn(after samples: Int32, _ span: Nanoseconds) -> Self { Self(.warn, samples, span, .none) }

    func clearing(after duration: Nanoseconds) -> Self {
        var rule = self
        rule.clearAfter = duration
        return rule
    }

    /// Clears itself so often between two unplugs, each time after `delay`; and a plug that was pulled meanwhile gets no
    /// current for 30 s either (docs/control-core.md, "Restart blocks").
    func retrying(_ count: UInt8, every delay: Nanoseconds, notWithinClosing: Nanoseconds = .zero) -> Self {
        var rule = self
        rule.retries = .limited(count)
        rule.retryDelay = delay
        rule.noRetryWithinClosing = notWithinClosing
        rule.restartBlock = .seconds(30)
        if rule.clearAfter == .zero { rule.clearAfter = .seconds(1) }
        return rule
    }

    func retrying(_ retries: AutomaticRetries) -> Self {
        var rule = self
        rule.retries = retries
        return rule
    }

    func blocking(_ duration: Nanoseconds) -> Self {
        var rule = self
        rule.restartBlock = duration
        return rule
    }

    func signallingF() -> Self {
        var rule = self
        rule.signalsF = true
        return rule
    }

    func randomisingRestart() -> Self {
        var rule = self
        rule.randomisesRestart = true
        return rule
    }

    /// Whether its raising and clearing stand in records; warnings are only shown.
    @_noLocks
    func isRecorded() -> Bool {
        switch effect {
        case .warn: false
        case .stop, .open: true
        }
    }
}

/// What a fault does to charging, from the least to the most.
public enum FaultEffect: Sendable, BitwiseCopyable, Equatable {
    /// It is shown.
    case warn
    /// The pilot goes to x1; the contactor opens when the car has stopped, at the latest after 6 s.
    case stop
    /// The contactor opens at once.
    case open
}

/// How long a fault outlives its condition.
public enum FaultLatch: Sendable, BitwiseCopyable, Equatable {
    /// It goes when its condition has been absent for the clear time; with a limited number of retries, after that many
    /// it holds until the car is unplugged.
    case none
    /// It holds until the car is unplugged, unless an automatic retry clears it first.
    case session
    /// It holds until the car is unplugged and a local reset is asked for, unless an automatic retry clears it first.
    case sessionAndReset
    /// It holds, across power loss too, until a local reset is asked for while its condition is absent.
    case localReset
    /// It holds, across power loss too, until a technician resets it, or until a power cycle and a residual self-test
    /// that passes after it.
    case selfTest
    /// It holds, across power loss too, until a technician resets it.
    case technician

    /// Whether a restart must find it standing: the firmware reads it back from the event records.
    public var survivesPowerLoss: Bool {
        switch self {
        case .none, .session, .sessionAndReset: false
        case .localReset, .selfTest, .technician: true
        }
    }
}

/// How often a fault clears itself between two unplugs.
public enum AutomaticRetries: Sendable, BitwiseCopyable, Equatable {
    /// So many times; after that the fault holds until the car is unplugged.
    case limited(UInt8)
    /// Without limit.
    case unlimited
}
