/// A charger's board as the control thread sees it: volts, amperes, closed, open.
///
/// `sample`, `apply`, `pulseGate` and `openContactor` never block, allocate or lock: a driver does what can take longer
/// than a system call on its own thread and publishes the result. `start`, `report` and `stop` belong to other threads.
public protocol Board: AnyObject, Sendable {
    /// What the board is, from its profile.
    var profile: BoardProfile { get }

    /// Opens the devices and starts the driver's thread; the first pilot level is x1.
    ///
    /// The contactor enable is requested low before the gate line is touched, so that no pulse of a starting program
    /// can meet an enable that a dead one left behind. Called once.
    func start() throws(BoardError)

    /// The latest sample.
    func sample() -> BoardSample

    /// Writes the outputs. Called each period with the levels that are wanted now.
    func apply(_ outputs: BoardOutputs)

    /// One edge on the pulse line that holds the coil gate. Does nothing before `start`, while the board is lost, and while the
    /// enable could not be written as it was wanted last.
    func pulseGate()

    /// Writes the enable low at once, from any thread, also from a process that is about to trap.
    func openContactor()

    /// Counts and the last error, for people.
    func report() -> BoardReport

    /// The lines that it has requested, as they were last read or written; none on a board without lines.
    func lineStates() -> [BoardLine]

    /// The newest reading of a converter channel as counts; `nil` where the board has no such channel, or was not started. Not for
    /// the control thread.
    func converterReading(_ role: ConverterRole) -> ConverterReading?

    /// Writes the safe outputs, joins the driver's thread and releases the lines. Does nothing the second time.
    func stop()
}

extension Board {
    public func lineStates() -> [BoardLine] { [] }
    public func converterReading(_ role: ConverterRole) -> ConverterReading? { nil }
}
