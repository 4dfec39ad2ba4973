public import Quantities

/// Shares one supply among connectors. Pure: what each wants and uses now, to what each may use next.
///
/// Nobody who is offered current is offered less than 6 A: who does not fit gets nothing and waits its turn. The sum of the
/// shares is never above the supply, also in the step in which one connector gives way to another: a connector's share
/// counts as used until its car has followed.
public struct SupplyShare: Sendable, BitwiseCopyable {
    /// Room for connectors.
    public static var capacity: Int { @_noLocks get { 8 } }

    /// What one connector asks for.
    public struct Demand: Sendable, BitwiseCopyable {
        /// A session is open that would take current.
        public var wants: Bool
        /// The most that it could use: the arbiter's answer without load sharing.
        public var most: Milliamps
        /// What its car may still be drawing: the highest promise of the last seconds, or the measured current if more.
        public var inUse: Milliamps

        /// A demand.
        @_noLocks
        public init(wants: Bool, most: Milliamps, inUse: Milliamps) {
            self.wants = wants
            self.most = most
            self.inUse = inUse
        }
    }

    private var demands: InlineArray<8, Demand>
    private var shares: InlineArray<8, Milliamps>
    private let count: Int32
    /// Who is served first where not all fit; it moves on so that everyone has a turn.
    private var first: Int32
    private var turnSince: MonotonicInstant?

    /// No supply and no car carries so much; what is beyond it is a number gone wrong.
    static var beyondUse: Milliamps { @_noLocks get { Milliamps(100_000_000) } }
    /// How long a turn lasts where not all fit.
    static var turn: Nanoseconds { @_noLocks get { .seconds(900) } }

    /// A supply that `count` connectors share; nobody has a share yet.
    @_noLocks
    public init(connectors count: Int) {
        invariant(count >= 1 && count <= Self.capacity, "a supply is shared by 1 to 8 connectors")
        self.count = Int32(count)
        demands = InlineArray(repeating: Demand(wants: false, most: .zero, inUse: .zero))
        shares = InlineArray(repeating: .zero)
        first = 0
        turnSince = nil
    }

    /// What connector `index` may use.
    @_noLocks
    public func share(of index: Int) -> Milliamps { shares[index] }

    /// Takes in a connector's demand.
    @_noLocks
    public mutating func set(_ demand: Demand, of index: Int) { demands[index] = demand }

    /// Shares `supply` per phase anew.
    @_noLocks
    public mutating func divide(_ supply: Milliamps, at now: MonotonicInstant) {
        let served = chooseServed(supply, at: now)
        var wanted = InlineArray<8, Milliamps>(repeating: .zero)
        fill(&wanted, served: served, supply: supply)
        // A raise waits for the room that a lowered car has really left.
        var room = min(max(supply, .zero), Self.beyondUse)
        for index in 0..<Int(count) {
            room -= min(max(min(wanted[index], shares[index]), demands[index].inUse), Self.beyondUse)
        }
        for index in 0..<Int(count) {
            if wanted[index] <= shares[index] {
                shares[index] = wanted[index]
                continue
            }
            // While cars draw more than the supply has, nobody is given more, not even what it takes already.
            guard room >= .zero else { continue }
            let kept = max(shares[index], demands[index].inUse)
            shares[index] = DutyCode.encodable(notAbove: min(kept + room, wanted[index]))
            room -= max(shares[index] - kept, .zero)
        }
    }

    /// Those who get at least 6 A, from `first` on, as many as fit.
    @_noLocks
    private mutating func chooseServed(_ supply: Milliamps, at now: MonotonicInstant) -> UInt32 {
        let since = turnSince ?? now
        turnSince = since
        var wanting: Int32 = 0
        for index in 0..<Int(count) where demands[index].wants && demands[index].most >= DutyCode.minimum {
            wanting += 1
        }
        let fitting = supply.rawValue / DutyCode.minimum.rawValue
        if wanting > fitting, now - since >= Self.turn {
            first = (first + 1) % count
            turnSince = now
        }
        var served: UInt32 = 0
        var left = fitting
        for offset in 0..<count {
            let index = (first + offset) % count
            let demand = demands[Int(index)]
            guard left > 0, demand.wants, demand.most >= DutyCode.minimum else { continue }
            served |= 1 << UInt32(index)
            left -= 1
        }
        return served
    }

    /// Equal shares, none above what its connector can use; what one leaves goes to the others.
    @_noLocks
    private func fill(_ wanted: inout InlineArray<8, Milliamps>, served: UInt32, supply: Milliamps) {
        var open = served
        var left = supply.rawValue
        while open != 0 {
            let heads = Int32(open.nonzeroBitCount)
            let equal = left / heads
            var satisfied: UInt32 = 0
            for index in 0..<Int(count) where open & (1 << UInt32(index)) != 0 {
                if demands[index].most.rawValue <= equal { satisfied |= 1 << UInt32(index) }
            }
            for index in 0..<Int(count) where open & (1 << UInt32(index)) != 0 {
                if satisfied == 0 {
                    wanted[index] = DutyCode.encodable(notAbove: Milliamps(equal))
                } else if satisfied & (1 << UInt32(index)) != 0 {
                    wanted[index] = DutyCode.encodable(notAbove: demands[index].most)
                    left -= wanted[index].rawValue
                }
            }
            if satisfied == 0 { return }
            open &= ~satisfied
        }
    }
}
