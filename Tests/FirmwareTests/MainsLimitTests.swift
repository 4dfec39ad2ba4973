import ChargeControl
import Metering
import Quantities
import Testing

@testable import Firmware

/// What the mains meter leaves to the chargers, as a value.
@Suite("The limit by the mains meter")
struct MainsLimitTests {
    private static let start = MonotonicInstant(nanoseconds: 100_000_000_000)
    private static let fuse = Milliamps(25_000)

    private func limit(failSafe: Int32 = 6_000, uses: [Bool] = [true, true, true]) -> MainsLimit {
        var used = InlineArray<3, Bool>(repeating: false)
        for place in 0..<3 { used[place] = uses[place] }
        return MainsLimit(
            MainsLimit.Connection(
                fuse: Self.fuse, failSafe: Milliamps(failSafe), uses: used, pollInterval: .seconds(1), refresh: .zero))
    }

    private func amperes(_ l1: Int32?, _ l2: Int32?, _ l3: Int32?) -> PerPhase<Milliamps> {
        PerPhase(
            l1: l1.map { Milliamps($0 * 1_000) }, l2: l2.map { Milliamps($0 * 1_000) },
            l3: l3.map { Milliamps($0 * 1_000) })
    }

    private func draw(_ least: [Int32], most: [Int32]? = nil) -> DrawRange {
        var range = DrawRange()
        for place in 0..<3 {
            range.least[place] = Milliamps(least[place] * 1_000)
            range.most[place] = Milliamps((most ?? least)[place] * 1_000)
        }
        return range
    }

    /// A reading a second for so long, with the same draw throughout.
    private func feed(
        _ mains: inout MainsLimit, _ currents: PerPhase<Milliamps>, _ draw: DrawRange, from: MonotonicInstant,
        seconds: Int64
    ) {
        for second in 0..<seconds {
            let now = from + .seconds(second)
            mains.note(draw, delay: .zero, at: now)
            mains.take(currents, begin: now - .milliseconds(100), at: now, now: now)
        }
    }

    /// A limit that has been believed for so long that it is what is left.
    private func settled(_ currents: PerPhase<Milliamps>, _ own: DrawRange, uses: [Bool] = [true, true, true])
        -> MainsLimit
    {
        var mains = limit(uses: uses)
        feed(&mains, currents, own, from: Self.start - .seconds(30), seconds: 30)
        return mains
    }

    private func holds(_ mains: MainsLimit, after time: Nanoseconds = .zero) -> CurrentLimit {
        mains.limit.standing(at: Self.start + time)
    }

    @Test("the fuse, less what flows, plus what the chargers take of it, in the worst phase")
    func formula() {
        #expect(holds(settled(amperes(3, 9, 5), draw([0, 0, 0]))).current == Milliamps(16_000))
        #expect(holds(settled(amperes(13, 9, 5), draw([10, 0, 0]))).current == Milliamps(16_000))
        #expect(holds(settled(amperes(13, 19, 15), draw([10, 10, 10]))).current == Milliamps(16_000))
        #expect(holds(settled(amperes(3, 9, 5), draw([0, 0, 0]))).reason == .supplyLimit)
        // Phases that no charger uses do not count.
        #expect(
            holds(settled(amperes(3, 9, 5), draw([0, 0, 0]), uses: [true, false, false])).current == Milliamps(22_000))
        #expect(
            holds(settled(amperes(3, nil, nil), draw([0, 0, 0]), uses: [true, false, false])).current
                == Milliamps(22_000))
    }

    @Test("what flows back counts as if it were taken, and nothing makes more room than the fuse")
    func direction() {
        #expect(holds(settled(amperes(-9, 0, 0), draw([0, 0, 0]))).current == Milliamps(16_000))
        #expect(holds(settled(amperes(2, 2, 2), draw([16, 16, 16]))).current == Self.fuse)
        var mains = settled(amperes(0, 0, 0), draw([0, 0, 0]))
        let extreme = Milliamps(Int32.min)
        mains.take(PerPhase(l1: extreme, l2: extreme, l3: extreme), begin: Self.start, at: Self.start, now: Self.start)
        #expect(holds(mains).current == .zero)
    }

    @Test("a house that takes more than the fuse leaves nothing")
    func houseAlone() {
        #expect(holds(settled(amperes(40, 1, 1), draw([0, 0, 0]))) == CurrentLimit(.zero, because: .supplyLimit))
    }

    @Test(
        "before the first reading the fail-safe holds, after the last one it holds again, and not for more than was left"
    )
    func expiry() {
        var mains = limit()
        #expect(mains.limit == CurrentLimit(Milliamps(6_000), because: .missing))
        mains = settled(amperes(5, 5, 5), draw([0, 0, 0]))
        // The last reading is of one second before the start.
        #expect(holds(mains, after: .milliseconds(3_999)) == CurrentLimit(Milliamps(20_000), because: .supplyLimit))
        #expect(holds(mains, after: .seconds(4)) == CurrentLimit(Milliamps(6_000), because: .expired))
        mains = settled(amperes(22, 22, 22), draw([0, 0, 0]))
        #expect(holds(mains, after: .seconds(60)) == CurrentLimit(Milliamps(3_000), because: .expired))
        // Slow polls hold for three of them.
        var slow = MainsLimit(
            MainsLimit.Connection(
                fuse: Self.fuse, failSafe: .zero, uses: InlineArray(repeating: true), pollInterval: .seconds(3),
                refresh: .zero))
        slow.take(amperes(5, 5, 5), begin: Self.start, at: Self.start, now: Self.start)
        #expect(slow.limit.expiry == Self.start + .seconds(9))
    }

    @Test("a reading without a phase that is used renews nothing")
    func missingPhase() {
        var mains = settled(amperes(5, 5, 5), draw([0, 0, 0]))
        let expiry = mains.limit.expiry
        mains.take(amperes(24, nil, 24), begin: Self.start, at: Self.start, now: Self.start)
        #expect(mains.limit.expiry == expiry)
        #expect(holds(mains).current == Milliamps(20_000))
    }

    @Test("a meter that lies is not believed at once, until a reading is accepted again")
    func distrust() {
        var mains = settled(amperes(5, 5, 5), draw([0, 0, 0]))
        mains.distrust(at: Self.start)
        #expect(holds(mains) == CurrentLimit(Milliamps(6_000), because: .expired))
        var loaded = settled(amperes(22, 22, 22), draw([0, 0, 0]))
        loaded.distrust(at: Self.start)
        #expect(holds(loaded) == CurrentLimit(Milliamps(3_000), because: .expired))
        mains.glimpse(amperes(1, 1, 1), now: Self.start)
        #expect(holds(mains).reason == .expired)
        mains.take(amperes(5, 5, 5), begin: Self.start, at: Self.start, now: Self.start)
        #expect(holds(mains) == CurrentLimit(Milliamps(6_000), because: .supplyLimit))
        var unheard = limit()
        unheard.distrust(at: Self.start)
        #expect(unheard.limit.reason == .missing)
    }

    /// Runs readings of 20 A that are left, each waiting 1.5 s for the charger's own meter, until the limit rises to that.
    ///
    /// - Returns: the limit a step before it rose, and the moment at which it did.
    private func risingWithDelay() -> (before: MainsLimit, at: MonotonicInstant) {
        var mains = limit()
        var now = Self.start
        mains.note(draw([0, 0, 0]), delay: .milliseconds(1_500), at: now)
        while true {
            if (now - Self.start).rawValue % 1_000_000_000 == 0 {
                mains.take(amperes(5, 5, 5), begin: now, at: now, now: now)
            }
            let before = mains
            mains.note(draw([0, 0, 0]), delay: .milliseconds(1_500), at: now)
            if mains.limit.current > Milliamps(6_000) { return (before, now) }
            now = now + .milliseconds(100)
        }
    }

    @Test("a reading that waits for the chargers' own meter is dropped with the meter that it came from")
    func waitingReading() {
        let (before, now) = risingWithDelay()
        var lying = before
        lying.distrust(at: now)
        lying.note(draw([0, 0, 0]), delay: .milliseconds(1_500), at: now)
        #expect(lying.limit == CurrentLimit(Milliamps(6_000), because: .expired))
        // What was seen before counts for nothing when it is back.
        lying.take(amperes(5, 5, 5), begin: now, at: now, now: now)
        lying.note(draw([0, 0, 0]), delay: .milliseconds(1_500), at: now + .milliseconds(1_500))
        #expect(lying.limit.current == Milliamps(6_000))
    }

    @Test("where the chargers' current is known late, the limit rises later by as much")
    func risesLater() {
        let (_, now) = risingWithDelay()
        // 1.5 s until the first reading is judged; 5 s, a poll and 1.5 s of room.
        #expect((Nanoseconds.seconds(9)..<Nanoseconds.seconds(12)).contains(now - Self.start))
    }

    @Test("what the charger's own meter tells after the mains' is in time")
    func bracketing() {
        var mains = limit()
        for second in Int64(0)..<40 {
            let now = Self.start + .seconds(second)
            mains.note(draw([0, 0, 0]), delay: .seconds(2), at: now)
            mains.take(amperes(5, 5, 5), begin: now, at: now, now: now)
        }
        #expect(mains.limit.current == Milliamps(20_000))
        mains.note(draw([0, 0, 0]), delay: .seconds(2), at: Self.start + .seconds(40))
        let begin = Self.start + .seconds(41)
        // A car has begun to take 10 A; or the house has.
        for isCar in [true, false] {
            var either = mains
            either.note(draw([0, 0, 0]), delay: .seconds(2), at: begin)
            either.take(amperes(15, 15, 15), begin: begin, at: begin, now: begin)
            either.note(draw([0, 0, 0]), delay: .seconds(2), at: begin + .milliseconds(900))
            #expect(either.limit.current == Milliamps(20_000))
            let own = isCar ? draw([10, 10, 10]) : draw([0, 0, 0])
            for step in Int64(0)..<20 {
                either.note(own, delay: .seconds(2), at: begin + .seconds(1) + .milliseconds(100 * step))
            }
            #expect(either.limit.current == Milliamps(isCar ? 20_000 : 10_000))
        }
    }

    @Test("a car on its way down is no reason to go further down, and one that stays is")
    func ramp() {
        var mains = settled(amperes(25, 25, 25), draw([20, 20, 20]))
        #expect(mains.limit.current == Milliamps(20_000))
        feed(&mains, amperes(38, 38, 38), draw([20, 20, 20]), from: Self.start, seconds: 1)
        #expect(mains.limit.current == Milliamps(7_000))
        // The car is between 20 A and 12 A in the time of this reading, in which the mains carry 16 A of it.
        let moment = Self.start + .seconds(1)
        for step in Int64(0)...10 {
            mains.note(
                draw([Int32](repeating: 20 - Int32(step), count: 3)), delay: .zero,
                at: moment - .milliseconds(200 - 20 * step))
        }
        mains.take(amperes(34, 34, 34), begin: moment - .milliseconds(200), at: moment, now: moment)
        #expect(mains.limit.current == Milliamps(7_000))
        // The same in a car that had time to follow.
        feed(&mains, amperes(25, 25, 25), draw([7, 7, 7]), from: Self.start + .seconds(2), seconds: 10)
        #expect(mains.limit.current == Milliamps(7_000))
        let late = Self.start + .seconds(12)
        mains.note(draw([7, 7, 7], most: [20, 20, 20]), delay: .zero, at: late)
        mains.take(amperes(34, 34, 34), begin: late, at: late, now: late)
        #expect(mains.limit.current == .zero)
    }

    @Test("a doubt that outlasts what a car takes to settle is decided for the safe side")
    func doubt() {
        var mains = settled(amperes(20, 20, 20), draw([15, 15, 15]))
        #expect(mains.limit.current == Milliamps(20_000))
        // The car's current is not known any more.
        let unknown = draw([0, 0, 0], most: [32, 32, 32])
        feed(&mains, amperes(20, 20, 20), unknown, from: Self.start, seconds: 6)
        #expect(mains.limit.current == Milliamps(20_000))
        feed(&mains, amperes(20, 20, 20), unknown, from: Self.start + .seconds(6), seconds: 1)
        #expect(mains.limit.current == Milliamps(5_000))
    }

    @Test("a doubtful reading lowers, and neither raises nor keeps alive")
    func glimpse() {
        var mains = settled(amperes(5, 5, 5), draw([0, 0, 0]))
        let expiry = mains.limit.expiry
        mains.glimpse(amperes(0, 0, 0), now: Self.start)
        #expect(holds(mains).current == Milliamps(20_000))
        mains.glimpse(amperes(30, 5, 5), now: Self.start)
        #expect(holds(mains).current == .zero)
        #expect(mains.limit.expiry == expiry)
    }

    @Test("it falls with the reading, and rises when there was room for 1.5 A and more for as long as a car settles")
    func hysteresis() {
        var mains = settled(amperes(5, 5, 5), draw([0, 0, 0]))
        feed(&mains, amperes(6, 5, 5), draw([0, 0, 0]), from: Self.start, seconds: 1)
        #expect(mains.limit.current == Milliamps(19_000))
        // A little more is not worth a change, however long it lasts.
        let later = Self.start + .seconds(1)
        var little = mains
        let almost = PerPhase(l1: Milliamps(4_501), l2: Milliamps(4_501), l3: Milliamps(4_501))
        feed(&little, almost, draw([0, 0, 0]), from: later, seconds: 60)
        #expect(little.limit.current == Milliamps(19_000))
        feed(&mains, amperes(2, 2, 2), draw([0, 0, 0]), from: later, seconds: 6)
        #expect(mains.limit.current == Milliamps(19_000))
        // The least that was left in the meantime.
        feed(&mains, amperes(1, 1, 1), draw([0, 0, 0]), from: later + .seconds(6), seconds: 1)
        #expect(mains.limit.current == Milliamps(23_000))
    }

    @Test("room that comes and goes raises nothing")
    func flutter() {
        var mains = settled(amperes(15, 15, 15), draw([0, 0, 0]))
        for round in Int64(0)..<10 {
            let from = Self.start + .seconds(round * 6)
            feed(&mains, amperes(5, 5, 5), draw([0, 0, 0]), from: from, seconds: 5)
            feed(&mains, amperes(15, 15, 15), draw([0, 0, 0]), from: from + .seconds(5), seconds: 1)
            #expect(mains.limit.current == Milliamps(10_000))
        }
    }

    @Test("a current that is not known is others' load")
    func unknownOwn() {
        // The car takes 10 A, or the promised 16, or nothing.
        let unknown = draw([0, 0, 0], most: [16, 16, 16])
        #expect(holds(settled(amperes(15, 15, 15), unknown)).current == Milliamps(10_000))
    }

    @Test("what was taken is forgotten after 6.4 s, and is not certain then")
    func memory() {
        var memory = DrawMemory()
        #expect(memory.whole.most[0] == .zero)
        for second in Int64(0)..<20 { memory.note(draw([10, 10, 10]), at: Self.start + .seconds(second)) }
        let end = Self.start + .seconds(19)
        #expect(memory.range(since: end - .milliseconds(6_200)).least[0] == Milliamps(10_000))
        #expect(memory.whole.least[0] == Milliamps(10_000))
        #expect(memory.range(since: end - .milliseconds(6_500)).least[0] == .zero)
        memory.note(draw([4, 10, 12]), at: end + .milliseconds(50))
        #expect(memory.range(since: end).least[0] == Milliamps(4_000))
        #expect(memory.range(since: end).most[2] == Milliamps(12_000))
        #expect(memory.range(since: end + .milliseconds(200)).least[0] == Milliamps(4_000))
    }

    @Test("a connector's phases are those of the mains that its order says")
    func phaseOrders() {
        var own = DrawRange()
        for phase in 0..<3 { own.least[phase] = Milliamps(Int32(phase + 1)) }
        for order in PhaseOrder.allCases {
            var sum = DrawRange()
            sum.add(own, on: order)
            let words = order.rawValue.split(separator: "L").compactMap { Int($0) }
            #expect(order.count == words.count)
            for place in 0..<3 {
                let expected = words.firstIndex(of: place + 1).map { $0 + 1 } ?? 0
                #expect(sum.least[place] == Milliamps(Int32(expected)), "\(order.rawValue) L\(place + 1)")
                #expect(order.uses(place) == (expected > 0))
            }
        }
    }
}
