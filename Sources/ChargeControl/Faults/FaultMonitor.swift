import Quantities

/// Runs the fault table: the same rules for every row.
struct FaultMonitor: Sendable, BitwiseCopyable {
    private let rows: FaultRows
    private var states: InlineArray<19, FaultState>

    init(rows: FaultRows) {
        self.rows = rows
        states = InlineArray(repeating: FaultState())
    }

    /// Marks a fault as latched since before this controller was made.
    mutating func restore(_ code: FaultCode) {
        for index in rows.indices where rows[index].code == code { states[index].restore() }
    }

    /// One step of every row; recorded changes become intents.
    @_noLocks
    mutating func advance(_ news: FaultNews, at now: MonotonicInstant, intents: inout RecordIntents) {
        for index in rows.indices {
            switch states[index].advance(rows[index], news, at: now) {
            case .none: break
            case .raised: if rows[index].isRecorded() { intents.append(.faultLatched(rows[index].code)) }
            case .cleared: if rows[index].isRecorded() { intents.append(.faultCleared(rows[index].code)) }
            }
        }
    }

    /// What all standing faults ask for together.
    @_noLocks
    func summary() -> FaultSummary {
        var summary = FaultSummary()
        var hasFinalFault = false
        var shownRank = 0
        for index in rows.indices where states[index].isActive {
            let row = rows[index]
            let rank: Int
            switch row.effect {
            case .open:
                summary.opens = true
                summary.stops = true
                rank = 3
            case .stop:
                summary.stops = true
                rank = 2
            case .warn:
                rank = 1
            }
            if rank > shownRank {
                shownRank = rank
                summary.shown = row.code
            }
            if row.isRecorded(), !hasFinalFault, states[index].isFinal(row) {
                summary.finalFault = row.code
                hasFinalFault = true
            }
            if case .permanent = row.latch { summary.isOutOfService = true }
        }
        return summary
    }

    /// The row of a fault.
    func row(of code: FaultCode) -> FaultRow? {
        for index in rows.indices where rows[index].code == code { return rows[index] }
        return nil
    }
}
