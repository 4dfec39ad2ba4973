import ChargeControl
import Metering
import Quantities
import Testing

@testable import Firmware
@testable import Simulator

/// The whole control loop behind a mains meter, in virtual time.
@Suite("Charging behind a mains meter")
struct MainsLoopTests {
    private static let fuse: Int32 = 35_000

    private func rig(
        connectors: Int = 1, failSafe: Int32 = 6_000, order: PhaseOrder = .l1l2l3, boardsMeasureCurrents: Bool = true,
        gridFailSafe: Milliamps? = nil, supply: Milliamps? = nil
    ) throws -> LoopRig {
        let site = MainsSite(
            fuse: Self.fuse, failSafe: failSafe, orders: [PhaseOrder](repeating: order, count: connectors))
        return try LoopRig(
            connectors: connectors, supply: supply, gridFailSafe: gridFailSafe, mains: site,
            boardsMeasureCurrents: boardsMeasureCurrents)
    }

    /// Has every connector charge, for long enough that nothing moves any more.
    private func charge(_ rig: LoopRig, carPhases: Int = 3) {
        for connector in rig.boards.indices {
            rig.authorize(connector)
            rig.boards[connector].plant {
                $0.setCarPhases(carPhases)
                $0.plug()
            }
        }
        rig.run(.seconds(40))
    }

    private func setHouse(_ rig: LoopRig, _ milliamps: Int32) { rig.house = [milliamps, milliamps, milliamps] }

    private func offered(_ rig: LoopRig) -> Milliamps {
        rig.boards.indices.reduce(Milliamps.zero) { $0 + rig.offered($1) }
    }

    /// Runs up to and with the period in which the next mains reading arrives.
    private func runToReading(_ rig: LoopRig) {
        let count = rig.mainsReadings
        #expect(rig.run(.seconds(2)) { $0.mainsReadings > count })
    }

    @Test("the house's step is on the pilot in the period in which the reading arrives", arguments: [true, false])
    func houseStep(boardsMeasureCurrents: Bool) throws {
        let rig = try rig(boardsMeasureCurrents: boardsMeasureCurrents)
        setHouse(rig, 5_000)
        charge(rig)
        #expect(rig.offered(0) == Milliamps(30_000))
        setHouse(rig, 20_500)
        // The reading under way is of before.
        runToReading(rig)
        if rig.offered(0) == Milliamps(30_000) { runToReading(rig) }
        #expect(rig.offered(0) == Milliamps(14_000))
        #expect(rig.displays[0]?.limit.source == .grid)
        #expect(rig.displays[0]?.limit.reason == .supplyLimit)
        rig.run(.seconds(5))
        #expect(rig.mainsCurrents().allSatisfy { $0 <= Self.fuse })
        // It stays there: the car's ramp is no load of the house.
        rig.run(.seconds(60)) { $0.offered(0) != Milliamps(14_000) }
        #expect(rig.offered(0) == Milliamps(14_000))
        setHouse(rig, 5_000)
        rig.run(.seconds(25))
        #expect(rig.offered(0) == Milliamps(30_000))
    }

    @Test("a house that leaves less than 6 A has the car pause, and go on when there is room again")
    func pause() throws {
        let rig = try rig()
        charge(rig)
        #expect(rig.offered(0) == Milliamps(32_000))
        setHouse(rig, 30_000)
        rig.run(.seconds(12))
        #expect(rig.offered(0) == .zero)
        #expect(!rig.boards[0].plant { $0.contactor.isClosed })
        setHouse(rig, 10_000)
        rig.run(.seconds(40))
        #expect(rig.offered(0) == Milliamps(25_000))
        #expect(rig.current(0) > Milliamps(24_900))
        #expect(rig.intents[0].contains { if case .resume = $0 { true } else { false } })
    }

    @Test("before the first reading and 5 s after the last the fail-safe holds, and readings that are back raise again")
    func failSafe() throws {
        let rig = try rig(failSafe: 8_000)
        rig.mainsMeterAnswers = false
        charge(rig)
        #expect(rig.offered(0) == Milliamps(8_000))
        #expect(rig.displays[0]?.limit.reason == .missing)
        rig.mainsMeterAnswers = true
        rig.run(.seconds(20))
        #expect(rig.offered(0) == Milliamps(32_000))
        runToReading(rig)
        rig.mainsMeterAnswers = false
        rig.run(.milliseconds(4_800))
        #expect(rig.offered(0) == Milliamps(32_000))
        rig.run(.milliseconds(200))
        #expect(rig.offered(0) == Milliamps(8_000))
        #expect(rig.displays[0]?.limit.reason == .expired)
        rig.mainsMeterAnswers = true
        rig.run(.seconds(5))
        #expect(rig.offered(0) == Milliamps(8_000))
        rig.run(.seconds(10))
        #expect(rig.offered(0) == Milliamps(32_000))
        #expect(rig.feed.gauge.available.current >= Milliamps(34_000))
        #expect(rig.feed.gauge.available.reason == .supplyLimit)
    }

    @Test("a frozen mains meter is not believed from the next period on")
    func frozen() throws {
        let rig = try rig()
        charge(rig)
        rig.mainsMeterAnswers = false
        let refusal = ReadingRefusal(
            reason: .implausible(.frozen(for: .seconds(60))), evidence: nil, confirmation: nil, total: 1,
            isDistrust: true)
        #expect(rig.feed.news.offer(MeterNews(.refused(refusal), at: rig.now)))
        rig.step()
        #expect(rig.offered(0) == Milliamps(6_000))
        #expect(rig.displays[0]?.limit.reason == .expired)
    }

    @Test(
        "losses and refusals change nothing before the last reading has expired; doubtful currents count if they are high"
    )
    func otherNews() throws {
        let rig = try rig()
        charge(rig)
        for news in [MeterNews.lost(at: rig.now), .refused(at: rig.now), .identified(at: rig.now)] {
            #expect(rig.feed.news.offer(news))
            rig.step()
            #expect(rig.offered(0) == Milliamps(32_000))
        }
        let high: Milliamps? = Milliamps(46_900)
        let live = LiveValues(
            at: rig.now, power: nil, voltages: PerPhase(), currents: PerPhase(l1: high, l2: high, l3: high),
            frequency: nil)
        #expect(rig.feed.news.offer(.live(live)))
        rig.step()
        #expect(rig.offered(0) == Milliamps(20_000))
    }

    @Test("of mains meter and grid operator the lower holds, with its reason")
    func bothOutside() throws {
        let rig = try rig(gridFailSafe: Milliamps(10_000))
        setHouse(rig, 5_000)
        charge(rig)
        #expect(rig.offered(0) == Milliamps(10_000))
        #expect(rig.displays[0]?.limit.reason == .missing)
        _ = rig.requests.offer(.gridLimit(Milliamps(60_000), validity: .seconds(600)))
        rig.run(.seconds(10))
        #expect(rig.offered(0) == Milliamps(30_000))
        #expect(rig.displays[0]?.limit.reason == .supplyLimit)
        _ = rig.requests.offer(.gridLimit(Milliamps(20_000), validity: .seconds(600)))
        rig.step()
        #expect(rig.offered(0) == Milliamps(20_000))
        #expect(rig.displays[0]?.limit.reason == .gridOperator)
    }

    @Test("two connectors share what the house leaves, and never more of it", arguments: [true, false])
    func shared(boardsMeasureCurrents: Bool) throws {
        let rig = try rig(connectors: 2, boardsMeasureCurrents: boardsMeasureCurrents)
        setHouse(rig, 3_000)
        charge(rig)
        rig.run(.seconds(20))
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(16_000), Milliamps(16_000)])
        setHouse(rig, 15_000)
        #expect(rig.run(.seconds(3)) { offered($0) <= Milliamps(20_000) })
        #expect(rig.run(.seconds(5)) { $0.mainsCurrents().allSatisfy { $0 <= Self.fuse } })
        rig.run(.seconds(60)) { offered($0) > Milliamps(20_000) || $0.mainsCurrents().contains { $0 > Self.fuse } }
        #expect((0..<2).map { rig.offered($0) } == [Milliamps(10_000), Milliamps(10_000)])
        // The sum falls in the very period in which the meter's word ends.
        rig.mainsMeterAnswers = false
        #expect(rig.run(.seconds(7)) { offered($0) < Milliamps(20_000) })
        #expect(offered(rig) <= Milliamps(6_000))
        #expect(rig.feed.gauge.available.reason == .expired)
    }

    @Test("the mains meter and a supply of its own: the lower of the two is shared")
    func sharedSupply() throws {
        let rig = try rig(connectors: 2, supply: Milliamps(24_000))
        charge(rig)
        rig.run(.seconds(20))
        #expect(offered(rig) == Milliamps(24_000))
        setHouse(rig, 17_000)
        rig.run(.seconds(10))
        #expect(offered(rig) == Milliamps(18_000))
    }

    /// On L1 of the charger, which is L2 of the mains: taken for the house's it would halve what the car is offered, and then
    /// give it back, without end.
    @Test("a car of one phase is subtracted where its phase is", arguments: [true, false])
    func singlePhase(boardsMeasureCurrents: Bool) throws {
        let rig = try rig(order: .l2l3l1, boardsMeasureCurrents: boardsMeasureCurrents)
        rig.house = [4_000, 9_500, 4_000]
        charge(rig, carPhases: 1)
        #expect(rig.current(0) > Milliamps(24_900))
        rig.run(.seconds(120)) { $0.offered(0) != Milliamps(25_000) }
        #expect(rig.offered(0) == Milliamps(25_000))
    }

    @Test("what a meter that is not believed says of the chargers' current is nobody's alibi")
    func unbelievedOwn() throws {
        let rig = try rig(boardsMeasureCurrents: false)
        setHouse(rig, 5_000)
        charge(rig)
        #expect(rig.current(0) == Milliamps(30_000))
        // The billing meter's readings are refused from now on, but its currents come: they may be stale.
        rig.metersAnswer = false
        let stale: Milliamps? = Milliamps(30_000)
        var isLowered = false
        for _ in 0..<20 {
            let live = LiveValues(
                at: rig.now, power: nil, voltages: PerPhase(), currents: PerPhase(l1: stale, l2: stale, l3: stale),
                frequency: nil)
            _ = rig.queues[0].meter.offer(.refused(at: rig.now))
            _ = rig.queues[0].meter.offer(.live(live))
            rig.run(.milliseconds(500))
            isLowered = isLowered || rig.offered(0) <= Milliamps(6_000)
        }
        #expect(isLowered)
    }

    @Test(
        "whatever house and cars do, an overload lasts as long as readings and cars take", arguments: [UInt64(1), 2, 3])
    func atRandom(seed: UInt64) throws {
        let rig = try rig(connectors: 2, failSafe: 0, order: .l3l1l2, boardsMeasureCurrents: seed % 2 == 0)
        var random = Draw(seed)
        charge(rig)
        var since: MonotonicInstant?
        var longest = Nanoseconds.zero
        for _ in 0..<20 {
            switch random.below(4) {
            case 0, 1: rig.house[random.below(3)] = Int32(random.below(33_000))
            case 2:
                rig.boards[random.below(2)].plant { $0.car.limit = Milliamps(Int32(6_000 + 1_000 * random.below(27))) }
            default: rig.boards[random.below(2)].plant { $0.car.wants.toggle() }
            }
            rig.run(.milliseconds(Int64(1_000 + random.below(9_000)))) { rig in
                let isOver = rig.mainsCurrents().contains { $0 > Self.fuse + 300 }
                let isOurs = (0..<2).contains { rig.current($0) > Milliamps(500) }
                if !isOver || !isOurs { since = nil }
                if isOver, isOurs { since = since ?? rig.now }
                if let since { longest = max(longest, rig.now - since) }
                return false
            }
        }
        // A reading, a car in the midst of a change, and a car that follows.
        #expect(longest <= .milliseconds(1_200) + .seconds(8) + .seconds(5), "\(longest.wholeMilliseconds) ms")
    }
}
