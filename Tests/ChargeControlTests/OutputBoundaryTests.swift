import ChargeControl
import Quantities
import Testing

/// What goes out in the steps in which something else happens as well (`ChargeController+Outputs.swift`).
@Suite struct OutputBoundaryTests {
    /// State F is for a car: a fault that is raised while an unplugged session waits for its last reading shows none.
    @Test func noStateFForAPlugThatWasPulled() throws {
        var rig = try Rig(options: .with { $0.watchesEarth = true })
        try rig.startCharging()
        rig.meterAnswers = false
        rig.car = .a
        rig.run(.milliseconds(500))
        #expect(rig.phase == .ending)
        rig.surroundings.earth = false
        rig.run(.seconds(2)) { #expect($0.output.pilot == .x1) }
        #expect(rig.raised(.earthMissing) == 1)
    }

    /// A hard shutdown is complete when its session is.
    @Test func aHardShutdownAloneBeginsNothing() throws {
        var rig = try Rig()
        rig.run(.milliseconds(100))
        rig.input.hardShutdown = true
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(3)) { #expect($0.phase != .preparing && $0.output.shutdownComplete) }
        #expect(rig.begins == 0)
    }

    private func socket(bench: Bool = false) throws -> Rig {
        var rig = try Rig(
            cable: .socket, bench: bench, benchAllowed: bench, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        rig.feedbackIsKnown = !bench
        rig.run(.milliseconds(500))
        return rig
    }

    /// What is locked stays so at once: a pole that is not proven open for one step lets no plug go.
    @Test func aFlickerWhilePreparingLetsNoPlugGo() throws {
        var rig = try socket()
        rig.meterAnswers = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(3)) { $0.phase == .preparing && $0.input.lock == .locked }
        rig.feedback = { $0.firstLoad = .closed }
        rig.step()
        #expect(rig.phase == .waiting && rig.output.lock)
        rig.run(.milliseconds(100)) { #expect($0.output.lock) }
    }

    /// A socket without a lock has none that could fail: what it is told stays the plain wish, whatever the input says.
    @Test func aSocketWithoutALockMakesNoAttempts() throws {
        var rig = try Rig(cable: .socket)
        rig.surroundings.proximity = Ohms(220)
        rig.surroundings.lockMoves = false
        try rig.startCharging()
        rig.run(.seconds(12)) { #expect($0.output.lock) }
        #expect(rig.phase == .charging)
    }

    /// A failing supply frees a plug that is dead, and no other: with nothing but the command to go by, the command counts.
    @Test func aBlindBenchKeepsTheLockWhileItsContactorIsToldToClose() throws {
        var rig = try socket(bench: true)
        rig.currentsAreMeasured = false
        try rig.startCharging()
        rig.input.supplyLow = true
        rig.step()
        #expect(rig.output.lock)
    }

    /// What a car draws beyond its promise is in use.
    @Test func aSharedSupplyIsToldWhatIsDrawn() throws {
        var rig = try Rig()
        rig.limit(.owner, 10_000)
        rig.draw = Milliamps(10_000)
        try rig.startCharging()
        rig.run(.seconds(6))
        rig.draw = Milliamps(14_000)
        rig.step()
        rig.step()
        #expect(rig.output.demand.inUse == Milliamps(14_000))
        // Nor less than what it may take at any moment.
        rig.draw = Milliamps(3_000)
        rig.step()
        rig.step()
        #expect(rig.output.demand.inUse == Milliamps(10_000))
        // Not what flows past a contactor that is open.
        rig.flowsWhileOpen = Milliamps(14_000)
        rig.car = .b
        rig.run(.seconds(1))
        #expect(!rig.output.contactorEnable && rig.output.demand.inUse == Milliamps(10_000))
    }

    /// Half an ampere at the opening is a load.
    @Test(arguments: [Int32(499), 500])
    func anOpeningUnderLoadForbidsTheSwitch(milliamps: Int32) throws {
        var rig = try Rig(
            options: .with {
                $0.switchesPhases = true
                $0.wakeUp = .never
            })
        rig.draw = Milliamps(milliamps)
        try rig.startCharging()
        rig.run(.seconds(1))
        rig.car = .b
        rig.run(.seconds(1))
        #expect(!rig.output.contactorEnable)
        rig.input.wantedPhases = .single
        rig.run(.seconds(1))
        #expect(rig.output.phases == (milliamps < 500 ? .single : .three))
    }
}
