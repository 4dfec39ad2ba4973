internal import Ledger

/// Values of the newest committed state as they were read: a record is checked, proposed and carried out, and each time its
/// charger, its session and the rules are read. Absent keys are remembered too.
final class StateCache {
    /// Some 15 MB of usual values; what would go beyond begins anew.
    static let capacity = 65_536

    private var values: [StateKey: [UInt8]?] = [:]

    /// A value that is remembered: outer nil where nothing is known.
    func known(_ key: StateKey) -> [UInt8]?? { values[key] }

    /// Remembers what was read, or what a commit has made durable.
    func note(_ key: StateKey, _ value: [UInt8]?) {
        if values.count >= Self.capacity { values.removeAll(keepingCapacity: true) }
        values[key] = .some(value)
    }

    /// Forgets everything: another state begins.
    func clear() { values = [:] }
}
