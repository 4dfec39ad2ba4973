import ChargeControl
import Quantities
import Testing

/// Cars that obey, at one supply: each draws its share at once when it falls and later when it rises.
@Suite("Sharing one supply")
struct SupplyShareTests {
    @Test("the shares never sum up to more than the supply, nor does what cars may still be drawing", arguments: 0..<40)
    func neverAbove(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...8, using: &random)
        var supply = SupplyShare(connectors: count)
        let limit = Milliamps(Int32.random(in: 5_000...120_000, using: &random))
        var demands = [SupplyShare.Demand](
            repeating: SupplyShare.Demand(wants: false, most: .zero, inUse: .zero), count: count)
        var promised = [[Milliamps]](repeating: [], count: count)
        var now = MonotonicInstant(nanoseconds: 0)
        for _ in 0..<2_000 {
            now = now + .milliseconds(250)
            for index in 0..<count {
                if Int.random(in: 0..<50, using: &random) == 0 { demands[index].wants.toggle() }
                if Int.random(in: 0..<50, using: &random) == 0 {
                    demands[index].most = Milliamps(Int32.random(in: 0...40_000, using: &random))
                }
                // The highest promise of the last 5 s.
                let share = supply.share(of: index)
                promised[index] = promised[index].suffix(19) + [share]
                demands[index].inUse = promised[index].max() ?? .zero
                supply.set(demands[index], of: index)
            }
            supply.divide(limit, at: now)
            var shares: Int64 = 0
            var drawn: Int64 = 0
            for index in 0..<count {
                let share = supply.share(of: index)
                #expect(share == .zero || share >= Milliamps(6_000))
                #expect(share <= demands[index].most || share <= Milliamps(6_000))
                shares += Int64(share.rawValue)
                drawn += Int64(max(share, demands[index].inUse).rawValue)
            }
            #expect(shares <= Int64(limit.rawValue))
            #expect(drawn <= Int64(limit.rawValue))
        }
    }

    @Test("a car that draws more than its share is not given what it takes")
    func overdrawn() {
        var supply = SupplyShare(connectors: 2)
        let now = MonotonicInstant(nanoseconds: 0)
        for index in 0..<2 {
            supply.set(.init(wants: true, most: Milliamps(10_000), inUse: .zero), of: index)
        }
        supply.divide(Milliamps(12_000), at: now)
        #expect(supply.share(of: 0) == Milliamps(6_000))
        supply.set(.init(wants: true, most: Milliamps(10_000), inUse: Milliamps(16_000)), of: 0)
        supply.set(.init(wants: true, most: Milliamps(10_000), inUse: Milliamps(6_000)), of: 1)
        supply.divide(Milliamps(16_000), at: now + .seconds(10))
        #expect(supply.share(of: 0) + supply.share(of: 1) <= Milliamps(16_000))
    }

    @Test("where not all fit, everyone has a turn")
    func turns() {
        var supply = SupplyShare(connectors: 3)
        var served: Set<Int> = []
        for minute in 0..<60 {
            let now = MonotonicInstant(nanoseconds: Int64(minute) * 60_000_000_000)
            for index in 0..<3 {
                supply.set(.init(wants: true, most: Milliamps(16_000), inUse: supply.share(of: index)), of: index)
            }
            supply.divide(Milliamps(7_000), at: now)
            let holders = (0..<3).filter { supply.share(of: $0) > .zero }
            #expect(holders.count <= 1)
            served.formUnion(holders)
        }
        #expect(served == [0, 1, 2])
    }
}
