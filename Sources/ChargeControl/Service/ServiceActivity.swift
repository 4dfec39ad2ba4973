/// What a connector's service mode does, for displays.
public enum ServiceActivity: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
    /// Service mode does not stand.
    case none
    /// It stands, and nothing is tested.
    case standing
    /// The contactor is being tested.
    case contactorTest
    /// The lock is being tested.
    case lockTest
    /// The lamps are being tested.
    case lampTest
}
