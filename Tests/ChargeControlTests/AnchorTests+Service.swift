import ChargeControl
import Quantities
import Testing

/// Service mode: what must be impossible while a technician has the charger.
extension AnchorTests {
    private func inService(_ cable: CableArrangement? = nil, hasLock: Bool = false) throws -> Rig {
        var rig: Rig
        if let cable {
            rig = try Rig(cable: cable, options: .with { $0.hasLock = hasLock })
            rig.surroundings.proximity = Ohms(100_000)
        } else {
            rig = try Rig()
        }
        rig.draw = .zero
        try rig.enterService()
        return rig
    }

    /// A shell that hangs or died keeps nothing: the core ends it by itself.
    @Test func aShellThatFellSilentKeepsNoServiceMode() throws {
        var rig = try inService()
        rig.technicianIsHeard = false
        let silent = try #require(rig.run(within: .seconds(20)) { !$0.isInService })
        #expect(silent <= .milliseconds(5_010) && rig.output.service.ended == .silent)
    }

    /// Ten minutes, whatever a shell goes on asking for, and not again under the same number.
    @Test func noServiceModeStandsForEver() throws {
        var rig = try inService()
        let stood = try #require(rig.run(within: .seconds(700)) { !$0.isInService })
        #expect(stood <= .seconds(600))
        rig.run(.seconds(10)) { #expect(!$0.isInService) }
    }

    /// A plug that was pulled a moment ago may be on its way back.
    @Test func noServiceModeBeginsBesideACarThatHasJustLeft() throws {
        for wait in stride(from: Int64(100), through: 4_900, by: 400) {
            var rig = try Rig()
            rig.run(.seconds(6))
            rig.car = .b
            rig.run(.milliseconds(200))
            rig.car = .a
            rig.run(.milliseconds(wait))
            rig.ask()
            #expect(!rig.isInService, "\(wait) ms behind the car")
        }
    }

    /// One sample that is not the empty plug's opens, before any persistence.
    @Test func noTestKeepsTheContactorClosedOntoACar() throws {
        for level in [PilotLevel.b, .c, .d, .e, .f, .invalid] {
            var rig = try inService()
            rig.begin(.contactor(.seconds(2)))
            rig.run(.milliseconds(300))
            rig.car = level
            rig.step()
            #expect(!rig.output.contactorEnable, "\(level)")
        }
    }

    /// Two seconds, whatever is asked for.
    @Test func noTestKeepsTheContactorClosedBeyondItsTime() throws {
        for time in [Int64(1), 500, 2_000, 2_001, 10_000, 600_000] {
            var rig = try inService()
            rig.begin(.contactor(.milliseconds(time)))
            var closed = Nanoseconds.zero
            rig.run(.seconds(12)) { if $0.output.contactorEnable { closed += .milliseconds(5) } }
            #expect(closed <= min(.milliseconds(max(time, 5)), .seconds(2)), "\(time) ms")
        }
    }

    /// A period that comes late sees nothing meanwhile.
    @Test func noTestGoesOnInALateLoop() throws {
        for period in [Int64(21), 30, 44] {
            var rig = try inService()
            rig.begin(.contactor(.seconds(2)))
            rig.run(.milliseconds(300))
            rig.step(after: .milliseconds(period))
            #expect(!rig.output.contactorEnable, "\(period) ms")
        }
    }

    /// A fault that opens ends it, and the contactor stays open for whoever goes on asking.
    @Test func noServiceModeOutlivesAFaultThatOpens() throws {
        var rig = try inService()
        rig.begin(.contactor(.seconds(2)))
        rig.run(.milliseconds(300))
        rig.input.emergencyStop = true
        rig.run(.milliseconds(10))
        #expect(!rig.output.contactorEnable && !rig.isInService)
        rig.input.emergencyStop = false
        rig.begin(.contactor(.seconds(2)), number: 2)
        rig.run(.seconds(5)) { #expect(!$0.output.contactorEnable) }
    }

    /// A lock that a test finds stuck is the fault that a session would have found.
    @Test func noLockThatWasFoundStuckHoldsTheNextPlug() throws {
        var rig = try inService(.socket, hasLock: true)
        rig.surroundings.lockMoves = false
        rig.begin(.lock(.seconds(5)))
        try rig.finishTest()
        rig.ask(visit: 0)
        #expect(rig.stands(.lockFailed))
        rig.surroundings.lockMoves = true
        rig.surroundings.proximity = Ohms(220)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.seconds(20)) { #expect($0.begins == 0) }
    }
}
