/// What the transition function reads: the state before the transaction.
public protocol LedgerState {
    /// The value of a key, or `nil` where it is absent. Throws `LedgerError.stateUnavailable` where it cannot be read:
    /// a failed read is never an absent key.
    func value(of key: StateKey) throws(LedgerError) -> [UInt8]?
}

/// One key's new value, or `nil` where the key goes.
public struct StateWrite: Hashable, Sendable {
    /// The key.
    public let key: StateKey
    /// The value that stands after the transaction.
    public let value: [UInt8]?

    /// A write of one key.
    public init(key: StateKey, value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// A state with writes laid over it; nothing reaches the base.
public struct StateOverlay: LedgerState {
    private let base: any LedgerState
    private var changes: [StateKey: [UInt8]?] = [:]
    /// What stood in the overlay before each write since the mark, oldest first; nil where nobody set a mark.
    private var undo: [(key: StateKey, change: [UInt8]??)]?

    /// Nothing written yet.
    public init(over base: some LedgerState) { self.base = base }

    /// The written value, or the base's.
    public func value(of key: StateKey) throws(LedgerError) -> [UInt8]? {
        if let change = changes[key] { return change }
        return try base.value(of: key)
    }

    /// Writes a key; `nil` removes it.
    public mutating func write(_ key: StateKey, _ value: [UInt8]?) {
        let before = changes.updateValue(value, forKey: key)
        undo?.append((key, before))
    }

    /// Lays a list of writes over what stands.
    public mutating func write(_ writes: [StateWrite]) {
        for change in writes { write(change.key, change.value) }
    }

    /// Where `revert` goes back to; an earlier mark is forgotten.
    mutating func mark() {
        if undo == nil { undo = [] } else { undo?.removeAll(keepingCapacity: true) }
    }

    /// Takes back what was written since the mark.
    mutating func revert() {
        for (key, change) in (undo ?? []).reversed() { changes[key] = change }
        undo?.removeAll(keepingCapacity: true)
    }

    /// What was written, one entry a key, ordered by key: the same on every node.
    public var writes: [StateWrite] {
        changes.map { StateWrite(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
    }
}
