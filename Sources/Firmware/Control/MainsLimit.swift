import ChargeControl
import Metering
import Quantities

/// What the mains meter leaves to the chargers: the fuse, less what others take, in the phase where that is least.
///
/// Others take what flows through the mains less what the chargers take, and the two are measured at different moments. So
/// the chargers' part is a range, over the time that the mains reading may be of; what is left lies between two bounds, and
/// apart only while a car changes its current. The lower bound is never too generous. The limit
/// - falls at once below the upper bound;
/// - falls to the lower one at once where the mains carry too much and no car is on its way down, else when the doubt has
///   lasted longer than a car may take to settle, since a ramp is over by then;
/// - rises to the lower one when that has left room for as long. In whole amperes, and not for less than 1.5 A, so that a
///   pilot does not follow every reading.
///
/// A reading that is not renewed expires, and the fail-safe holds; so it does at once when the meter is known to lie.
struct MainsLimit: BitwiseCopyable, Sendable {
    /// How the chargers hang on the mains.
    struct Connection: BitwiseCopyable, Sendable {
        /// What each phase may carry.
        var fuse: Milliamps
        /// What the chargers may take together, per phase, while the meter is not believed.
        var failSafe: Milliamps
        /// Whether a charger uses L1, L2, L3 of the mains.
        var uses: InlineArray<3, Bool>
        /// Time between two readings of the mains meter.
        var pollInterval: Nanoseconds
        /// How old its registers may be when they are read.
        var refresh: Nanoseconds

        /// For how long a reading holds.
        var validity: Nanoseconds { max(.seconds(5), pollInterval + pollInterval + pollInterval) }
    }

    /// As the arbiter takes it.
    private(set) var limit: CurrentLimit
    private let connection: Connection
    private var memory = DrawMemory()
    /// How long a change of the chargers' current can go unseen.
    private var delay = Nanoseconds.zero
    /// What the limit is while the newest reading holds; whole amperes, or the fail-safe.
    private var available: Milliamps
    /// A reading that waits until the chargers' current at its time is known from both sides.
    private var waiting: Waiting?
    private var loweredAt: MonotonicInstant?
    /// Since when the lower bound is below the limit.
    private var doubtSince: MonotonicInstant?
    private var rise: Rise?

    private struct Waiting: BitwiseCopyable {
        /// What the mains carry.
        var carried: InlineArray<3, Milliamps>
        /// What the chargers took of it.
        var draw: DrawRange
        var readyAt: MonotonicInstant
    }

    /// There is room for more.
    private struct Rise: BitwiseCopyable {
        var since: MonotonicInstant
        /// The least that was left since then.
        var least: Milliamps
    }

    private static let whole: Int32 = 1_000
    /// A rise below this is not worth a change of the pilot.
    private static let leastRise = Milliamps(1_500)
    /// From a change of the pilot to the car's current (IEC 61851-1, sequence 6).
    private static let carFollows = Nanoseconds.seconds(5)
    /// No connection carries so much.
    private static let beyondUse = Milliamps(10_000_000)

    /// Nothing was read yet.
    init(_ connection: Connection) {
        self.connection = connection
        available = connection.failSafe
        limit = CurrentLimit(connection.failSafe, because: .missing)
    }

    /// Takes in what the chargers take now; in each period.
    ///
    /// - Parameters:
    ///   - draw: by the phases of the mains.
    ///   - delay: how long a change of it can go unseen.
    mutating func note(_ draw: DrawRange, delay: Nanoseconds, at now: MonotonicInstant) {
        self.delay = delay
        memory.note(draw, at: now)
        guard waiting != nil else { return }
        guard holds(at: now) else {
            waiting = nil
            return
        }
        waiting?.draw.include(draw)
        settle(at: now)
    }

    /// Takes in a reading that was accepted.
    ///
    /// - Parameters:
    ///   - begin: when the reading was asked for.
    ///   - moment: when its first reply was complete.
    mutating func take(
        _ currents: PerPhase<Milliamps>, begin: MonotonicInstant, at moment: MonotonicInstant, now: MonotonicInstant
    ) {
        // A reading without one of the phases renews nothing.
        guard let carried = carried(currents) else { return }
        if !holds(at: now) { restart() }
        let draw = memory.range(since: begin - connection.refresh)
        lowerForOverload(carried, draw, at: now)
        if waiting == nil { waiting = Waiting(carried: carried, draw: draw, readyAt: now + delay) }
        let expiry = moment + connection.validity
        limit = CurrentLimit(available, because: .supplyLimit, until: expiry, failSafe: connection.failSafe)
        settle(at: now)
    }

    /// Takes in a reading that is doubted. It can lower the limit, and neither raise it nor keep it alive.
    mutating func glimpse(_ currents: PerPhase<Milliamps>, now: MonotonicInstant) {
        guard let carried = carried(currents), holds(at: now) else { return }
        lowerForOverload(carried, memory.whole, at: now)
    }

    /// The meter is known to lie: the fail-safe holds until a reading is accepted again.
    mutating func distrust(at now: MonotonicInstant) {
        guard limit.reason == .supplyLimit else { return }
        limit = CurrentLimit(min(available, connection.failSafe), because: .expired)
    }

    // MARK: inside

    /// Whether the limit is the meter's, and no fail-safe.
    private func holds(at now: MonotonicInstant) -> Bool { limit.standing(at: now).reason == .supplyLimit }

    /// The limit starts anew from what holds.
    private mutating func restart() {
        available = min(limit.current, connection.failSafe)
        waiting = nil
        loweredAt = nil
        doubtSince = nil
        rise = nil
    }

    /// What flows in each phase, whichever way: most meters do not tell the direction. `nil` where a phase that the chargers
    /// use is not measured.
    private func carried(_ currents: PerPhase<Milliamps>) -> InlineArray<3, Milliamps>? {
        var carried = InlineArray<3, Milliamps>(repeating: .zero)
        guard fill(&carried[0], currents.l1, 0), fill(&carried[1], currents.l2, 1), fill(&carried[2], currents.l3, 2)
        else { return nil }
        return carried
    }

    private func fill(_ carried: inout Milliamps, _ current: Milliamps?, _ phase: Int) -> Bool {
        guard let current else { return !connection.uses[phase] }
        let magnitude = Int32(clamping: current.rawValue.magnitude)
        carried = min(Milliamps(magnitude), Self.beyondUse)
        return true
    }

    /// What is left to the chargers at least and at most.
    private func bounds(
        _ carried: InlineArray<3, Milliamps>, _ draw: DrawRange
    ) -> (least: Milliamps, most: Milliamps) {
        var (least, most) = (connection.fuse, connection.fuse)
        for phase in 0..<3 where connection.uses[phase] {
            let left = connection.fuse - carried[phase]
            least = min(least, left + draw.least[phase])
            most = min(most, left + draw.most[phase])
        }
        return (max(least, .zero), max(most, .zero))
    }

    /// Too much flows, and no car is on its way down that explains it: what is certain holds at once.
    private mutating func lowerForOverload(
        _ carried: InlineArray<3, Milliamps>, _ draw: DrawRange, at now: MonotonicInstant
    ) {
        if let loweredAt, now - loweredAt < settling { return }
        // A twentieth above its rating trips no breaker within the hour (IEC 60898-1: 1.13 of it does not).
        let most = connection.fuse + Milliamps(connection.fuse.rawValue / 20)
        for phase in 0..<3 where connection.uses[phase] && carried[phase] > most {
            lower(to: bounds(carried, draw).least, at: now)
        }
    }

    /// From a change of the pilot to a reading that shows nothing of the change any more.
    private var settling: Nanoseconds { Self.carFollows + connection.pollInterval + connection.refresh + delay }

    /// Judges the reading that waits, once the chargers' current is known for its time.
    private mutating func settle(at now: MonotonicInstant) {
        guard let reading = waiting, now >= reading.readyAt else { return }
        waiting = nil
        let left = bounds(reading.carried, reading.draw)
        lower(to: left.most, at: now)
        if left.least >= available {
            doubtSince = nil
            raise(to: left.least, at: now)
            return
        }
        rise = nil
        let since = doubtSince ?? now
        doubtSince = since
        if now - since >= settling { lower(to: left.least, at: now) }
    }

    private mutating func lower(to bound: Milliamps, at now: MonotonicInstant) {
        guard bound < available else { return }
        loweredAt = now
        doubtSince = nil
        rise = nil
        set(bound)
    }

    private mutating func raise(to bound: Milliamps, at now: MonotonicInstant) {
        guard bound - available >= Self.leastRise else {
            rise = nil
            return
        }
        var rise = rise ?? Rise(since: now, least: bound)
        rise.least = min(rise.least, bound)
        self.rise = rise
        guard now - rise.since >= settling else { return }
        self.rise = nil
        set(rise.least)
    }

    /// Rounded down to whole amperes.
    private mutating func set(_ bound: Milliamps) {
        available = Milliamps(bound.rawValue / Self.whole * Self.whole)
        limit.current = available
    }
}
