/// What made a fault's latch let go, once its condition was gone for the row's clear time.
public enum FaultClearing: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// The condition's end was enough, or it was an automatic retry.
    case condition
    /// The car was unplugged; where the row asks for it, with a local reset behind that.
    case unplugged
    /// A self-test that passed after a power cycle.
    case powerCycle
    /// A local reset.
    case localReset
    /// A technician's reset.
    case technician
}
