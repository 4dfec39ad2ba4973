public import Quantities

/// A quantity for each phase; `nil` where the meter has no such phase, does not report it, or reported nonsense.
@frozen
public struct PerPhase<Value: Quantity>: Equatable, Sendable, BitwiseCopyable {
    public let l1: Value?
    public let l2: Value?
    public let l3: Value?

    public init(l1: Value? = nil, l2: Value? = nil, l3: Value? = nil) {
        self.l1 = l1
        self.l2 = l2
        self.l3 = l3
    }

    /// L1 to L3 in order.
    public var all: [Value?] { [l1, l2, l3] }
}
