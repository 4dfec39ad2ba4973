import ChargeControl
import Quantities
import Testing

/// The supply: the wait after the mains came back, and numbers from outside that no supply has.
@Suite struct SupplyTests {
    /// How long after the start the first current is offered.
    private func waited(seed: UInt64, watchesVoltage: Bool, most: Nanoseconds = .seconds(20)) throws -> Nanoseconds {
        var rig = try Rig(
            options: .with {
                $0.watchesVoltage = watchesVoltage
                $0.randomRestartDelay = most
                $0.randomSeed = seed
            })
        rig.car = .b
        rig.input.authorization = Rig.grant()
        return try #require(rig.run(within: most + .seconds(5)) { $0.isPowered })
    }

    /// A start is a return of the mains, too: a street that comes back must not load the grid in one second.
    @Test func theFirstOfferWaitsItsRandomWhileWhereTheMainsIsWatched() throws {
        var waits: [Int64] = []
        for seed in UInt64(1)...8 { waits.append(try waited(seed: seed, watchesVoltage: true).wholeMilliseconds) }
        #expect(Set(waits).count >= 6, "\(waits)")
        #expect(waits.filter { $0 > 5_000 }.count >= 4, "\(waits)")
        let again = try waited(seed: 3, watchesVoltage: true)
        #expect(again.wholeMilliseconds == waits[2], "the same seed waits the same")
    }

    @Test func theFirstOfferDoesNotWaitWhereNothingIsConfigured() throws {
        for seed in UInt64(1)...4 {
            #expect(try waited(seed: seed, watchesVoltage: false) < .seconds(2))
            #expect(try waited(seed: seed, watchesVoltage: true, most: .zero) < .seconds(2))
        }
    }

    private static let extremes: [Int32] = [.min, .min + 1, -6_000, -1, 0, 1, 6_000, 32_000, .max - 1, .max]

    /// Whatever a meter or a register says: no share is negative, and together they are no more than the supply.
    @Test func aShareOfNumbersGoneWrongIsStillAShare() {
        for supply in Self.extremes {
            for most in Self.extremes {
                for inUse in Self.extremes {
                    var share = SupplyShare(connectors: 8)
                    for index in 0..<8 {
                        // One in two is sound.
                        let demand = SupplyShare.Demand(
                            wants: true, most: index % 2 == 0 ? Milliamps(most) : Milliamps(16_000),
                            inUse: index % 2 == 0 ? Milliamps(inUse) : .zero)
                        share.set(demand, of: index)
                    }
                    for second in Int64(0)..<3 {
                        share.divide(Milliamps(supply), at: MonotonicInstant(nanoseconds: second * 1_000_000_000))
                    }
                    var sum: Int64 = 0
                    for index in 0..<8 {
                        #expect(share.share(of: index) >= .zero)
                        sum += Int64(share.share(of: index).rawValue)
                    }
                    #expect(sum <= Int64(max(supply, 0)), "\(supply) mA, most \(most), in use \(inUse)")
                }
            }
        }
    }

    @Test func aWindowOfSecondsThatNoDayHasIsStillAWindow() {
        for start in Self.extremes {
            for end in Self.extremes {
                for second in Self.extremes {
                    for delay in Self.extremes {
                        var schedule = Schedule(otherwise: .zero, delay: delay)
                        let window = Schedule.Window(start: start, end: end, current: Milliamps(6_000))
                        let fits = schedule.add(window)
                        #expect(fits)
                        let limit = schedule.limit(atSecondOfDay: second)
                        #expect(limit.current == .zero || limit.current == Milliamps(6_000))
                    }
                }
            }
        }
    }
}
