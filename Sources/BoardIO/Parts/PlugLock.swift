/// The plug lock of a socket outlet.
public protocol PlugLock: AnyObject, Sendable {
    /// Wants the plug locked or free. Answers whether it was written.
    func write(locked: Bool) -> Bool
    /// The feedback contact.
    func state() -> LockState
    /// Leaves the plug as it was wanted last, since a weld may keep it live, and no motor under current. Not used after it.
    func stop()
}
