import Quantities
import Testing

@testable import ChargeControl

/// Limits, promises and schedules, to the step and part by part (`Sources/ChargeControl/Limits`).
@Suite struct LimitBoundaryTests {
    /// What was promised counts for 5 s after it was lowered.
    @Test func aPromiseIsRememberedForFiveSeconds() throws {
        var rig = try Rig(options: .with { $0.wakeUp = .never })
        rig.limit(.owner, 16_000)
        try rig.startOffering()
        rig.limit(.owner, 10_000)
        rig.step()
        let lowered = rig.now
        #expect(rig.output.display.offered == Milliamps(10_000))
        try rig.await(.seconds(6)) { $0.output.demand.inUse == Milliamps(10_000) }
        #expect(rig.now - lowered == .seconds(5))
    }

    /// A promise that is given anew inside the window counts at once.
    @Test func thePromiseOfTheMomentCounts() {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        var promise = CurrentPromise()
        for (second, current, highest) in [
            (Int64(0), Int32(16_000), Int32(16_000)), (1, 0, 16_000), (2, 32_000, 32_000),
        ] {
            promise.offer(Milliamps(current), at: start + .seconds(second))
            #expect(promise.offered == Milliamps(current) && promise.highest == Milliamps(highest), "\(second) s")
        }
    }

    /// The limit of one phase out of three is not one of a charger that has no more.
    @Test func aChargerOfOnePhaseIsNotHalved() throws {
        var rig = try Rig(phases: 1, options: .with { $0.singlePhaseMaximum = Milliamps(10_000) })
        try rig.startOffering()
        rig.run(.seconds(6))
        #expect(rig.output.display.offered == Milliamps(32_000))
        #expect(rig.output.display.limit.source != .phase)
    }

    @Test func aPositionBesideTheSourcesIsABug() async throws {
        let below = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = LimitSource.at(-1)
        }
        // Said by the invariant, and not by what would come after it.
        #expect(
            String(decoding: below.standardErrorContent, as: UTF8.self).contains("a limit source is one of the order"))
        let above = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = LimitSource.at(LimitSource.count)
        }
        #expect(
            String(decoding: above.standardErrorContent, as: UTF8.self).contains("a limit source is one of the order"))
        #expect(LimitSource.at(0) == .session && LimitSource.at(LimitSource.count - 1) == .cable)
    }

    @Test func schedulesAreEqualInAllTheirParts() {
        let window = Schedule.Window(start: 0, end: 3_600, current: Milliamps(16_000))
        func schedule(otherwise: Int32 = 6_000, delay: Int32 = 5, windows: [Schedule.Window] = [window]) -> Schedule {
            var schedule = Schedule(otherwise: Milliamps(otherwise), delay: delay)
            for window in windows {
                let fits = schedule.add(window)
                #expect(fits)
            }
            return schedule
        }
        #expect(schedule() == schedule())
        #expect(schedule() != schedule(otherwise: 7_000))
        #expect(schedule() != schedule(delay: 6))
        #expect(schedule() != schedule(windows: []) && schedule(windows: []) != schedule())
        for other in [
            Schedule.Window(start: 1, end: 3_600, current: Milliamps(16_000)),
            Schedule.Window(start: 0, end: 3_601, current: Milliamps(16_000)),
            Schedule.Window(start: 0, end: 3_600, current: Milliamps(16_001)),
        ] {
            #expect(other != window)
            #expect(schedule(windows: [window, other]) != schedule(windows: [window, window]))
        }
    }

    private func demand(_ most: Int32, wants: Bool = true, inUse: Int32 = 0) -> SupplyShare.Demand {
        SupplyShare.Demand(wants: wants, most: Milliamps(most), inUse: Milliamps(inUse))
    }

    /// While cars draw more than there is, nobody is given more: not even what it draws without a share.
    @Test func anOverdrawnSupplyGivesNothing() {
        var share = SupplyShare(connectors: 2)
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        share.set(demand(10_000), of: 0)
        share.set(demand(32_000, wants: false), of: 1)
        share.divide(Milliamps(20_000), at: start)
        #expect(share.share(of: 0) == Milliamps(10_000) && share.share(of: 1) == .zero)
        share.set(demand(10_000, inUse: 30_000), of: 0)
        share.set(demand(10_000, inUse: 8_000), of: 1)
        share.divide(Milliamps(20_000), at: start + .seconds(1))
        #expect(share.share(of: 0) == Milliamps(10_000) && share.share(of: 1) == .zero)
        // Nor is anything taken from who would be given more.
        share.set(demand(32_000, inUse: 10_000), of: 0)
        share.set(demand(32_000, inUse: 30_000), of: 1)
        share.divide(Milliamps(24_000), at: start + .seconds(2))
        #expect(share.share(of: 0) == Milliamps(10_000) && share.share(of: 1) == .zero)
    }

    /// What a lowered connector does not draw is free at once; what one draws already is part of its raise, and no more
    /// than once.
    @Test func whatIsNotDrawnIsFree() {
        let start = MonotonicInstant(nanoseconds: 1_000_000_000)
        var lowered = SupplyShare(connectors: 2)
        lowered.set(demand(32_000), of: 0)
        lowered.divide(Milliamps(32_000), at: start)
        lowered.set(demand(32_000, inUse: 10_000), of: 0)
        lowered.set(demand(32_000), of: 1)
        lowered.divide(Milliamps(32_000), at: start + .seconds(1))
        #expect(lowered.share(of: 0) == Milliamps(16_000) && lowered.share(of: 1) == Milliamps(16_000))
        var raised = SupplyShare(connectors: 1)
        raised.set(demand(16_000, inUse: 8_000), of: 0)
        raised.divide(Milliamps(20_000), at: start)
        #expect(raised.share(of: 0) == Milliamps(16_000))
        var greedy = SupplyShare(connectors: 2)
        greedy.set(demand(16_000, inUse: 30_000), of: 0)
        greedy.set(demand(16_000), of: 1)
        greedy.divide(Milliamps(40_000), at: start)
        #expect(greedy.share(of: 0) == Milliamps(16_000) && greedy.share(of: 1) == Milliamps(10_000))
    }

    /// Numbers gone wrong overflow nothing.
    @Test func numbersGoneWrongAreBeyondUse() {
        for (supply, inUse) in [(Int32.max, Int32.max), (.min, .max), (.max, 8_000), (.max, .min)] {
            var share = SupplyShare(connectors: 8)
            for index in 0..<8 { share.set(demand(16_000, inUse: inUse), of: index) }
            for second in Int64(0)...2 {
                share.divide(Milliamps(supply), at: MonotonicInstant(nanoseconds: 0) + .seconds(second))
            }
            let given = supply == .max && inUse < .max ? Int32(16_000) : 0
            for index in 0..<8 { #expect(share.share(of: index) == Milliamps(given), "\(supply), \(inUse)") }
        }
    }

    /// Who cannot use 6 A, or wants none, takes nobody's place.
    @Test func onlyWhoCanUseItIsServed() {
        for other in [demand(5_999), demand(32_000, wants: false)] {
            var share = SupplyShare(connectors: 2)
            share.set(other, of: 0)
            share.set(demand(32_000), of: 1)
            share.divide(Milliamps(6_000), at: MonotonicInstant(nanoseconds: 1_000_000_000))
            #expect(share.share(of: 0) == .zero && share.share(of: 1) == Milliamps(6_000))
        }
    }

    @Test func aSupplyIsSharedByOneToEight() async throws {
        let none = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SupplyShare(connectors: 0)
        }
        #expect(String(decoding: none.standardErrorContent, as: UTF8.self).contains("shared by 1 to 8 connectors"))
        let nine = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SupplyShare(connectors: 9)
        }
        #expect(String(decoding: nine.standardErrorContent, as: UTF8.self).contains("shared by 1 to 8 connectors"))
        await #expect(processExitsWith: .success) { _ = (SupplyShare(connectors: 1), SupplyShare(connectors: 8)) }
    }

    /// 6 A are enough to be served, and to wait for a turn.
    @Test func sixAmperesAreEnough() {
        var share = SupplyShare(connectors: 2)
        for index in 0..<2 { share.set(demand(6_000), of: index) }
        for (second, first) in [(Int64(0), Int32(6_000)), (899, 6_000), (900, 0)] {
            share.divide(Milliamps(6_000), at: MonotonicInstant(nanoseconds: 0) + .seconds(second))
            #expect(share.share(of: 0) == Milliamps(first), "\(second) s")
        }
    }

    /// Turns pass while not all who want current fit, and only then.
    @Test func whereAllFitNobodysTurnPasses() {
        for idle in [demand(5_999), demand(32_000, wants: false)] {
            for turns in Int64(0)...3 {
                var share = SupplyShare(connectors: 3)
                share.set(idle, of: 0)
                for index in 1...2 { share.set(demand(10_000), of: index) }
                for turn in 0...turns {
                    share.divide(Milliamps(12_000), at: MonotonicInstant(nanoseconds: 0) + .seconds(900 * turn))
                }
                share.divide(Milliamps(6_000), at: MonotonicInstant(nanoseconds: 0) + .seconds(900 * turns))
                #expect(share.share(of: 1) == Milliamps(6_000) && share.share(of: 2) == .zero, "\(turns) turns")
            }
        }
    }
}
