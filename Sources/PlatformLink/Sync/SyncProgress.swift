public import LightClient

/// What a run of ``Synchroniser`` did, as it does it.
public enum SyncProgress: Sendable, Equatable {
    /// A light block has come from a node; nothing is verified yet.
    case fetched(LightBlock, from: String)
    /// A verification step was decided.
    case decided(StepVerdict)
    /// How a witness stood at the end of a comparison with the header of a height.
    case compared(witness: String, height: Int64, standing: WitnessStanding)
    /// Two chains follow from what was trusted; the halt is durable.
    case halted(TrustHalt)
    /// Evidence was given to a node; `refusal` nil when it took it.
    case reported(AttackEvidence, to: String, refusal: PlatformLinkError?)
    /// The primary failed and another took its place.
    case primaryReplaced(from: String, to: String, reason: PlatformLinkError)
    /// Trust begins anew at another anchor, as someone asked for; it is on record.
    case reanchored(Reanchoring)
    /// A block is trusted and durable.
    case trusted(LightBlock)
}
