/// The monitor of the protective conductor.
public protocol EarthMonitor: AnyObject, Sendable {
    /// What it says; `missing` where it is fitted and cannot be read.
    func earth() -> EarthState
}
