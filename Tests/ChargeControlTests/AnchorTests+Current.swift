import ChargeControl
import Quantities
import Testing

/// Current: limits that lasted too long, were lifted, or tripped the wrong one.
extension AnchorTests {
    /// open_evse #95: solar lowered the pilot, the car followed in its 5 s, and the charger tripped on over-current.
    @Test func aCarThatFollowsALoweredPilotInItsFiveSecondsNeverTrips() throws {
        var rig = try Rig()
        try rig.startCharging()
        rig.draw = Milliamps(32_000)
        var promises: [(at: MonotonicInstant, current: Milliamps)] = []
        for current in [Int32(32_000), 26_000, 20_000, 14_000, 9_000, 6_000] {
            rig.limit(.owner, current)
            rig.run(.seconds(3)) { _ in }
            promises.append((rig.now - .seconds(3), Milliamps(current)))
            // 4.9 s after a promise the car draws by it.
            let followed = promises.last { rig.now - $0.at >= .milliseconds(4_900) }
            rig.draw = followed?.current ?? Milliamps(32_000)
        }
        rig.run(.milliseconds(1_900))
        rig.draw = Milliamps(6_000)
        rig.run(.seconds(20))
        #expect(rig.raised(.overcurrent) == 0)
        #expect(rig.output.contactorEnable)
        // And a car that does not follow at all is shown for what it does.
        rig.draw = Milliamps(14_000)
        try rig.await(.seconds(13)) { $0.output.display.fault == .overcurrent }
    }

    /// OpenEVSE_ESP32 #248, #203, #628 and #841: the broker was gone, and its last current stayed for ever.
    @Test func aLimitWhoseSenderIsGoneNeverLasts() throws {
        for source in [LimitSource.loadSharing, .owner, .schedule, .grid, .installer] {
            for (failSafe, expected) in [(Int32(6_000), Int32(6_000)), (0, 0), (5_999, 0), (32_000, 16_000)] {
                var rig = try Rig()
                try rig.startCharging()
                // 70 s is more than 16 bits of milliseconds hold.
                let expiry = rig.now + .seconds(source == .grid ? 70 : 3)
                rig.input.limits[source] = CurrentLimit(
                    Milliamps(16_000), because: .supplyLimit, until: expiry, failSafe: Milliamps(failSafe))
                while rig.now + .milliseconds(5) < expiry {
                    rig.step()
                    #expect(rig.output.display.offered == Milliamps(16_000))
                }
                rig.step()
                #expect(rig.output.display.offered == Milliamps(expected), "\(source), fail-safe \(failSafe) mA")
                #expect(rig.isPowered == (expected > 0))
                #expect(rig.output.display.limit.reason == .expired)
            }
        }
    }

    /// OpenEVSE_ESP32 #866: anybody could raise the current above what the installer had set.
    @Test func noOwnerSessionOrScheduleLiftsTheInstallersLimit() throws {
        var rig = try Rig()
        try rig.startCharging(Rig.grant(current: Milliamps(32_000)))
        rig.limit(.installer, 10_000)
        rig.run(.milliseconds(10))
        #expect(rig.output.display.offered == Milliamps(10_000))
        for source in [LimitSource.loadSharing, .owner, .schedule, .grid, .session, .temperature, .hardware, .cable] {
            rig.limit(source, 80_000)
            rig.run(.seconds(6)) { #expect($0.output.display.offered <= Milliamps(10_000), "\(source)") }
        }
        rig.input.authorization = Rig.grant(current: Milliamps(80_000))
        rig.run(.seconds(6)) { #expect($0.output.display.offered <= Milliamps(10_000)) }
        #expect(rig.output.display.limit.source == .installer)
    }

    /// EVerest #1038: one phase was given the power of three for ten minutes, and the breaker went.
    @Test func noSinglePhaseEverCarriesTheBudgetOfThree() throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.singlePhaseMaximum = Milliamps(16_000)
                $0.phaseSwitchPause = .seconds(15)
            })
        rig.input.wantedPhases = .single
        rig.input.authorization = Rig.grant()
        rig.run(.milliseconds(100))
        // From the first step with PWM on.
        rig.live(.seconds(12)) {
            if $0.output.phases == .single { #expect($0.output.display.offered <= Milliamps(16_000)) }
        }
        #expect(rig.output.phases == .single && rig.output.contactorEnable)
        #expect(rig.output.display.limit.source == .phase)
        #expect(rig.output.display.limit.reason == .singlePhase)
        rig.input.wantedPhases = .three
        // Ten minutes after the first selection the phases may be switched, and 21 s later current flows again.
        for duration in [Nanoseconds.seconds(615), .seconds(5)] {
            rig.live(duration, every: .milliseconds(10)) {
                if $0.output.phases == .single { #expect($0.output.display.offered <= Milliamps(16_000)) }
            }
        }
        #expect(rig.output.phases == .three)
        #expect(rig.output.display.offered == Milliamps(32_000))
    }

    /// esp32-firmware #263: the manager gave current away before it knew who was there.
    @Test func noShareIsGivenBeforeTheConnectorsWereHeard() {
        var share = SupplyShare(connectors: 4)
        let now = MonotonicInstant(nanoseconds: 0)
        for index in 0..<4 { #expect(share.share(of: index) == .zero) }
        share.divide(Milliamps(32_000), at: now)
        for index in 0..<4 { #expect(share.share(of: index) == .zero) }
        // Started anew while two cars still draw: they count before anybody gets more.
        share.set(SupplyShare.Demand(wants: true, most: Milliamps(32_000), inUse: .zero), of: 0)
        for index in 1...2 {
            share.set(SupplyShare.Demand(wants: false, most: .zero, inUse: Milliamps(14_000)), of: index)
        }
        share.divide(Milliamps(32_000), at: now + .seconds(1))
        #expect(share.share(of: 0) == .zero)
    }

    /// warp-charger #76; evcc #33054, #31899 and #22348: the phases were not switched, and nobody said so.
    @Test func aPhaseSwitchThatFailedIsNeverSilent() throws {
        func single() throws -> Rig {
            var rig = try Rig(options: .with { $0.switchesPhases = true })
            rig.input.wantedPhases = .single
            return rig
        }
        // The second contactor hangs though only L1 is to close: seen by its mirror contact …
        var mirrored = try single()
        try mirrored.startCharging()
        mirrored.feedback = { $0.secondMirror = .closed }
        try mirrored.await(.milliseconds(320)) { $0.stands(.contactorNotOpened) }
        // … by the voltage behind it, where no mirror contact says that a car has bridged the phases …
        var live = try single()
        try live.startCharging()
        live.feedback = {
            $0.secondMirror = .unknown
            $0.thirdLoad = .closed
        }
        try live.await(.milliseconds(320)) { $0.stands(.contactorWelded) }
        // … and where no feedback tells, by the currents.
        var blind = try single()
        blind.feedback = {
            $0.secondMirror = .open
            $0.secondLoad = .unknown
            $0.thirdLoad = .unknown
        }
        try blind.startCharging()
        blind.flowsUnbidden = Milliamps(1_001)
        try blind.await(.milliseconds(320)) { $0.stands(.phasesUnbidden) }
        #expect(!blind.output.contactorEnable)
        // The other way: three were asked for and only L1 came.
        var missing = try Rig(options: .with { $0.switchesPhases = true })
        missing.feedback = {
            $0.secondMirror = .open
            $0.secondLoad = .open
            $0.thirdLoad = .open
        }
        try missing.startOffering()
        missing.car = .c
        try missing.await(.seconds(2)) { $0.stands(.contactorNotClosed) }
    }

    /// evcc #33658: L2 and L3 switched while L1 was closed may short phases in the car.
    @Test func noPhaseEverMovesWhileAPoleIsClosed() throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.phaseSwitchPause = .seconds(15)
            })
        rig.contactorDelay = .milliseconds(250)
        try rig.startOffering()
        var phases = rig.output.phases
        var moves = 0
        var openSince: MonotonicInstant?
        for wanted in [PhaseMode.single, .three] {
            rig.input.wantedPhases = wanted
            rig.live(.seconds(640), every: .milliseconds(10)) { rig in
                openSince = rig.contactsClosed ? nil : openSince ?? rig.now
                if rig.output.phases == phases { return }
                phases = rig.output.phases
                moves += 1
                #expect(!rig.contactsClosed && !rig.output.contactorEnable)
                if let openSince { #expect(rig.now - openSince >= .milliseconds(100)) }
            }
            #expect(rig.contactsClosed)
        }
        #expect(moves == 2)
    }
}
