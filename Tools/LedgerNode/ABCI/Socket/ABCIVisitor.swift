internal import NIOCore
internal import Synchronization

/// A connection that was accepted and is not served yet. One that nobody takes any more, since the listener ended in the
/// meantime, is closed: NIO traps where such a channel is just let go.
final class ABCIVisitor: Sendable {
    private let channel: ABCIConnection.Channel
    private let isTaken = Atomic<Bool>(false)

    init(_ channel: ABCIConnection.Channel) { self.channel = channel }

    /// The connection, for whoever serves it.
    func take() -> ABCIConnection.Channel {
        isTaken.store(true, ordering: .releasing)
        return channel
    }

    deinit {
        guard !isTaken.load(ordering: .acquiring) else { return }
        let channel = channel
        Task { try? await channel.executeThenClose { _, _ in } }
    }
}
