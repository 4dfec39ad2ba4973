import Quantities

/// Judges the mains by the limits of docs/control-core.md, "The mains" (the Austrian rule R37 and its like): trip below 0.80 or 0.50
/// and above 1.15 of the nominal voltage; reconnect only within 0.90 to 1.09 and 49.90 to 50.10 Hz.
///
/// The table holds the times. Between a trip limit and the reconnect window a standing fault is held and none is raised.
struct MainsWatch: Sendable, BitwiseCopyable {
    let nominal: Millivolts
    let phases: UInt8

    @_noLocks
    init(nominal: Millivolts, phases: UInt8) {
        self.nominal = nominal
        self.phases = phases
    }

    @_noLocks
    func undervoltage(_ mains: MainsVoltages) -> FaultPresence { below(mains, percent: 80) }

    @_noLocks
    func undervoltageDeep(_ mains: MainsVoltages) -> FaultPresence { below(mains, percent: 50) }

    @_noLocks
    func overvoltage(_ mains: MainsVoltages) -> FaultPresence {
        if let highest = mains.highest(phases: phases), highest > share(115) { return .present }
        return calm(mains)
    }

    @_noLocks
    private func below(_ mains: MainsVoltages, percent: Int32) -> FaultPresence {
        if let lowest = mains.lowest(phases: phases), lowest < share(percent) { return .present }
        return calm(mains)
    }

    /// No known phase is beyond a trip limit; one that is not measured may be.
    @_noLocks
    private func calm(_ mains: MainsVoltages) -> FaultPresence {
        guard mains.areKnown(phases: phases) else { return .hidden }
        return mayReconnect(mains) ? .absent : .near
    }

    @_noLocks
    private func mayReconnect(_ mains: MainsVoltages) -> Bool {
        guard let lowest = mains.lowest(phases: phases), let highest = mains.highest(phases: phases) else {
            return false
        }
        guard lowest >= share(90), highest <= share(109) else { return false }
        guard let frequency = mains.frequency else { return true }
        return frequency >= Millihertz(49_900) && frequency <= Millihertz(50_100)
    }

    @_noLocks
    private func share(_ percent: Int32) -> Millivolts { Millivolts(nominal.rawValue / 100 * percent) }
}
