/// The things that can be wrong in one step, as a set.
///
/// A small set type of its own: the library's `OptionSet` algebra is not free of locks for the compiler in a build by
/// single files.
public struct FaultConditions: Sendable, BitwiseCopyable, Equatable {
    /// One bit a condition.
    public private(set) var bits: UInt32

    @_noLocks
    init(bits: UInt32) { self.bits = bits }

    /// Nothing is wrong.
    public static var none: Self { @_noLocks get { Self(bits: 0) } }
    /// The pilot's voltage is of no known level.
    public static var pilotInvalid: Self { @_noLocks get { Self(bits: 1 << 0) } }
    /// The pilot is at 0 V.
    public static var pilotShorted: Self { @_noLocks get { Self(bits: 1 << 1) } }
    /// The pilot is at -12 V though the charger does not put it there.
    public static var pilotNegative: Self { @_noLocks get { Self(bits: 1 << 2) } }
    /// No pilot sample younger than 15 ms.
    public static var pilotStale: Self { @_noLocks get { Self(bits: 1 << 3) } }
    /// The car asks for ventilation, and there is none.
    public static var ventilationMissing: Self { @_noLocks get { Self(bits: 1 << 4) } }
    /// The negative half wave is not at -12 V while PWM runs.
    public static var diodeMissing: Self { @_noLocks get { Self(bits: 1 << 5) } }
    /// The emergency stop is pressed.
    public static var emergencyStop: Self { @_noLocks get { Self(bits: 1 << 6) } }
    /// The monitor tripped on smooth direct residual current (6 mA).
    public static var residualDirect: Self { @_noLocks get { Self(bits: 1 << 7) } }
    /// The monitor tripped on alternating residual current (30 mA).
    public static var residualAlternating: Self { @_noLocks get { Self(bits: 1 << 8) } }
    /// Told to be open, the contactor is not.
    public static var contactorClosedUnbidden: Self { @_noLocks get { Self(bits: 1 << 9) } }
    /// Told to be closed, the contactor is not.
    public static var contactorOpenUnbidden: Self { @_noLocks get { Self(bits: 1 << 10) } }
    /// No feedback of the contactor says anything.
    public static var contactorUnobserved: Self { @_noLocks get { Self(bits: 1 << 11) } }
    /// This period came more than 40 ms late.
    public static var periodStalled: Self { @_noLocks get { Self(bits: 1 << 12) } }
    /// This period came more than 15 ms late.
    public static var periodLate: Self { @_noLocks get { Self(bits: 1 << 13) } }
    /// Three periods within one second came more than 15 ms late.
    public static var periodsOftenLate: Self { @_noLocks get { Self(bits: 1 << 14) } }
    /// No accepted meter reading for 3 s.
    public static var meterSilent: Self { @_noLocks get { Self(bits: 1 << 15) } }
    /// No accepted meter reading for 10 s.
    public static var meterLost: Self { @_noLocks get { Self(bits: 1 << 16) } }
    /// Records cannot be made durable.
    public static var recordsFailed: Self { @_noLocks get { Self(bits: 1 << 17) } }
    /// The cable in the socket is not the one that the session began with.
    public static var cableChanged: Self { @_noLocks get { Self(bits: 1 << 18) } }
    /// A phase carries more than was offered.
    public static var overcurrent: Self { @_noLocks get { Self(bits: 1 << 19) } }

    /// Adds these.
    @_noLocks
    public mutating func insert(_ others: Self) { bits |= others.bits }

    /// Adds these where it is so.
    @_noLocks
    mutating func insert(_ others: Self, if condition: Bool) { if condition { bits |= others.bits } }

    /// Whether any of these is in the set.
    @_noLocks
    public func containsAny(of others: Self) -> Bool { bits & others.bits != 0 }

    /// Both sets together.
    @_noLocks
    public func with(_ others: Self) -> Self { Self(bits: bits | others.bits) }
}
