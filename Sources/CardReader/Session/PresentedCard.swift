/// What a card brings; nothing of it is checked here.
public enum PresentedCard: Equatable, Sendable {
    /// The bytes of a voucher.
    case voucher([UInt8])
    /// An Ed25519 public key, 32 bytes, whose possession is not proved yet.
    case key([UInt8])
    /// A number that proves nothing: anyone can copy it. 4 to 10 bytes.
    case identifier([UInt8])
}

/// What the charger makes of a card.
public enum CardDecision: Equatable, Sendable {
    /// It is to sign something first.
    case ask(ChargerLine.Purpose, [UInt8])
    /// It is taken at this connector.
    case accepted(connector: UInt32)
    case refused(CardRefusal)
}
