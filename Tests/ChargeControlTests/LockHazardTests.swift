import ChargeControl
import Quantities
import Testing

/// The lock of a socket against what goes wrong around it: a plug that may be live is never driven open, and a plug that is
/// not held is never made live.
@Suite struct LockHazardTests {
    private func socket() throws -> Rig {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        return rig
    }

    private func charging() throws -> Rig {
        var rig = try socket()
        try rig.startCharging()
        #expect(rig.surroundings.lock == .locked)
        return rig
    }

    /// The lock's own retries would back off towards open: not with current flowing.
    @Test(arguments: [LockFeedback.unknown, .unlocked])
    func aLockWhoseFeedbackIsLostIsNotDrivenOpenWhileTheContactsAreClosed(says: LockFeedback) throws {
        var rig = try charging()
        rig.surroundings.lockMoves = false
        rig.surroundings.lock = says
        // The car ignores x1, so that the contacts stay closed for 6 s: two attempts and their pauses.
        var closedFor = Nanoseconds.zero
        rig.run(.seconds(8)) { rig in
            guard rig.contactsClosed else { return }
            closedFor += .milliseconds(5)
            #expect(rig.output.lock, "\(rig.now)")
        }
        #expect(rig.stands(.lockLost))
        #expect(closedFor > .seconds(6))
    }

    /// Three attempts in vain end the driving of a dead plug; a weld behind it keeps it locked.
    @Test(arguments: [LockFeedback.unknown, .unlocked])
    func afterFailedAttemptsAWeldedPlugIsStillDrivenTowardsLocked(says: LockFeedback) throws {
        var rig = try charging()
        rig.isWelded = true
        rig.surroundings.lockMoves = false
        rig.surroundings.lock = says
        rig.run(.seconds(60)) { #expect($0.output.lock, "\($0.now)") }
        #expect(rig.stands(.contactorWelded) && rig.phase == .ended)
    }

    /// Nothing is known of the contactor and nothing of the currents: the plug may be live, whatever the phase.
    @Test(arguments: ["withdrawn", "hard shutdown"])
    func aPlugWhoseContactorIsUnseenIsNotFreed(cause: String) throws {
        var rig = try charging()
        rig.isWelded = true
        rig.feedbackIsKnown = false
        rig.currentsAreMeasured = false
        if cause == "withdrawn" { rig.input.authorization = nil } else { rig.input.hardShutdown = true }
        rig.run(.seconds(30)) { #expect($0.output.lock, "\($0.phase)") }
        #expect(rig.phase == .ended)
        rig.isWelded = false
        rig.feedbackIsKnown = true
        rig.run(.milliseconds(100))
        #expect(!rig.output.lock, "proven open")
    }

    /// A transformer may be mounted the wrong way round: current is current.
    @Test(arguments: [Int32(16_000), -16_000])
    func aPlugThatCarriesCurrentEitherWayIsNotFreed(draw: Int32) throws {
        var rig = try charging()
        rig.draw = Milliamps(draw)
        rig.isWelded = true
        // Both feedbacks lie: the current alone tells.
        rig.feedback = { $0 = ContactorFeedback(mirror: .open, load: .open) }
        rig.input.authorization = nil
        rig.run(.seconds(30)) { #expect($0.output.lock) }
        #expect(rig.phase == .ended)
    }

    /// A failing supply frees a dead plug. If the lock jams then, the session cannot go on.
    @Test(arguments: [PilotLevel.b, .c])
    func nothingIsOfferedOnAPlugThatABrownOutFreed(car: PilotLevel) throws {
        var rig = try charging()
        rig.input.supplyLow = true
        rig.run(.seconds(1))
        rig.car = .b
        rig.run(.milliseconds(500))
        #expect(!rig.output.contactorEnable && rig.surroundings.lock == .unlocked)
        rig.surroundings.lockMoves = false
        rig.input.supplyLow = false
        // For 5 s after the supply's failure nothing would be offered anyway.
        rig.run(.milliseconds(5_500)) { #expect(!$0.isPowered) }
        #expect(rig.phase == .held && !rig.stands(.brownOut))
        rig.car = car
        rig.run(.seconds(30)) { #expect(!$0.isPowered && !$0.output.contactorEnable) }
        #expect(rig.raised(.lockFailed) == 1)
        #expect(rig.endReasons == [.fault])
    }

    @Test func aFreedPlugThatIsLockedAgainGoesOn() throws {
        var rig = try charging()
        rig.input.supplyLow = true
        rig.run(.seconds(1))
        rig.car = .b
        rig.run(.milliseconds(500))
        rig.input.supplyLow = false
        try rig.await(.seconds(10)) { $0.isPowered }
        #expect(rig.surroundings.lock == .locked)
        rig.car = .c
        try rig.await(.seconds(2)) { $0.output.contactorEnable }
        #expect(rig.endReasons.isEmpty)
    }

    /// Too short for the lock to count as lost, but just then the contactor would close.
    @Test func aPlugThatIsNotHeldAtTheMomentOfClosingWaits() throws {
        var rig = try socket()
        try rig.startOffering()
        rig.car = .c
        rig.run(.milliseconds(480))
        rig.surroundings.lockMoves = false
        rig.surroundings.lock = .unlocked
        rig.run(.milliseconds(50)) { #expect(!$0.output.contactorEnable) }
        #expect(!rig.stands(.lockLost))
        rig.surroundings.lock = .locked
        try rig.await(.milliseconds(20)) { $0.output.contactorEnable }
    }

    /// In an empty socket a dropout of the contactor's feedback is not worth a plug that cannot be pushed in.
    @Test func aFlickerOfFeedbackLocksNoEmptySocket() throws {
        var rig = try socket()
        rig.surroundings.proximity = Ohms(10_000)
        rig.run(.seconds(1))
        #expect(rig.phase == .idle)
        for _ in 0..<100 {
            rig.feedbackIsKnown = false
            rig.run(.milliseconds(15)) { #expect(!$0.output.lock) }
            rig.feedbackIsKnown = true
            rig.run(.milliseconds(35)) { #expect(!$0.output.lock) }
        }
        // One that lasts is another matter.
        rig.feedbackIsKnown = false
        rig.run(.milliseconds(50))
        #expect(rig.output.lock)
    }

    /// A lock that could not be opened is driven no more; a flicker of the contactor's feedback is no new wish.
    @Test func aFlickerOfFeedbackGivesAJammedLockNoFurtherAttempts() throws {
        var rig = try charging()
        rig.surroundings.lockMoves = false
        rig.input.authorization = nil
        rig.car = .b
        try rig.await(.seconds(30)) { $0.stands(.unlockFailed) }
        for _ in 0..<200 {
            rig.feedbackIsKnown = false
            rig.run(.milliseconds(15)) { #expect(!$0.output.lock && $0.stands(.unlockFailed)) }
            rig.feedbackIsKnown = true
            rig.run(.milliseconds(35)) { #expect(!$0.output.lock && $0.stands(.unlockFailed)) }
        }
    }

    /// The program before may have left it locked on a weld: what is locked stays so until the plug was seen dead once.
    @Test(arguments: [LockFeedback.locked, .unknown])
    func aPlugThatIsLockedAtTheStartIsNotDrivenOpenBeforeItIsProvenDead(first: LockFeedback) throws {
        var rig = try socket()
        rig.isWelded = true
        rig.surroundings.lock = first
        rig.surroundings.lockMoves = false
        rig.run(.milliseconds(10)) { #expect($0.output.lock, "\($0.now)") }
        rig.surroundings.lock = .locked
        rig.run(.seconds(5)) { #expect($0.output.lock, "\($0.now)") }
        var dead = try socket()
        dead.surroundings.lock = .locked
        try dead.await(.milliseconds(50)) { !$0.output.lock }
        var empty = try socket()
        empty.feedbackIsKnown = false
        empty.surroundings.lock = .unlocked
        empty.run(.milliseconds(15)) { #expect(!$0.output.lock, "\($0.now)") }
    }
}
