/// Generates the pilot in hardware. May take milliseconds; called on the board's own thread alone.
public protocol PilotGenerator: AnyObject, Sendable {
    /// Puts this out from the next period on; refuses a high time outside 1 to 999 999 ns.
    func generate(_ output: PilotOutput) throws(BoardError)
}
