/// The plug lock of a socket outlet.
public protocol PlugLock: AnyObject, Sendable {
    /// Wants the plug locked or free. Answers whether it was written.
    func write(locked: Bool) -> Bool
    /// The feedback contact.
    func state() -> LockState
    /// Frees the plug, and leaves no motor under current. Not used after it.
    func stop()
}

extension PlugLock {
    public func stop() { _ = write(locked: false) }
}
