/// What the socket's lock says of itself.
public enum LockFeedback: Sendable, BitwiseCopyable, Equatable {
    /// The plug is held.
    case locked
    /// The plug is free.
    case unlocked
    /// The board has no such feedback, or cannot read it now.
    case unknown
}
