import ChargeControl
import Quantities
import Testing

/// The one arbiter: order, reasons, expiries, for every source.
@Suite struct ArbiterTests {
    private let now = MonotonicInstant(nanoseconds: 9_000_000_000)

    private func arbiter(_ current: Int32) -> CurrentArbiter {
        var arbiter = CurrentArbiter()
        for source in LimitSource.allCases {
            arbiter.set(CurrentLimit(Milliamps(current), because: .configured), from: source)
        }
        return arbiter
    }

    @Test func theOrderIsTheOneThatIsWrittenDown() {
        #expect(
            LimitSource.allCases == [
                .session, .loadSharing, .owner, .technician, .schedule, .grid, .installer, .temperature, .phase,
                .hardware, .cable,
            ])
        // Of equal limits the last one answers.
        for (position, source) in LimitSource.allCases.enumerated() {
            var arbiter = arbiter(32_000)
            for lower in LimitSource.allCases.prefix(position + 1) {
                arbiter.set(CurrentLimit(Milliamps(16_000), because: .ownerChoice), from: lower)
            }
            #expect(arbiter.offer(at: now).source == source)
            #expect(source.position() == position)
        }
    }

    /// Every source alone can lower, none can lift: for each pair the lower one holds.
    @Test func theLeastOfEveryPairHolds() {
        for low in LimitSource.allCases {
            for high in LimitSource.allCases where high != low {
                var arbiter = arbiter(32_000)
                arbiter.set(CurrentLimit(Milliamps(10_000), because: .gridOperator), from: low)
                arbiter.set(CurrentLimit(Milliamps(80_000), because: .ownerChoice), from: high)
                let offer = arbiter.offer(at: now)
                #expect(offer.current == Milliamps(10_000) && offer.source == low && offer.reason == .gridOperator)
            }
        }
    }

    @Test(arguments: LimitSource.allCases)
    func everySourcesLimitExpires(source: LimitSource) {
        var arbiter = arbiter(32_000)
        for failSafe in [Int32(0), 6_000, 20_000] {
            arbiter.set(
                CurrentLimit(Milliamps(16_000), because: .shared, until: now, failSafe: Milliamps(failSafe)),
                from: source)
            let before = arbiter.offer(at: now - Nanoseconds(1))
            #expect(before.current == Milliamps(16_000) && before.reason == .shared && before.source == source)
            for later in [Nanoseconds.zero, Nanoseconds(1), .seconds(1_000_000)] {
                let after = arbiter.offer(at: now + later)
                #expect(after.current == Milliamps(min(failSafe, 16_000)) && after.reason == .expired)
                #expect(after.source == source)
            }
        }
    }

    @Test func whoNeverSpokeHasNoSayButForTheThreeThatMust() {
        for source in LimitSource.allCases {
            var arbiter = arbiter(32_000)
            arbiter.set(nil, from: source)
            #expect(arbiter.offer(at: now).current == Milliamps(32_000))
        }
        var fresh = CurrentArbiter()
        for source in [LimitSource.session, .hardware, .cable] {
            #expect(fresh.offer(at: now).current == .zero && fresh.offer(at: now).reason == .missing)
            fresh.set(CurrentLimit(Milliamps(20_000), because: .configured), from: source)
        }
        #expect(fresh.offer(at: now).current == Milliamps(20_000))
    }

    /// Random limits: the offer is the least of them, rounded down to a code, and has its source.
    @Test func randomLimitsAreNeverExceeded() throws {
        var random = SeededRandom(seed: 10)
        for _ in 0..<20_000 {
            var arbiter = CurrentArbiter()
            var least = Int32.max
            for source in LimitSource.allCases {
                let must = source == .session || source == .hardware || source == .cable
                if !must, random.chance(oneIn: 3) { continue }
                let current = Int32(random.below(90_000)) - 2_000
                arbiter.set(CurrentLimit(Milliamps(current), because: .configured), from: source)
                least = min(least, current)
            }
            let offer = arbiter.offer(at: now)
            #expect(offer.limit == Milliamps(least))
            #expect(offer.current == DutyCode.encodable(notAbove: Milliamps(least)))
            #expect(offer.current.rawValue <= max(least, 0))
            _ = try DutyCode.encode(offer.current)
        }
    }

    @Test func everySourceAndReasonHasItsWords() {
        for source in LimitSource.allCases { #expect(source.words.utf8CodeUnitCount > 2) }
        for reason in LimitReason.allCases { #expect(reason.words.utf8CodeUnitCount > 4) }
        let words = LimitReason.allCases.map { "\($0.words)" }
        #expect(Set(words).count == words.count)
    }

    /// The grid's limit is obeyed in the next step, whatever the others say, in both directions of the contactor.
    @Test func theGridsLimitIsObeyedInTheNextStep() throws {
        for start in [Int32(32_000), 16_000] {
            for limit in [Int32(10_000), 6_000, 5_999, 0] {
                var rig = try Rig()
                try rig.startCharging(Rig.grant(current: Milliamps(start)))
                rig.run(.milliseconds(200))
                for source in [LimitSource.loadSharing, .owner, .schedule, .installer] { rig.limit(source, 80_000) }
                rig.limit(.grid, limit)
                rig.step()
                #expect(rig.output.display.offered == Milliamps(limit >= 6_000 ? limit : 0))
                #expect(rig.output.display.limit.source == .grid)
                #expect(rig.isPowered == (limit >= 6_000))
            }
        }
        // Before the contactor closed, too.
        var offering = try Rig()
        try offering.startOffering()
        offering.limit(.grid, 0)
        offering.step()
        #expect(!offering.isPowered)
        offering.limit(.grid, 8_000)
        offering.run(.milliseconds(5_010))
        #expect(offering.output.display.offered == Milliamps(8_000))
    }

    /// What the core owns is not taken from outside.
    @Test func theCoresOwnSourcesAreNotReadFromOutside() throws {
        for source in [LimitSource.session, .temperature, .phase, .hardware, .cable] {
            var rig = try Rig()
            rig.limit(source, 80_000)
            try rig.startCharging(Rig.grant(current: Milliamps(20_000)))
            #expect(rig.output.display.offered == Milliamps(20_000), "\(source)")
            rig.limit(source, 0)
            rig.run(.milliseconds(50))
            #expect(rig.output.display.offered == Milliamps(20_000), "\(source)")
        }
    }
}
