import Simulator

/// What one expectation came to: one line of the report.
public struct Finding: Sendable, Equatable {
    /// The part of the table.
    public var section: String
    /// The sequence of table A.6, or the clause.
    public var sequence: String
    /// The state before.
    public var from: String
    /// The state after.
    public var to: String
    /// What happened, and what was expected of whom.
    public var cause: String
    /// The greatest allowed time in ms; for what must stay or never be, the time watched.
    public var limit: Int64
    /// The time measured in ms; `nil` for what did not happen (and for what must stay or never be, that is the good case).
    public var measured: Int64?
    /// Whether it is as expected.
    public var passes: Bool
    /// The line of the table.
    public var place: TablePlace

    /// The line of `wattseal conformance --json`.
    public var json: String {
        var object = JSONObject()
        object.add("sequence", sequence)
        object.add("from", from)
        object.add("to", to)
        object.add("cause", cause)
        object.add("limit_ms", limit)
        object.add("measured_ms", measured)
        object.add("pass", passes)
        return object.text
    }
}

extension Finding {
    /// The line of the report for people.
    public var text: String {
        let states = "\(from) -> \(to)"
        let cells = [
            passes ? "ok  " : "FAIL", padded(sequence, to: 9), padded(states, to: 25), padded(measure, to: 22),
        ]
        return cells.joined(separator: " ") + " \(cause)" + (passes ? "" : " (\(place))")
    }

    private var measure: String {
        let what = measured.map { "\($0) ms" } ?? "-"
        return "\(what) of \(limit) ms"
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
