/// Generates the pilot. May take milliseconds; called on the board's own thread alone.
public protocol PilotGenerator: AnyObject, Sendable {
    /// Puts this out from the next period on; refuses a high time outside 1 to 999 999 ns.
    func generate(_ output: PilotOutput) throws(BoardError)
    /// Why the pilot is not what was last asked for; `nil` where nothing is known against it. A generator that works on by itself
    /// can fail long after it was asked.
    var failure: BoardError? { get }
    /// What a generator measured of itself; `nil` where hardware makes the pilot.
    var timing: PilotTiming? { get }
    /// Leaves x1 and ends a thread of its own. Not used after it.
    func stop()
}

extension PilotGenerator {
    public var failure: BoardError? { nil }
    public var timing: PilotTiming? { nil }
    public func stop() { try? generate(.x1) }
}
