public import ChargeControl

/// Why a row of the fault table cannot be raised in a phase.
public enum Unreachable {
    /// The reason, or `nil` where the row can be raised there.
    public static func reason(_ code: FaultCode, _ phase: SessionPhase) -> StaticString? {
        nil
    }
}
