public import Quantities

/// A test that a technician asks for in service mode.
public struct ServiceTestWish: Equatable, Sendable {
    /// What is tested.
    public enum Part: Equatable, Sendable {
        case contactor
        case lock
        case lamps(Pattern)
    }

    /// What the lamps are to show.
    public enum Pattern: String, CaseIterable, Sendable {
        case off, available, connected, charging, fault, service, all
    }

    public var part: Part
    /// The contactor is closed for so long, the lock is locked and unlocked within it, the lamps show their pattern for it.
    public var duration: Nanoseconds
    /// 0 where no connector was named.
    public var connector: UInt32

    public init(_ part: Part, for duration: Nanoseconds, connector: UInt32) {
        self.part = part
        self.duration = duration
        self.connector = connector
    }

    /// The lock has always the same time.
    static let lockTime = Nanoseconds.seconds(5)

    /// nil where the command is no test.
    init?(_ invocation: Invocation) {
        let connector = invocation.connector ?? 0
        switch invocation.row.command {
        case .testContactor:
            self.init(.contactor, for: .milliseconds(invocation.integer("ms") ?? 0), connector: connector)
        case .testLock: self.init(.lock, for: Self.lockTime, connector: connector)
        case .testLamps:
            let pattern = invocation.text("pattern").flatMap { Pattern(rawValue: $0) } ?? .all
            self.init(.lamps(pattern), for: .seconds(invocation.integer("seconds") ?? 0), connector: connector)
        default: return nil
        }
    }
}
