import Synchronization

/// Which of the control thread's own outputs could not be written last, for the board's thread. One for each line: an enable that was
/// written does not hide a gate that was not.
final class ControlFaults: Sendable {
    let enable = Atomic<Bool>(false)
    let gate = Atomic<Bool>(false)

    /// Any of them.
    var stand: Bool { enable.load(ordering: .relaxed) || gate.load(ordering: .relaxed) }
}
