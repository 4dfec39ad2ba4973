/// Whether the protective conductor is there, from the board's own earth monitor.
public enum EarthState: UInt8, Sendable, BitwiseCopyable {
    case present
    case missing
    /// The board has no such sense. A monitor that is fitted and cannot be read says `missing`.
    case unknown
}
