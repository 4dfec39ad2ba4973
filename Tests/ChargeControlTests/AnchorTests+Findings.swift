import ChargeControl
import Quantities
import Testing

/// What reading the sources of other firmware found, each with whose it was: what must be impossible here.
extension AnchorTests {
    /// OpenEVSE: 250 ms of debouncing before an opening. SmartEVSE: a short needed 500 ms.
    @Test(arguments: [PilotLevel.a, .b, .d, .e, .f, .invalid])
    func noDebouncingDelaysAnOpening(to level: PilotLevel) throws {
        for wait in stride(from: Int64(0), through: 1_000, by: 250) {
            var rig = try Rig()
            try rig.startCharging()
            rig.run(.milliseconds(wait))
            rig.car = level
            let opened = try #require(rig.run(within: .seconds(1)) { !$0.output.contactorEnable })
            #expect(opened <= .milliseconds(40), "\(level) after \(wait) ms")
        }
    }

    /// OpenEVSE: its heartbeat's fail-safe of 0 A became 6 A, and intervals above 65 s wrapped (`AnchorTests+Current`).
    /// WARP and SmartEVSE: a request below 6 A, or out of range, became 6 A.
    @Test func lessThanSixAmperesNeverBecomesSix() throws {
        for source in [LimitSource.loadSharing, .owner, .schedule, .grid, .installer] {
            for current in [Int32(0), 1, 100, 5_900, 5_999, -1, -16_000, .min] {
                var rig = try Rig()
                try rig.startCharging()
                rig.limit(source, current)
                rig.step()
                #expect(!rig.isPowered && rig.output.display.offered == .zero, "\(current) mA from \(source)")
                rig.run(.seconds(6)) { #expect(!$0.isPowered) }
                #expect(!rig.output.contactorEnable)
            }
        }
        #expect(throws: ChargeControlError.self) { try DutyCode.encode(Milliamps(80_001)) }
        #expect(throws: ChargeControlError.self) { try DutyCode.encode(Milliamps(-1)) }
    }

    /// OpenEVSE: checks could be switched off for good over the serial line. SmartEVSE: any button cleared a residual trip.
    @Test(arguments: [
        FaultCode.residualDirect, .residualAlternating, .emergencyStop, .contactorWelded, .earthMissing, .enclosureOpen,
    ])
    func noResetClearsWhatStillStandsOrIsNotItsOwn(code: FaultCode) throws {
        var rig = try Rig(options: .with { $0.watchesEarth = true })
        try rig.startCharging()
        rig.run(.seconds(3))
        switch code {
        case .residualDirect: rig.input.residualDirect = true
        case .residualAlternating: rig.input.residualAlternating = true
        case .emergencyStop: rig.input.emergencyStop = true
        case .contactorWelded: rig.isWelded = true
        case .earthMissing: rig.surroundings.earth = false
        default: rig.input.enclosureOpen = true
        }
        if code == .contactorWelded { rig.car = .b }
        try rig.await(.seconds(1)) { $0.stands(code) }
        rig.car = .a
        rig.input.localReset = true
        rig.input.selfTestRequest = true
        for reset in FaultCode.allCases {
            rig.input.technicianReset = reset
            rig.run(.seconds(1)) { #expect($0.stands(code), "\(code) cleared by \(reset)") }
        }
        // Its condition gone, another one's reset still does nothing to it.
        rig.input.residualDirect = false
        rig.isWelded = false
        rig.input.technicianReset = .lockFailed
        rig.run(.seconds(60))
        if code == .residualDirect || code == .contactorWelded { #expect(rig.stands(code)) }
    }

    /// SmartEVSE: an invalid pilot and 3 V were ignored while charging.
    @Test func anInvalidPilotAndThreeVoltsAreNeverIgnoredWhileCharging() throws {
        for voltage in [Int32(3_000), 2_000, 4_000, 1_000, 0, -3_000, -5_000, -9_000, 14_000, -14_000] {
            var rig = try Rig()
            try rig.startCharging()
            rig.pilotOffset = Millivolts(voltage - 6_000)
            rig.run(.milliseconds(40))
            #expect(!rig.output.contactorEnable && !rig.isPowered, "\(voltage) mV")
            rig.run(.seconds(20)) { #expect(!$0.output.contactorEnable) }
            #expect(rig.output.display.fault != nil)
        }
    }

    /// WARP: a shorted proximity contact was a cable of 64 A; open was 13 A. SmartEVSE: both were 13 A.
    @Test func aShortOrNothingIsNeverACable() throws {
        for resistance in [Int32?.none, 0, 10, 74, 2_461, 4_500, 4_501, 1_000_000, -5] {
            var rig = try Rig(cable: .socket)
            rig.input.proximity = resistance.map { Ohms($0) }
            rig.car = .b
            rig.input.authorization = Rig.grant()
            rig.run(.seconds(10)) { #expect(!$0.isPowered && $0.output.display.limit.current == .zero) }
            #expect(rig.begins == 0, "\(String(describing: resistance)) Ω")
        }
    }

    /// SmartEVSE: an override was applied after the cable's limit.
    @Test func noOverridePassesTheCablesLimit() throws {
        for (resistance, rating) in [(Int32(1_500), Int32(13_000)), (680, 20_000), (220, 32_000)] {
            var rig = try Rig(cable: .socket, maximumCurrent: Milliamps(63_000))
            rig.input.proximity = Ohms(resistance)
            rig.draw = Milliamps(10_000)
            try rig.startCharging(Rig.grant(current: Milliamps(80_000)))
            for source in LimitSource.allCases {
                rig.limit(source, 80_000)
                rig.run(.milliseconds(500)) { #expect($0.output.display.offered <= Milliamps(rating), "\(source)") }
            }
            rig.run(.seconds(6)) { #expect($0.output.display.offered == Milliamps(rating)) }
        }
    }

    /// WARP: the 6 mA inputs were ignored for a second after closing.
    @Test func noResidualTripIsIgnoredAfterClosing() throws {
        for isDirect in [true, false] {
            for wait in stride(from: Int64(0), through: 1_200, by: 50) {
                var rig = try Rig()
                try rig.startOffering()
                rig.car = .c
                try rig.await(.seconds(1)) { $0.output.contactorEnable }
                rig.run(.milliseconds(wait))
                if isDirect { rig.input.residualDirect = true } else { rig.input.residualAlternating = true }
                rig.run(.milliseconds(10))
                #expect(!rig.output.contactorEnable, "\(wait) ms after closing")
            }
        }
    }

    /// WARP: a jammed lock was driven for ever. (`noPhaseWaitsForEver` has the rest.)
    @Test func noJammedLockIsDrivenForEver() throws {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        rig.surroundings.lockMoves = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(10)) { $0.stands(.lockFailed) }
        rig.run(.seconds(60)) { #expect(!$0.output.lock) }
        #expect(rig.begins == 0)
    }

    /// WARP: the trip on under-voltage was disarmed by a meter that had gone stale.
    @Test func aStaleMeterNeverDisarmsTheUndervoltageTrip() throws {
        var rig = try Rig(options: .with { $0.watchesVoltage = true })
        try rig.startCharging()
        rig.surroundings.voltage = Millivolts(180_000)
        rig.run(.milliseconds(2_900))
        rig.surroundings.voltage = nil
        rig.run(.seconds(2))
        rig.surroundings.voltage = Millivolts(180_000)
        rig.run(.milliseconds(200))
        #expect(rig.stands(.undervoltage), "what was not heard is no recovery")
        #expect(!rig.output.contactorEnable)
        // A standing trip is not cleared by silence, and silence itself stops.
        rig.surroundings.voltage = nil
        rig.run(.seconds(120))
        #expect(rig.stands(.undervoltage) && rig.stands(.voltageUnknown))
        var silent = try Rig(options: .with { $0.watchesVoltage = true })
        try silent.startCharging()
        silent.surroundings.voltage = nil
        silent.run(.milliseconds(9_990))
        #expect(silent.isPowered)
        silent.run(.milliseconds(30))
        #expect(!silent.isPowered)
    }
}
