public import ChargeControl

/// How often each row of the fault table was raised in each phase of a session, and what else the sequences went through.
public struct Coverage: Sendable {
    private var raised: [Int]
    /// What was counted besides.
    public var steps = 0
    public var sequences = 0
    public var closings = 0
    /// Closings by tests in service mode.
    public var testClosings = 0
    public var sessions = 0
    public var ends = 0
    public var restarts = 0
    /// Troubles by kind: car, user, fault, stall.
    public var troubles: [Int] = [0, 0, 0, 0]

    /// Nothing yet.
    public init() { raised = Array(repeating: 0, count: FaultCode.allCases.count * SessionPhase.allCases.count) }

    private static func place(_ position: Int, _ phase: SessionPhase) -> Int {
        position * SessionPhase.allCases.count + Int(unsafeBitCast(phase, to: UInt8.self))
    }

    /// How often a row was raised in a phase.
    public func count(_ code: FaultCode, in phase: SessionPhase) -> Int { raised[Self.place(code.position, phase)] }

    mutating func note(raised bits: UInt64, in phase: SessionPhase) {
        var left = bits
        while left != 0 {
            raised[Self.place(left.trailingZeroBitCount, phase)] += 1
            left &= left - 1
        }
    }

    /// Adds another's counts.
    public mutating func add(_ other: Coverage) {
        for place in raised.indices { raised[place] += other.raised[place] }
        for place in troubles.indices { troubles[place] += other.troubles[place] }
        steps += other.steps
        sequences += other.sequences
        closings += other.closings
        testClosings += other.testClosings
        sessions += other.sessions
        ends += other.ends
        restarts += other.restarts
    }
}
