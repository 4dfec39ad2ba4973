import Quantities

/// One temperature: whether it can be believed, whether it is too high, and how much current it leaves
/// (docs/control-core.md, "Heat"): all of it up to 60 °C, falling to 6 A at 75 °C.
///
/// A sensor that is missing, frozen or out of its range is not cold: it leaves 6 A. A limit falls at once and rises by at
/// most 1 A in 30 s, so that the charger does not hunt.
struct TemperatureWatch: Sendable, BitwiseCopyable {
    /// At and above this it stops.
    let stop: DeciCelsius
    private var last: DeciCelsius?
    private var unchangedSince: MonotonicInstant?
    private var isFrozen = false
    private(set) var isKnown = false
    private(set) var limit: Milliamps
    private var raisedAt: MonotonicInstant?
    let most: Milliamps

    /// After so long without the least change under load a sensor is frozen.
    static var frozenAfter: Nanoseconds { @_noLocks get { .seconds(600) } }
    static var derateFrom: DeciCelsius { @_noLocks get { DeciCelsius(600) } }
    static var derateTo: DeciCelsius { @_noLocks get { DeciCelsius(750) } }
    static var hysteresis: DeciCelsius { @_noLocks get { DeciCelsius(100) } }
    static var raiseInterval: Nanoseconds { @_noLocks get { .seconds(30) } }
    static var raiseStep: Milliamps { @_noLocks get { Milliamps(1_000) } }

    @_noLocks
    init(stop: DeciCelsius, most: Milliamps) {
        self.stop = stop
        self.most = most
        last = nil
        unchangedSince = nil
        limit = most
        raisedAt = nil
    }

    /// Takes in a reading. `isLoaded`: more than 3 kW flow, so a live sensor cannot stand still.
    @_noLocks
    mutating func observe(_ reading: DeciCelsius?, isLoaded: Bool, at now: MonotonicInstant) {
        var inRange = false
        if let reading { inRange = reading >= DeciCelsius(-400) && reading <= DeciCelsius(1_250) }
        watchForIce(reading, isLoaded: isLoaded, at: now)
        last = reading
        isKnown = inRange && !isFrozen
        follow(wanted(reading), at: now)
    }

    /// Once frozen, frozen until the reading moves: the reduced current must not thaw it.
    @_noLocks
    private mutating func watchForIce(_ reading: DeciCelsius?, isLoaded: Bool, at now: MonotonicInstant) {
        guard let reading, let last, reading == last else {
            unchangedSince = nil
            isFrozen = false
            return
        }
        if isFrozen { return }
        guard isLoaded else {
            unchangedSince = nil
            return
        }
        let since = unchangedSince ?? now
        unchangedSince = since
        isFrozen = now - since >= Self.frozenAfter
    }

    @_noLocks
    private func wanted(_ reading: DeciCelsius?) -> Milliamps {
        guard isKnown, let reading else { return DutyCode.minimum }
        let span = Int64(Self.derateTo.rawValue - Self.derateFrom.rawValue)
        let left = Int64(Self.derateTo.rawValue - min(max(reading, Self.derateFrom), Self.derateTo).rawValue)
        let range = Int64(most.rawValue - DutyCode.minimum.rawValue)
        return DutyCode.minimum + Milliamps(Int32(range * left / span))
    }

    @_noLocks
    private mutating func follow(_ wanted: Milliamps, at now: MonotonicInstant) {
        if wanted < limit {
            limit = wanted
            raisedAt = now
        } else if wanted > limit, let since = raisedAt, now - since >= Self.raiseInterval {
            limit = min(wanted, limit + Self.raiseStep)
            raisedAt = now
        }
    }

    /// Whether it is too hot to charge; between the stop and 10 K below it a standing fault is held.
    @_noLocks
    func presence() -> FaultPresence {
        guard isKnown, let last else { return .hidden }
        if last >= stop { return .present }
        return last > stop - Self.hysteresis ? .near : .absent
    }
}
