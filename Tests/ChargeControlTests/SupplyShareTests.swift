import ChargeControl
import Quantities
import Testing

/// One supply and several connectors: never above it, nobody under 6 A, everyone a turn.
@Suite struct SupplyShareTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func demand(_ most: Int32, inUse: Int32 = 0) -> SupplyShare.Demand {
        SupplyShare.Demand(wants: most > 0, most: Milliamps(most), inUse: Milliamps(inUse))
    }

    private func shares(_ share: SupplyShare, _ count: Int) -> [Int32] {
        (0..<count).map { share.share(of: $0).rawValue }
    }

    @Test func equalSharesAndWhatOneLeavesGoesToTheOthers() {
        let cases: [(supply: Int32, most: [Int32], expected: [Int32])] = [
            (32_000, [32_000], [32_000]), (32_000, [32_000, 32_000], [16_000, 16_000]),
            (32_000, [10_000, 32_000], [10_000, 22_000]),
            (32_000, [32_000, 10_000, 32_000], [11_000, 10_000, 11_000]),
            (32_000, [16_000, 0, 16_000], [16_000, 0, 16_000]),
            (20_000, [32_000, 32_000, 32_000], [6_666, 6_666, 6_666]),
            (17_999, [32_000, 32_000, 32_000], [8_999, 8_999, 0]), (5_999, [32_000], [0]), (-5, [32_000], [0]),
            (104_000, [52_000, 52_000], [50_700, 50_700]), (32_000, [5_999, 32_000], [0, 32_000]),
            (0, [32_000, 32_000], [0, 0]),
        ]
        for (supply, most, expected) in cases {
            var share = SupplyShare(connectors: most.count)
            for (index, most) in most.enumerated() { share.set(demand(most), of: index) }
            share.divide(Milliamps(supply), at: Self.start)
            #expect(shares(share, most.count) == expected, "\(supply) mA for \(most)")
        }
    }

    /// Who gives way keeps its share counted until its car has followed.
    @Test func aShareIsFreeOnlyWhenTheCarHasFollowed() {
        var share = SupplyShare(connectors: 2)
        share.set(demand(32_000), of: 0)
        share.divide(Milliamps(32_000), at: Self.start)
        #expect(shares(share, 2) == [32_000, 0])
        share.set(demand(32_000, inUse: 32_000), of: 0)
        share.set(demand(32_000), of: 1)
        share.divide(Milliamps(32_000), at: Self.start + .seconds(1))
        #expect(shares(share, 2) == [16_000, 0], "lowered at once, given to nobody yet")
        share.set(demand(32_000, inUse: 22_000), of: 0)
        share.divide(Milliamps(32_000), at: Self.start + .seconds(2))
        #expect(shares(share, 2) == [16_000, 10_000], "what the car has really left")
        share.set(demand(32_000, inUse: 16_000), of: 0)
        share.set(demand(32_000, inUse: 10_000), of: 1)
        share.divide(Milliamps(32_000), at: Self.start + .seconds(3))
        #expect(shares(share, 2) == [16_000, 16_000])
        // Unplugged, but its car's last amperes still count.
        share.set(demand(0, inUse: 16_000), of: 0)
        share.divide(Milliamps(32_000), at: Self.start + .seconds(4))
        #expect(shares(share, 2) == [0, 16_000])
        share.set(demand(0), of: 0)
        share.divide(Milliamps(32_000), at: Self.start + .seconds(5))
        #expect(shares(share, 2) == [0, 32_000])
    }

    @Test func everyoneHasATurnWhereNotAllFit() {
        var share = SupplyShare(connectors: 4)
        var served = [Int](repeating: 0, count: 4)
        var now = Self.start
        for _ in 0..<16 {
            // The cars follow within the quarter of an hour.
            for _ in 0..<2 {
                for index in 0..<4 { share.set(demand(32_000, inUse: share.share(of: index).rawValue), of: index) }
                share.divide(Milliamps(13_000), at: now)
            }
            let now13 = shares(share, 4)
            #expect(now13.filter { $0 > 0 }.count == 2 && now13.reduce(0, +) <= 13_000, "\(now13)")
            for index in 0..<4 where now13[index] > 0 { served[index] += 1 }
            now = now + .seconds(450)
        }
        // Eight turns of 900 s, two served in each.
        #expect(served.allSatisfy { $0 == 8 }, "\(served)")
    }

    /// Random demands, cars that follow when they like, a supply that jumps: what may flow is never above the supply for
    /// longer than the cars take, and no decision ever makes it worse.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func neverAboveTheSupply(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = 1 + Int(seed) % 8
        var share = SupplyShare(connectors: count)
        var most = [Int32](repeating: 0, count: count)
        var inUse = [Int32](repeating: 0, count: count)
        var supply: Int32 = 40_000
        var now = Self.start
        for step in 0..<20_000 {
            now = now + .milliseconds(Int64(random.below(2_000)))
            if random.chance(oneIn: 20) { supply = Int32(random.below(80_000)) }
            for index in 0..<count {
                if random.chance(oneIn: 10) { most[index] = random.chance(oneIn: 3) ? 0 : Int32(random.below(80_000)) }
                // A car draws up to its share at once, and comes down when it likes.
                let allowed = share.share(of: index).rawValue
                if inUse[index] > allowed {
                    if random.chance(oneIn: 3) { inUse[index] = allowed }
                } else {
                    inUse[index] = allowed
                }
                share.set(
                    SupplyShare.Demand(
                        wants: most[index] > 0, most: Milliamps(most[index]), inUse: Milliamps(inUse[index])),
                    of: index)
            }
            let before = inUse.reduce(0, +)
            share.divide(Milliamps(supply), at: now)
            let given = shares(share, count)
            let mayFlow = (0..<count).map { max(given[$0], inUse[$0]) }.reduce(0, +)
            let about = "seed \(seed), step \(step): \(given), in use \(inUse), most \(most), supply \(supply)"
            #expect(given.reduce(0, +) <= max(supply, 0), "\(about)")
            #expect(mayFlow <= max(supply, before), "\(about)")
            for index in 0..<count {
                #expect(given[index] == 0 || given[index] >= 6_000, "\(about)")
                #expect(given[index] <= most[index], "\(about)")
            }
            if given.reduce(0, +) > max(supply, 0) || mayFlow > max(supply, before) { return }
        }
    }

    /// With time for the cars to follow, nothing that fits is left unused.
    @Test func theSupplyIsUsed() {
        var random = SeededRandom(seed: 32)
        for _ in 0..<500 {
            let count = 1 + random.below(8)
            var share = SupplyShare(connectors: count)
            let supply = Int32(6_000 + random.below(100_000))
            let most = (0..<count).map { _ in Int32(6_000 + random.below(44_000)) }
            for _ in 0..<3 {
                for index in 0..<count {
                    share.set(demand(most[index], inUse: share.share(of: index).rawValue), of: index)
                }
                share.divide(Milliamps(supply), at: Self.start)
            }
            let given = shares(share, count)
            let served = given.filter { $0 > 0 }.count
            #expect(served == min(count, Int(supply / 6_000)))
            let wanted = (0..<count).filter { given[$0] > 0 }.map { most[$0] }.reduce(0, +)
            // Equal parts are rounded down to the milliampere.
            #expect(given.reduce(0, +) >= min(supply, wanted) - Int32(count), "\(supply) mA for \(most): \(given)")
        }
    }
}
