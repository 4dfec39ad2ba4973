public import LightClient

// The first of the order is the primary, the rest are its witnesses; so a witness is never the primary. A liar leaves the
// order for good (until the process starts again), one that does not serve goes to its end, and a silent witness sits out
// some comparisons while others answer. The order is never empty: the last one stays, whatever it did, and where it has no
// witness left nothing of what it says is stored.

/// Which nodes are asked, and in which part. Pure.
public struct ProviderRoster: Sendable, Equatable {
    /// Who may still be asked, the primary first.
    public private(set) var order: [String]
    /// Who may not, and why.
    public private(set) var dropped: [String: String] = [:]
    /// Whether witnesses were configured: then nothing is stored without one.
    public let isWatched: Bool

    /// Most comparisons that a silent witness sits out.
    static let longestPause: UInt32 = 32
    /// By witness: comparisons without an answer in a row, and those still to sit out.
    private var silences: [String: UInt32] = [:]
    private var pauses: [String: UInt32] = [:]

    /// A roster in the order of configuration; a name that comes twice counts once.
    public init(_ names: [String]) {
        var seen: Set<String> = []
        order = names.filter { seen.insert($0).inserted }
        isWatched = order.count > 1
    }

    /// Who is asked for headers and state.
    public var primary: String { order.first ?? "" }

    /// Who is asked in the comparison that begins now. Those that sit out are left out while anyone else is there.
    public mutating func witnessesOfRun() -> [String] {
        let all = Array(order.dropFirst())
        let ready = all.filter { pauses[$0, default: 0] == 0 }
        for name in all where pauses[name, default: 0] > 0 { pauses[name, default: 1] -= 1 }
        return ready.isEmpty ? all : ready
    }

    /// Takes in how the witnesses of a comparison stood at its end.
    public mutating func note(_ standings: [(witness: String, standing: WitnessStanding)]) {
        for (witness, standing) in standings {
            switch standing {
            case .dropped(let reason): drop(witness, reason)
            case .ignored:
                let silence = min(silences[witness, default: 0] + 1, 6)
                silences[witness] = silence
                pauses[witness] = min(1 << silence - 1, Self.longestPause)
            case .equal:
                silences[witness] = nil
                pauses[witness] = nil
            case .unheard, .notYet, .behind, .conflicting: break
            }
        }
    }

    /// Never asks this one again, unless it is the last.
    public mutating func drop(_ name: String, _ reason: String) {
        guard order.count > 1, let index = order.firstIndex(of: name) else { return }
        order.remove(at: index)
        dropped[name] = reason
    }

    /// Puts the primary at the end and the next witness in its place: one that is not known to be silent, if there is one.
    public mutating func replacePrimary() {
        guard order.count > 1 else { return }
        order.append(order.removeFirst())
        guard let best = order.dropLast().firstIndex(where: { silences[$0] == nil }) else { return }
        order.insert(order.remove(at: best), at: 0)
    }
}
