/// The plug lock of a socket outlet, from its feedback contact.
public enum LockState: UInt8, Sendable, BitwiseCopyable {
    case unlocked
    case locked
    /// The board has no such sense, or it could not be read. Never to be taken for one of the other two.
    case unknown
}
