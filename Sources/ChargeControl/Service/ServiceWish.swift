public import Quantities

/// What a technician asks of a connector's service mode: a level that the core looks at in every step, never an event.
///
/// A visit and a test are judged once each, by their numbers: what was refused, ended or called off does not begin again
/// under the same number.
public struct ServiceWish: Sendable, BitwiseCopyable, Equatable {
    /// The number of the visit for which service mode is asked; 0 where it is not.
    public var visit: UInt32
    /// When whoever asks was last heard. Service mode ends when that is longer ago than `ChargeController.serviceLease`.
    public var heardAt: MonotonicInstant
    /// What is to be tested.
    public var test: ServiceTest
    /// The number of that test.
    public var testNumber: UInt32

    /// Nothing is asked for.
    @_noLocks
    public init() {
        visit = 0
        heardAt = MonotonicInstant(nanoseconds: 0)
        test = .none
        testNumber = 0
    }
}
