public import LightClient

/// One verification step and what it said.
public struct StepVerdict: Equatable, Sendable {
    /// The height verified from.
    public let trusted: Int64
    /// The height verified.
    public let untrusted: Int64
    /// What the light client said.
    public let verdict: Verdict
}
