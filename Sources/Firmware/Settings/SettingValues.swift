import Quantities

/// What a technician has set, connector by connector. Nothing in here weakens a protection: a limit comes before the machine's
/// own, and a connector that is out of service sells nothing.
struct SettingValues: Equatable, Sendable {
    /// One connector's.
    struct Outlet: Equatable, Sendable {
        /// Per phase; nil for none of the technician's.
        var limit: Milliamps?
        var isOutOfService = false
    }

    /// Connector 1, connector 2 …
    var outlets: [Outlet]

    init(connectors: Int) { outlets = Array(repeating: Outlet(), count: connectors) }

    /// A change of one setting; connector 0 is all.
    enum Change: Equatable, Sendable {
        case limit(Milliamps?, connector: UInt32)
        case outOfService(Bool, connector: UInt32)
    }

    mutating func take(_ change: Change) {
        switch change {
        case .limit(let limit, let connector): for index in indices(connector) { outlets[index].limit = limit }
        case .outOfService(let isOut, let connector):
            for index in indices(connector) { outlets[index].isOutOfService = isOut }
        }
    }

    private func indices(_ connector: UInt32) -> [Int] {
        outlets.indices.filter { connector == 0 || $0 + 1 == Int(connector) }
    }

    /// A line for each connector: `1 9500 in`, `2 - out`.
    var lines: [String] {
        outlets.enumerated().map { index, outlet in
            "\(index + 1) \(outlet.limit.map { "\($0.rawValue)" } ?? "-") \(outlet.isOutOfService ? "out" : "in")"
        }
    }

    /// Reads them back; nil where a line is none. Connectors that are no longer there are left out, new ones have nothing set.
    init?(lines: [Substring], connectors: Int) {
        self.init(connectors: connectors)
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 3, let number = Int(words[0]), number >= 1, words[2] == "in" || words[2] == "out"
            else { return nil }
            var outlet = Outlet()
            if words[1] != "-" {
                guard let limit = Int32(words[1]), (0...80_000).contains(limit) else { return nil }
                outlet.limit = Milliamps(limit)
            }
            outlet.isOutOfService = words[2] == "out"
            if number <= connectors { outlets[number - 1] = outlet }
        }
    }
}
