import Quantities

/// What each source allows; `nil` where a source has no say.
///
/// Who writes it decides what an unheard source means: the firmware puts each configured source's fail-safe here before
/// the source has spoken (`LimitReason.missing`).
public struct LimitTable: Sendable, BitwiseCopyable {
    private var limits: InlineArray<16, CurrentLimit?>

    /// No source has a say.
    @_noLocks
    public init() { limits = InlineArray(repeating: nil) }

    /// What a source allows.
    public subscript(source: LimitSource) -> CurrentLimit? {
        @_noLocks get { limits[source.position()] }
        @_noLocks set { limits[source.position()] = newValue }
    }
}
