public import Quantities

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
    /// It goes when its condition has been absent for the clear time.
    case none
    /// It holds until the car is unplugged, unless an automatic retry clears it first.
    case session
    /// It holds until the car is unplugged and a local reset is asked for, unless an automatic retry clears it first.
    case sessionAndReset
    /// It holds until a local reset is asked for while its condition is absent.
    case localReset
    /// It holds in this controller for ever; only a technician's act (a start without it) clears it.
    case permanent
}

/// How often a fault clears itself between two unplugs.
public enum AutomaticRetries: Sendable, BitwiseCopyable, Equatable {
    /// So many times; after that the fault holds until the car is unplugged.
    case limited(UInt8)
    /// Without limit.
    case unlimited
}

/// The whole table.
typealias FaultRows = InlineArray<19, FaultRow>

/// One row of the fault table: data, no code. The same few rules in `FaultMonitor` run every row.
public struct FaultRow: Sendable, BitwiseCopyable {
    /// The fault's number in records.
    public var code: FaultCode
    /// Detection: any of these conditions raises it.
    public var raisedBy: FaultConditions
    /// While any of these conditions is present the clear time does not run.
    public var heldBy: FaultConditions
    /// Persistence: so many steps in a row with the condition.
    public var samples: Int32
    /// Persistence: the first of them so long ago.
    public var span: Nanoseconds
    /// What it does.
    public var effect: FaultEffect
    /// How long it holds.
    public var latch: FaultLatch
    /// How often it clears itself.
    public var automaticRetries: AutomaticRetries
    /// Clear condition: its condition must have been absent so long.
    public var clearAfter: Nanoseconds
    /// An automatic retry waits at least so long after the fault was raised.
    public var retryDelay: Nanoseconds
    /// Raised so soon after the contactor closed, it is not retried.
    public var noRetryWithinClosing: Nanoseconds
    /// What the driver reads.
    public var text: StaticString
    /// How it is called where chargers report to a central system (OCPP 1.6 error codes).
    public var reportingCode: StaticString

    @_noLocks
    init(
        _ code: FaultCode, raisedBy: FaultConditions, heldBy: FaultConditions, samples: Int32, span: Nanoseconds,
        effect: FaultEffect, latch: FaultLatch, retries: AutomaticRetries, clearAfter: Nanoseconds,
        retryDelay: Nanoseconds, noRetryWithinClosing: Nanoseconds, text: StaticString, reportingCode: StaticString
    ) {
        self.code = code
        self.raisedBy = raisedBy
        self.heldBy = heldBy
        self.samples = samples
        self.span = span
        self.effect = effect
        self.latch = latch
        self.automaticRetries = retries
        self.clearAfter = clearAfter
        self.retryDelay = retryDelay
        self.noRetryWithinClosing = noRetryWithinClosing
        self.text = text
        self.reportingCode = reportingCode
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
