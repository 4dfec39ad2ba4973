/// What a bus tells about one of its meters.
public enum MeterEvent: Equatable, Sendable {
    /// Serial number, model and guards were read and hold: after each connection, and when asked for. The generation grows
    /// when this is another meter than before.
    case identified(MeterIdentity, generation: UInt32)
    /// An accepted reading.
    case reading(EnergyReading)
    /// The live values of a reading whose energy is in doubt: it is read again, or refused.
    case live(LiveValues)
    /// A reading, an identity or a guard that was not accepted, and why.
    case refused(ReadingRefusal)
    /// The meter cannot be reached. Told once; `identified` follows when it is back.
    case lost(MeteringError)
}

/// A refused reading: the reason, what stood on the wire as far as it was read, and the count of refusals so far.
public struct ReadingRefusal: Equatable, Sendable {
    public let reason: MeteringError
    public let evidence: RegisterEvidence?
    public let confirmation: RegisterEvidence?
    /// How many readings of this meter were refused, this one included.
    public let total: UInt64
    /// The meter itself is not believed any more: it has stood still, or three polls in a row say what cannot be.
    public let isDistrust: Bool

    public init(
        reason: MeteringError, evidence: RegisterEvidence?, confirmation: RegisterEvidence?, total: UInt64,
        isDistrust: Bool = false
    ) {
        self.reason = reason
        self.evidence = evidence
        self.confirmation = confirmation
        self.total = total
        self.isDistrust = isDistrust
    }
}
