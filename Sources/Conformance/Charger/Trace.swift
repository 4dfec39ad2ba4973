import ChargeControl
import Quantities

/// What can be seen of a charger at one moment.
struct Snapshot: Sendable, Equatable {
    /// The contacts of the phases together: mixed where they are not all as the phase relay lets them.
    enum Contacts: String, Sendable, CaseIterable { case open, closed, mixed }

    var isEnabled: Bool
    var contacts: Contacts
    var pilot: PilotCommand
    var offered: Milliamps
    var faults: FaultSet
    var isLocked: Bool
    var phase: SessionPhase
    var level: PilotLevel?
    var mode: PhaseMode
    var ventilates: Bool
    /// The records asked for since the event.
    var records: [RecordNote]
}

/// A record intent, without what it carries.
enum RecordNote: Sendable, Equatable {
    case begin, tick, pause, resume, wear, selfTest
    case end(StopReason)
    case latched(FaultCode)
    case cleared(FaultCode)

    init(_ intent: RecordIntent) {
        self =
            switch intent {
            case .begin: .begin
            case .tick: .tick
            case .pause: .pause
            case .resume: .resume
            case .end(_, let reason, _, _, _): .end(reason)
            case .faultLatched(let code): .latched(code)
            case .faultCleared(let code, _): .cleared(code)
            case .wear: .wear
            case .residualSelfTest: .selfTest
            }
    }

    func isKind(of record: Observable.Record) -> Bool {
        switch (self, record) {
        case (.begin, .begin), (.pause, .pause), (.resume, .resume), (.wear, .wear), (.selfTest, .selfTest),
            (.end, .end):
            true
        default: false
        }
    }
}

/// What was seen from an event on, as the moments at which something changed.
struct Trace: Sendable {
    private(set) var entries: [(at: Int64, snapshot: Snapshot)] = []

    /// Notes what is seen now, in ms from the event.
    mutating func note(_ snapshot: Snapshot, at moment: Int64) {
        if let last = entries.last, last.snapshot == snapshot { return }
        entries.append((moment, snapshot))
    }

    /// A stretch of time in which an observable is true; without end where it is true to the end of the trace.
    struct Run: Equatable {
        var start: Int64
        var end: Int64?
    }

    /// Every stretch of time in which an observable is true.
    func runs(of observable: Observable) -> [Run] {
        var runs: [Run] = []
        var isOpen = false
        for entry in entries {
            let holds = observable.holds(in: entry.snapshot)
            if holds, !isOpen { runs.append(Run(start: entry.at, end: nil)) }
            if !holds, isOpen { runs[runs.count - 1].end = entry.at }
            isOpen = holds
        }
        return runs
    }

    /// The first moment at which it is not so.
    func firstMoment(without observable: Observable) -> Int64? {
        entries.first { !observable.holds(in: $0.snapshot) }?.at
    }
}
