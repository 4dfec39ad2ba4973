import Quantities

/// Which cable is in the socket: three equal readings make it known, a session holds on to it.
struct CableObserver: Sendable, BitwiseCopyable {
    private var candidate: ProximityClass
    private var agreement: Int32
    private var settled: ProximityClass?
    private var latched: ProximityClass?

    @_noLocks
    init() {
        candidate = .unknown
        agreement = 0
        settled = nil
        latched = nil
    }

    /// Takes in one reading of the proximity contact.
    @_noLocks
    mutating func observe(_ resistance: Ohms?) {
        guard let resistance else {
            agreement = 0
            settled = nil
            return
        }
        let reading = ProximityClass(resistance)
        if reading == candidate {
            if agreement < 3 { agreement += 1 }
        } else {
            candidate = reading
            agreement = 1
        }
        if agreement >= 3 { settled = reading }
    }

    /// The session begins with the cable that is there now.
    @_noLocks
    mutating func latch() { latched = settled }

    /// The session is over.
    @_noLocks
    mutating func release() { latched = nil }

    /// Whether the last reading is not of the cable that the session began with.
    @_noLocks
    func hasChanged() -> Bool {
        guard let latched else { return false }
        guard agreement > 0 else { return true }
        return !(candidate == latched)
    }

    /// The socket's plug has a coding that is no cable's.
    @_noLocks
    func isBad() -> Bool {
        switch settled {
        case .short, .unknown: true
        case nil, .noPlug, .rated13, .rated20, .rated32, .rated63: false
        }
    }

    /// What the cable carries.
    @_noLocks
    func limit() -> CurrentLimit {
        if let latched { return limit(of: latched) }
        if let settled { return limit(of: settled) }
        return CurrentLimit(.zero, because: .cableUnknown)
    }

    @_noLocks
    private func limit(of cable: ProximityClass) -> CurrentLimit {
        guard let rating = cable.rating() else { return CurrentLimit(.zero, because: .cableUnknown) }
        return CurrentLimit(rating, because: .cableRating)
    }
}
