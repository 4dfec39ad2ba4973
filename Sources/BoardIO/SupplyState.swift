/// Whether there is voltage behind the contactor.
public enum SupplyState: UInt8, Sendable, BitwiseCopyable {
    case dead
    case live
    /// The board has no such sense, or it could not be read. Never to be taken for one of the other two.
    case unknown
}
