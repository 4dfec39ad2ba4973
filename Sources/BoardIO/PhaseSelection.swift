/// Which phases the contactor connects when it closes, on a board whose L2 and L3 have a contactor of their own.
public enum PhaseSelection: UInt8, Sendable, BitwiseCopyable {
    /// L1 and N; the relay that lets L2 and L3 close along is at rest.
    case single
    /// All of them.
    case three
}
