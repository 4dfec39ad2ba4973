import ChargeControl
import Quantities
import Testing

@Suite struct TickTests {
    private struct Tick: Equatable {
        let index: UInt32
        let boundaries: UInt32
        let energy: Int64
    }

    private func ticks(_ rig: Rig) -> [Tick] {
        rig.intents.compactMap {
            if case .tick(let mark, let index, let boundaries) = $0 {
                Tick(index: index, boundaries: boundaries, energy: mark.energy.rawValue)
            } else {
                nil
            }
        }
    }

    @Test func aTickComesWithTheFirstReadingAtOrAboveEachKilowattHour() throws {
        var rig = try Rig()
        try rig.startCharging()
        let begin = rig.register
        for (energy, expected) in [
            (999_999, 0), (1_000_000, 1), (1_000_001, 1), (1_999_999, 1), (2_500_000, 2), (2_999_999, 2),
            (6_000_000, 3),
            (6_999_999, 3), (7_000_000, 4),
        ] {
            rig.register = begin + MilliwattHours(Int64(energy))
            rig.run(.seconds(1))
            #expect(ticks(rig).count == expected, "at \(energy) mWh")
        }
        #expect(
            ticks(rig) == [
                Tick(index: 1, boundaries: 1, energy: 1_000_000), Tick(index: 2, boundaries: 1, energy: 2_500_000),
                Tick(index: 6, boundaries: 4, energy: 6_000_000), Tick(index: 7, boundaries: 1, energy: 7_000_000),
            ])
    }

    /// Any sequence of readings: the boundaries of all ticks sum up to the whole kilowatt-hours of the session.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func boundariesSumUp(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var rig = try Rig()
        rig.meterPoll = .milliseconds(100)
        try rig.startCharging(Rig.grant(energy: 1_000_000_000))
        let begin = rig.register
        for _ in 0..<200 {
            rig.register += MilliwattHours(Int64(random.below(random.chance(oneIn: 5) ? 4_000_000 : 300_000)))
            rig.run(.milliseconds(105))
        }
        let whole = (rig.register - begin).rawValue / 1_000_000
        #expect(ticks(rig).map { Int64($0.boundaries) }.reduce(0, +) == whole, "seed \(seed)")
        #expect(ticks(rig).last.map { Int64($0.index) } == whole)
        var last: UInt32 = 0
        for tick in ticks(rig) {
            #expect(tick.index == last + tick.boundaries)
            #expect(tick.energy / 1_000_000 == Int64(tick.index))
            last = tick.index
        }
    }

    @Test func theLastTickStandsBeforeTheEnd() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.meterAnswers = false
        rig.run(.seconds(1))
        rig.register += MilliwattHours(1_500_000)
        rig.car = .a
        rig.run(.milliseconds(200))
        rig.meterAnswers = true
        rig.run(.seconds(1))
        #expect(rig.trace.suffix(2) == ["tick 1 (1)", "end unplugged"])
        guard case .end(let mark, _, _, let ticks, _) = rig.intents.last else { return }
        #expect(mark.energy == MilliwattHours(1_500_000))
        #expect(ticks == 1)
    }

    @Test func energyOutsideASessionIsNobodys() throws {
        var rig = try Rig()
        rig.register += MilliwattHours(3_000_000)
        rig.run(.seconds(2))
        try rig.startCharging()
        rig.car = .a
        rig.run(.seconds(1))
        rig.register += MilliwattHours(3_000_000)
        rig.run(.seconds(2))
        #expect(ticks(rig).isEmpty)
        #expect(rig.output.display.energy == .zero)
        guard case .end(let mark, _, _, _, _) = rig.intents.last else { return }
        #expect(mark.energy == .zero)
    }

    /// Registers at the ends of their range trap nothing.
    @Test func extremeRegisters() throws {
        var rig = try Rig()
        rig.register = .zero
        try rig.startCharging(Rig.grant(energy: .max))
        rig.register = MilliwattHours(.max)
        rig.run(.seconds(2))
        rig.register = MilliwattHours(.min)
        rig.run(.seconds(2))
        #expect(rig.output.display.energy == MilliwattHours(.max))
        #expect(ticks(rig).isEmpty, "an index that does not fit is no tick")
    }
}
