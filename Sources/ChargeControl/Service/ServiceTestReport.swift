public import Quantities

/// What the newest test in service mode has come to.
public struct ServiceTestReport: Sendable, BitwiseCopyable, Equatable {
    /// How far a test is.
    public enum Stage: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
        /// There was none.
        case none
        /// The part is driven.
        case driving
        /// It was released, and is watched.
        case releasing
        /// It is over.
        case ended
        /// It was not begun.
        case refused
    }

    /// What the contactor's feedbacks say behind its opening.
    public enum WeldCheck: UInt8, Sendable, BitwiseCopyable, Equatable, CaseIterable {
        /// They did not prove it open in time, nor that it is not.
        case unknown
        /// Every pole is proven open.
        case clear
        /// A pole is welded, or the armature is stuck: the fault table has latched it.
        case stuck
    }

    /// Its number (`ServiceWish.testNumber`); 0 before the first.
    public var number: UInt32
    /// How far it is.
    public var stage: Stage
    /// Why it did not begin, or ended before its time; `nil` where it went through.
    public var cause: ServiceBar?
    /// The fault that stood then.
    public var fault: FaultCode?
    /// From the command to the last pole closed, or the plug locked, by feedback; `nil` where that was not seen.
    public var actuation: Nanoseconds?
    /// From the command to the last pole open, or the plug free, by feedback; `nil` where that was not seen.
    public var release: Nanoseconds?
    /// The lock's attempts in both directions.
    public var actuationTries: UInt8
    public var releaseTries: UInt8
    /// Behind the contactor's opening.
    public var weld: WeldCheck

    /// Nothing yet.
    @_noLocks
    public init() {
        number = 0
        stage = .none
        cause = nil
        fault = nil
        actuation = nil
        release = nil
        actuationTries = 0
        releaseTries = 0
        weld = .unknown
    }
}
