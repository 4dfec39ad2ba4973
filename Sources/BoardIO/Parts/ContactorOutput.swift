/// The software's part of the contactor enable. One system call, no allocation.
public protocol ContactorOutput: AnyObject, Sendable {
    /// Writes the level: `true` wants the contactor closed. Answers whether it was written.
    func write(enable: Bool) -> Bool
    /// Lets L2 and L3 close along with L1 or not. Written before the enable. Answers whether it was written; a board
    /// without phase switching has nothing to write.
    func write(phases: PhaseSelection) -> Bool
}
