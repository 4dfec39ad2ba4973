/// The coil gate, read back: dropped means that no enable closes the contactor.
public enum GateState: UInt8, Sendable, BitwiseCopyable {
    case dropped
    case held
    /// The board has no such sense, or it could not be read. Never to be taken for one of the other two.
    case unknown
}
