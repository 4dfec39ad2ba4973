import Quantities

/// Runs the fault table: the same rules for every row.
struct FaultMonitor: Sendable, BitwiseCopyable {
    /// Room for rows; a `FaultSet` has a bit for each of 64.
    static var capacity: Int32 { @_noLocks get { 48 } }

    let count: Int32
    private var codes: InlineArray<48, FaultCode>
    private var rules: InlineArray<48, FaultRule>
    private var states: InlineArray<48, FaultState>

    init(_ configuration: ControlConfiguration) {
        let all = FaultCode.allCases
        invariant(all.count <= Int(Self.capacity), "the fault table fits its monitor")
        count = Int32(all.count)
        codes = InlineArray(repeating: .loopLate)
        rules = InlineArray(repeating: FaultRule.warn(after: 1, .zero))
        states = InlineArray(repeating: FaultState())
        for position in all.indices {
            codes[position] = all[position]
            rules[position] = all[position].row(for: configuration).rule
        }
    }

    /// Marks a fault as latched since before this controller was made.
    mutating func restore(_ code: FaultCode, afterPowerCycle: Bool) {
        for position in 0..<Int(count) where codes[position].isSame(as: code) {
            states[position].restore(afterPowerCycle: afterPowerCycle)
        }
    }

    /// The code of a row.
    @_noLocks
    mutating func code(of row: Int32) -> FaultCode { codes[Int(row)] }

    /// Whether this fault stands.
    @_noLocks
    mutating func stands(_ code: FaultCode) -> Bool { states[Int(unsafeBitCast(code, to: UInt8.self))].isActive }

    /// One step of one row.
    @_noLocks
    mutating func advance(
        row: Int32, _ presence: FaultPresence, _ around: FaultSurroundings, at now: MonotonicInstant,
        into summary: inout FaultSummary
    ) {
        let position = Int(row)
        let rule = rules[position]
        switch states[position].advance(rule, codes[position], presence, around, at: now) {
        case .none: break
        case .raised:
            if rule.isRecorded() {
                states[position].owesRaised = true
                summary.hasRaised = true
            }
            if rule.signalsF { summary.signalsF = true }
        case .cleared(let clearing):
            if rule.isRecorded() { states[position].owesCleared = clearing }
            if rule.randomisesRestart { summary.randomisesRestart = true }
        }
    }

    /// Gives out the changes that must be recorded, as many as fit; the rest follow in the next steps.
    @_noLocks
    mutating func record(into intents: inout RecordIntents) {
        for position in 0..<Int(count) {
            if states[position].owesRaised, intents.count < RecordIntents.faultRoom {
                intents.append(.faultLatched(codes[position]))
                states[position].owesRaised = false
            }
            // Never before its raising: that had the same room.
            if let clearing = states[position].owesCleared, intents.count < RecordIntents.faultRoom {
                intents.append(.faultCleared(codes[position], by: clearing))
                states[position].owesCleared = nil
            }
        }
    }

    /// What all standing faults ask for together, added to what happened in this step.
    @_noLocks
    mutating func summarise(into summary: inout FaultSummary) {
        var hasFinalFault = false
        var shownRank = 0
        for position in 0..<Int(count) {
            let rule = rules[position]
            if rule.restartBlock > .zero {
                summary.blockedUntil = max(summary.blockedUntil, states[position].raisedAt + rule.restartBlock)
            }
            guard states[position].isActive else { continue }
            summary.standing.insert(row: position)
            let rank: Int
            switch rule.effect {
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
                summary.shown = codes[position]
            }
            if !hasFinalFault, states[position].isFinal(rule) {
                summary.finalFault = codes[position]
                hasFinalFault = true
            }
            switch rule.latch {
            case .technician, .selfTest: summary.isOutOfService = true
            case .none, .session, .sessionAndReset, .localReset: break
            }
        }
    }
}

extension FaultCode {
    // Written out: the synthesised `==` and `rawValue` are not free of locks for the compiler across files.
    @_noLocks
    func isSame(as other: FaultCode) -> Bool {
        unsafeBitCast(self, to: UInt8.self) == unsafeBitCast(other, to: UInt8.self)
    }
}
