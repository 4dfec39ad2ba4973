/// What an auxiliary contact says about the contactor.
public enum ContactState: UInt8, Sendable, BitwiseCopyable {
    case open
    case closed
    /// The board has no such sense, or it could not be read. Never to be taken for one of the other two.
    case unknown
}
