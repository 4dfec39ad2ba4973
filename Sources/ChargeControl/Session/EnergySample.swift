public import Quantities

/// An accepted reading of the meter's import register. The meter is identified, and the reading passed every check.
public struct EnergySample: Sendable, BitwiseCopyable, Equatable {
    /// Counts accepted readings; a greater number is a newer reading.
    public var number: UInt64
    /// The import register.
    public var imported: MilliwattHours
    /// When the meter's reply was received.
    public var at: MonotonicInstant
    /// How long before that the request was sent: the register was read between the two.
    public var elapsed: Nanoseconds

    /// A reading.
    @_noLocks
    public init(number: UInt64, imported: MilliwattHours, at: MonotonicInstant, elapsed: Nanoseconds = .zero) {
        self.number = number
        self.imported = imported
        self.at = at
        self.elapsed = elapsed
    }

    /// When the request was sent: the register was not read before.
    @_noLocks
    func requestedAt() -> MonotonicInstant { at - elapsed }
}

/// What the meter's bus says of the meter.
public enum MeterState: Sendable, BitwiseCopyable, Equatable {
    /// Identified and answering.
    case ok
    /// Not answering, or not yet identified.
    case lost
    /// Answering, but its readings are refused.
    case refused
    /// Answering, and known to lie: frozen, swapped, or against the current.
    case distrusted
}

/// What the store of records says of itself.
public enum RecordStoreState: Sendable, BitwiseCopyable, Equatable {
    /// Records become durable.
    case ok
    /// Room is left only for ending what runs: no session begins, a running one ends.
    case nearlyFull
    /// Records cannot be made durable: charging pauses.
    case failed
}
