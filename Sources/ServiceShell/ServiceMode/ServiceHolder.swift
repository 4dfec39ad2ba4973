import Synchronization

/// One login at a shell, as the holder of what it has in service mode: that ends with it.
public struct ServiceHolder: Hashable, Sendable {
    private static let counter = Atomic<UInt64>(0)
    private let number: UInt64

    /// Another holder than every one before.
    public init() { number = Self.counter.add(1, ordering: .relaxed).newValue }
}
