/// The software's part of the contactor enable. One system call, no allocation.
public protocol ContactorOutput: AnyObject, Sendable {
    /// Writes the level: `true` wants the contactor closed. Answers whether it was written.
    func write(enable: Bool) -> Bool
}
