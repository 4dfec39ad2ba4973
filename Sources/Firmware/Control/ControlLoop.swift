import ChargeControl
import Quantities
import Synchronization

/// The body of the control thread: all connectors, one after another in each period, and what they share.
///
/// Nothing here waits, locks or allocates.
struct ControlLoop: ~Copyable {
    private let connectors: [ConnectorLoop]
    private let requests: HandoverQueue<ControlRequest>
    private let bell: WakeUp
    private let supply: Milliamps?
    private var share: SupplyShare
    private var grid: GridLimit?
    private let gridRelay: Milliamps?
    private var mains: MainsGuard?
    /// What was last divided.
    private var divided = Milliamps.zero

    /// - Parameters:
    ///   - supply: what all connectors may take together, per phase; nil where each has a supply of its own.
    ///   - gridFailSafe: what they may take together while the grid operator is not heard; nil where there is none.
    ///   - gridRelay: what they may take together while the grid operator's relay limits; nil where there is none.
    ///   - mains: what the mains meter leaves to them together; nil where there is none.
    ///   - bell: rung when there is something to record.
    init(
        connectors: [ConnectorLoop.Setup], supply: Milliamps?, gridFailSafe: Milliamps?, gridRelay: Milliamps? = nil,
        mains: MainsGuard? = nil,
        requests: HandoverQueue<ControlRequest>, bell: WakeUp, startedAt: MonotonicInstant
    ) {
        self.connectors = connectors.map { ConnectorLoop($0, startedAt: startedAt) }
        self.supply = supply
        self.requests = requests
        self.bell = bell
        share = SupplyShare(connectors: connectors.count)
        grid = gridFailSafe.map { GridLimit(failSafe: $0) }
        self.gridRelay = gridRelay
        self.mains = mains
        // Before the first division nobody has a share; before the first word of the grid operator the fail-safe holds.
        if isShared {
            let nothing = CurrentLimit(.zero, because: .missing)
            for connector in self.connectors { connector.set(nothing, from: .loadSharing) }
        }
    }

    /// Orders that the record thread had no room for.
    var lostOrders: Int { connectors.reduce(0) { $0 + $1.lostOrders } }

    /// Runs one period of every connector.
    ///
    /// - Returns: whether every core is done with a shutdown that was asked for.
    mutating func period(_ period: ControlPeriod) -> Bool {
        takeRequests(at: period.now)
        mains?.takeNews(at: period.now)
        // What is shared falls in this period, too.
        if isShared, total(at: period.now) < divided { divide(at: period.now) }
        let outside = outside(at: period.now)
        var isDone = true
        var hasOrders = false
        for connector in connectors {
            if let outside { connector.set(outside, from: .grid) }
            let answer = connector.period(period)
            isDone = isDone && answer.isDone
            hasOrders = hasOrders || answer.hasOrders
        }
        if hasOrders { bell.ring() }
        mains?.note(connectors, at: period.now)
        divide(at: period.now)
        return isDone
    }

    /// Leaves every board with the safe outputs; no period comes after it.
    func end() {
        for connector in connectors { connector.end() }
    }

    private mutating func takeRequests(at now: MonotonicInstant) {
        while let request = requests.take() {
            if case .gridLimit(let current, let validity) = request {
                grid?.set(current, validity: validity, at: now)
            }
            for connector in connectors where request.connector == 0 || request.connector == connector.number {
                connector.take(request)
            }
        }
    }

    /// Whether the connectors take from one supply. A grid operator and a mains meter limit what they take together, too.
    private var isShared: Bool { supply != nil || (isLimitedOutside && connectors.count > 1) }

    private var isLimitedOutside: Bool { grid != nil || gridRelay != nil || mains != nil }

    /// What the grid operator, by word and by relay, and the mains meter leave of the supply: the least of them.
    private func outside(at now: MonotonicInstant) -> CurrentLimit? {
        guard isLimitedOutside else { return nil }
        var least = grid?.limit ?? Self.unlimited
        if let gridRelay, connectors.contains(where: { $0.gridIsLimited }), gridRelay < least.standing(at: now).current
        {
            least = CurrentLimit(gridRelay, because: .gridOperator)
        }
        if let mains = mains?.limit, mains.standing(at: now).current < least.standing(at: now).current { least = mains }
        return least
    }

    /// More than all connectors together can offer.
    private static var unlimited: CurrentLimit {
        CurrentLimit(Milliamps(DutyCode.maximum.rawValue * Int32(SupplyShare.capacity)), because: .configured)
    }

    /// What all connectors may take together, per phase.
    private func total(at now: MonotonicInstant) -> Milliamps {
        let granted = (outside(at: now) ?? Self.unlimited).standing(at: now).current
        return min(supply ?? granted, granted)
    }

    /// Shares the supply anew by what the connectors asked for in their last step; it holds from their next.
    private mutating func divide(at now: MonotonicInstant) {
        guard isShared else { return }
        divided = total(at: now)
        for index in connectors.indices { share.set(connectors[index].demand, of: index) }
        share.divide(divided, at: now)
        for index in connectors.indices {
            connectors[index].set(CurrentLimit(share.share(of: index), because: .shared), from: .loadSharing)
        }
    }
}

/// One period of the control loop, as its thread sees it.
struct ControlPeriod: BitwiseCopyable {
    var now: MonotonicInstant
    /// How much later than planned it began.
    var lateness = Nanoseconds.zero
    /// What the process was asked to do.
    var shutdown = ShutdownRequest.none
    /// Seconds since 1970 by the wall clock, for schedules; nil where the clock is not set.
    var utc: Int64?
}

/// What the process was asked to do.
enum ShutdownRequest: UInt8, AtomicRepresentable, BitwiseCopyable {
    case none = 0
    /// x1, wait for the car, open, end record (SIGTERM).
    case soft = 1
    /// Open at once (a second SIGTERM).
    case now = 2
}
