import Synchronization

/// Where requests for the control thread go in. Its queue has one producer; here several threads take turns at being it, and
/// only they wait for each other.
final class RequestInlet: Sendable {
    private let queue: Mutex<HandoverQueue<ControlRequest>>

    init(_ queue: HandoverQueue<ControlRequest>) { self.queue = Mutex(queue) }

    /// - Returns: false where the control thread stands still.
    func offer(_ request: ControlRequest) -> Bool { queue.withLock { $0.offer(request) } }
}
