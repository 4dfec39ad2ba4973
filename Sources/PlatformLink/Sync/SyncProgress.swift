public import LightClient

/// What a run of ``Synchroniser`` did, as it does it.
public enum SyncProgress: Sendable, Equatable {
    /// A light block has come; nothing is verified yet.
    case fetched(LightBlock)
    /// A verification step was decided.
    case decided(StepVerdict)
    /// A block is trusted and durable.
    case trusted(LightBlock)
}
