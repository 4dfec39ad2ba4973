public import Quantities

/// The session that a record belongs to, and where it stood.
public struct SessionMark: Sendable, BitwiseCopyable, Equatable {
    /// The core's number of the session since its start; the first is 1.
    public var session: UInt32
    /// The grant's slot.
    public var grantSlot: UInt32
    /// The newest accepted reading.
    public var sample: EnergySample
    /// The energy since the session's first reading.
    public var energy: MilliwattHours

    @_noLocks
    init(session: UInt32, grantSlot: UInt32, sample: EnergySample, energy: MilliwattHours) {
        self.session = session
        self.grantSlot = grantSlot
        self.sample = sample
        self.energy = energy
    }
}

/// Something that must be recorded. Each is given out exactly once, in the order in which it happened.
public enum RecordIntent: Sendable, BitwiseCopyable, Equatable {
    /// A session begins at this reading. The contactor waits for its acknowledgement (`ControlInput.durableBegin`).
    case begin(SessionMark)
    /// The reading is the first at or above `index` whole kilowatt-hours of the session; `boundaries` of them were crossed
    /// since the tick before.
    case tick(SessionMark, index: UInt32, boundaries: UInt32)
    /// The contactor opened inside the session.
    case pause(SessionMark, cause: PauseCause)
    /// The contactor closed again inside the session.
    case resume(SessionMark)
    /// The session is over. `isFinalReading` says that the contactor was proven open before the reading was taken.
    case end(SessionMark, reason: StopReason, fault: FaultCode?, ticks: UInt32, isFinalReading: Bool)
    /// A fault of the table was raised.
    case faultLatched(FaultCode)
    /// A fault of the table cleared, and what cleared it.
    case faultCleared(FaultCode, by: FaultClearing)
    /// The contactor's life, after a session that used it.
    case wear(ContactorWear)
    /// The residual-current monitor was tested; how long it took to trip, `nil` where it did not.
    case residualSelfTest(passed: Bool, tripTime: Nanoseconds?)
}

/// The records that one step asks for, in order, in a fixed space: a session's records always fit; changes of the fault
/// table beyond `faultRoom` follow in the next steps.
public struct RecordIntents: Sendable, BitwiseCopyable {
    /// How many there are.
    public private(set) var count: Int
    private var storage: InlineArray<16, RecordIntent>

    /// With so many in a step no further fault changes are taken.
    static var faultRoom: Int { @_noLocks get { 8 } }

    /// None.
    @_noLocks
    public init() {
        count = 0
        storage = InlineArray(repeating: .faultCleared(.pilotStale, by: .condition))
    }

    /// The intent at a position below `count`.
    public subscript(position: Int) -> RecordIntent {
        @_noLocks get {
            invariant(position >= 0 && position < count, "a record intent is read below the count")
            return storage[position]
        }
    }

    @_noLocks
    mutating func append(_ intent: RecordIntent) {
        invariant(count < 16, "a step asks for no more records than fit")
        storage[count] = intent
        count += 1
    }
}
