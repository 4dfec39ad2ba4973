// The table of expectations: situations, and cases that start from them. It is written by hand from the clauses
// (docs/conformance.md says how to read it); nothing here is computed by the code that is judged.

/// A situation that a charger and its car are brought into: by what the car, the driver, the grid and faults of the plant
/// do, never by writing what the core believes.
struct Situation: Sendable {
    var name: String
    /// What it starts from; `nil` where it starts from a charger that was switched on.
    var parent: String?
    /// The charger, for a situation without parent.
    var installation: Installation?
    var steps: [Step] = []
    var place: TablePlace
}

/// What happens from a situation on, and what must follow.
struct ConformanceCase: Sendable {
    var section: String
    /// The sequence of table A.6, or the clause.
    var sequence: String
    /// The state before, in the standard's letters and digits.
    var from: String
    /// The state after.
    var to: String
    /// What happens.
    var cause: String
    var situation: String
    var steps: [Step] = []
    var place: TablePlace
}

/// One line of a case or of a situation.
enum Step: Sendable {
    /// Done at once.
    case act(Action)
    /// What the expectations that follow are measured from: done a millisecond after a period, the worst moment. The note says
    /// what it is for where a case has several.
    case event(Action, note: String)
    /// Done so many milliseconds after the event.
    case later(Int64, Action)
    /// The control loop stands still for `length` ms, from `start` ms after the event on.
    case stall(length: Int64, start: Int64)
    /// How long is looked at from the event on, in ms.
    case watch(Int64)
    /// Time passes, in ms.
    case wait(Int64)
    /// Time passes until this is so; the situation is not reached where it is not in time.
    case until(Observable, within: Int64)
    case expect(Expectation)
}

/// A table of expectations.
public struct ConformanceTable: Sendable {
    var situations: [String: Situation] = [:]
    var levels: [String: Action] = [:]
    var cases: [ConformanceCase] = []

    /// Every pair of state before and state after of the cases in a section, in order.
    public func transitions(in section: String) -> [(from: String, to: String)] {
        cases.filter { $0.section == section }.map { ($0.from, $0.to) }
    }

    /// What happens in the cases of a sequence in a section: the cause of each, and the notes of its events.
    public func causes(of sequence: String, in section: String) -> [String] {
        cases.filter { $0.section == section && $0.sequence == sequence }.flatMap { entry in
            [entry.cause] + entry.steps.compactMap { if case .event(_, let note) = $0 { note } else { nil } }
        }
    }

    /// Leaves out the cases whose section and sequence are not wanted.
    public mutating func keep(_ isWanted: (_ section: String, _ sequence: String) -> Bool) {
        cases.removeAll { !isWanted($0.section, $0.sequence) }
    }
}
