import ChargeControl
import Metering
import Quantities

@testable import Firmware

/// A house, one charger with a car, and a mains meter: a world without the control core, to hold a `MainsLimit` against.
///
/// The pilot falls at once and rises every 5 s. The car follows it after a while of its own and along a ramp, within the 5 s
/// that the standard gives it. The meter is asked once a second and tells late, or not at all.
struct MainsModel {
    static let step = Nanoseconds.milliseconds(20)
    static let poll = Nanoseconds.seconds(1)
    static let fuse = Milliamps(25_000)

    /// How the world is.
    struct Nature {
        var failSafe = Milliamps.zero
        var order = PhaseOrder.l1l2l3
        /// How many phases the car uses.
        var carPhases = 3
        /// The charger knows its current from a meter that it reads once a second, and that answers after 300 ms; else it
        /// measures it itself.
        var isOwnRead = false
        /// How long after the mains meter its own is asked; below a second.
        var ownPhase = Nanoseconds.zero
        /// From the pilot's change to the car's first move.
        var dead = Nanoseconds.milliseconds(500)
        /// The car's current rises and falls so much in a second.
        var rise = Milliamps(10_000)
        var fall = Milliamps(20_000)
        /// The most that the car takes.
        var carLimit = Milliamps(32_000)
        /// From the moment that a mains reading is of to its arrival.
        var latency = Nanoseconds.milliseconds(200)
    }

    let nature: Nature
    var mains: MainsLimit
    private(set) var now = MonotonicInstant(nanoseconds: 10_000_000_000)
    /// What others take from L1, L2 and L3 of the mains.
    var house: [Int32] = [0, 0, 0]
    /// Mains readings are lost.
    var isLost = false
    /// What the pilot promises.
    private(set) var offered = Milliamps.zero
    /// What the car takes from each phase that it uses.
    private(set) var current = Milliamps.zero
    /// What was left in truth at the moment of each reading that arrived, newest last.
    private(set) var truths: [(at: MonotonicInstant, left: Milliamps)] = []

    private var changedAt = MonotonicInstant(nanoseconds: 0)
    /// The promises that the car has not heard yet.
    private var heard: [(at: MonotonicInstant, offer: Milliamps)] = []
    private var goal = Milliamps.zero
    private var polledAt = MonotonicInstant(nanoseconds: 0)
    private var flight: (arrives: MonotonicInstant, of: MonotonicInstant, currents: [Int32], left: Milliamps)?
    private var ownReadAt = MonotonicInstant(nanoseconds: 0)
    private var ownRead = Milliamps.zero
    private var ownFlight: (arrives: MonotonicInstant, current: Milliamps)?

    init(_ nature: Nature) {
        self.nature = nature
        ownReadAt = now - .seconds(1) + nature.ownPhase
        var uses = InlineArray<3, Bool>(repeating: false)
        for place in 0..<3 { uses[place] = nature.order.uses(place) }
        mains = MainsLimit(
            MainsLimit.Connection(
                fuse: Self.fuse, failSafe: nature.failSafe, uses: uses, pollInterval: Self.poll, refresh: .zero))
    }

    /// What flows in the phases of the mains that the charger uses.
    var flows: [Milliamps] {
        let own = own(current)
        return (0..<3).filter { nature.order.uses($0) }.map { Milliamps(house[$0] + own[$0]) }
    }

    /// What is left to the charger in truth.
    var left: Milliamps {
        let most = (0..<3).filter { nature.order.uses($0) }.map { house[$0] }.max() ?? 0
        return max(Self.fuse - Milliamps(most), .zero)
    }

    var isOverloaded: Bool { flows.contains { $0 > Self.fuse + Milliamps(100) } }

    /// How long a change of the car's current can go unseen.
    var delay: Nanoseconds { nature.isOwnRead ? .milliseconds(1_700) : .zero }

    mutating func run(_ duration: Nanoseconds, _ look: (MainsModel) -> Void = { _ in }) {
        let end = now + duration
        while now < end {
            advance()
            look(self)
        }
    }

    private mutating func advance() {
        now = now + Self.step
        moveCar()
        readMains()
        noteOwn()
        promise()
    }

    private func own(_ current: Milliamps) -> [Int32] {
        var own: [Int32] = [0, 0, 0]
        for phase in 0..<min(nature.carPhases, nature.order.count) {
            own[nature.order.place(of: phase)] = current.rawValue
        }
        return own
    }

    private mutating func moveCar() {
        while let next = heard.first, now - next.at >= nature.dead {
            goal = min(next.offer, nature.carLimit)
            heard.removeFirst()
        }
        let millis = Int32(Self.step.wholeMilliseconds)
        let up = Milliamps(nature.rise.rawValue / 1_000 * millis)
        let down = Milliamps(nature.fall.rawValue / 1_000 * millis)
        current = current < goal ? min(current + up, goal) : max(current - down, goal)
    }

    private mutating func readMains() {
        if now - polledAt >= Self.poll {
            polledAt = now
            let own = own(current)
            let currents = (0..<3).map { house[$0] + own[$0] }
            if !isLost { flight = (now + nature.latency, now, currents, left) }
        }
        guard let reading = flight, now >= reading.arrives else { return }
        flight = nil
        truths.append((now, reading.left))
        if truths.count > 64 { truths.removeFirst() }
        let phases = reading.currents.map { Milliamps($0) }
        mains.take(
            PerPhase(l1: phases[0], l2: phases[1], l3: phases[2]), begin: reading.of - .milliseconds(20),
            at: reading.of, now: now)
    }

    private mutating func noteOwn() {
        if now - ownReadAt >= .milliseconds(1_000) {
            ownReadAt = now
            ownFlight = (now + .milliseconds(300), current)
        }
        if let reading = ownFlight, now >= reading.arrives {
            ownFlight = nil
            ownRead = reading.current
        }
        var range = DrawRange()
        let own = own(nature.isOwnRead ? ownRead : current)
        for place in 0..<3 {
            range.least[place] = Milliamps(own[place])
            range.most[place] = Milliamps(own[place])
        }
        mains.note(range, delay: delay, at: now)
    }

    private mutating func promise() {
        let allowed = DutyCode.encodable(notAbove: mains.limit.standing(at: now).current)
        guard allowed != offered, allowed < offered || now - changedAt >= .seconds(5) else { return }
        offered = allowed
        changedAt = now
        heard.append((now, allowed))
    }
}
