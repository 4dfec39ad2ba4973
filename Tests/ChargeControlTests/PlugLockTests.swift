import ChargeControl
import Quantities
import Testing

/// The socket's lock: tries, gives up, unlocks only what is dead.
@Suite struct PlugLockTests {
    private func socket() throws -> Rig {
        var rig = try Rig(cable: .socket, options: .with { $0.hasLock = true })
        rig.surroundings.proximity = Ohms(220)
        return rig
    }

    @Test func nothingBeginsBeforeThePlugIsLocked() throws {
        var rig = try socket()
        rig.surroundings.lockTime = .milliseconds(900)
        rig.car = .b
        rig.input.authorization = Rig.grant()
        rig.run(.milliseconds(850)) { #expect($0.begins == 0) }
        rig.run(.seconds(2))
        #expect(rig.begins == 1 && rig.surroundings.lock == .locked)
    }

    /// Three attempts of a second, two seconds apart, and not a fourth.
    @Test func threeAttemptsThenNoCharge() throws {
        var rig = try socket()
        rig.surroundings.lockMoves = false
        rig.car = .b
        rig.input.authorization = Rig.grant()
        try rig.await(.seconds(2)) { $0.output.lock }
        let start = rig.now
        var changes: [Int64] = []
        var last = true
        rig.run(.seconds(30)) {
            if $0.output.lock != last { changes.append(($0.now - start).wholeMilliseconds) }
            last = $0.output.lock
        }
        #expect(changes == [1_000, 3_000, 4_000, 6_000, 7_000])
        #expect(rig.stands(.lockFailed) && rig.begins == 0)
        // The unplug clears it, and a lock that moves again charges.
        rig.surroundings.lockMoves = true
        rig.car = .a
        rig.run(.seconds(2))
        #expect(!rig.stands(.lockFailed))
        rig.car = .b
        try rig.await(.seconds(3)) { $0.phase == .offering }
    }

    @Test func aPlugThatStaysLockedIsAnAlarmAndNoMore() throws {
        var rig = try socket()
        try rig.startCharging()
        rig.surroundings.lockMoves = false
        rig.car = .a
        try rig.await(.seconds(12)) { $0.stands(.unlockFailed) }
        #expect(rig.phase == .idle && rig.endReasons == [.unplugged])
    }

    @Test func aLockLostWhileChargingStopsGentlyAndIsTriedAgain() throws {
        var rig = try socket()
        try rig.startCharging()
        rig.surroundings.lockMoves = false
        rig.surroundings.lock = .unlocked
        rig.run(.milliseconds(60))
        #expect(rig.isPowered)
        rig.run(.milliseconds(40))
        #expect(!rig.isPowered && rig.output.contactorEnable && rig.stands(.lockLost))
        rig.surroundings.lockMoves = true
        rig.live(.seconds(40))
        #expect(rig.output.contactorEnable && rig.endReasons.isEmpty && rig.surroundings.lock == .locked)
    }

    /// Not for one step is the plug of a live contactor free, whatever is unknown.
    @Test func unlockedOnlyWhenDead() throws {
        let lies: [@Sendable (inout ContactorFeedback) -> Void] = [
            { $0 = .unknown }, { $0.mirror = .closed }, { $0.firstLoad = .closed }, { $0.thirdLoad = .closed },
        ]
        for (index, lie) in lies.enumerated() {
            var rig = try socket()
            try rig.startCharging()
            rig.feedback = lie
            rig.draw = .zero
            rig.car = .a
            rig.run(.seconds(20)) { #expect($0.output.lock, "lie \(index)") }
            rig.feedback = { _ in }
            rig.run(.seconds(2))
            #expect(!rig.output.lock)
        }
        // Current flows though all feedbacks say open, either way round.
        for current in [Int32(600), -600] {
            var rig = try socket()
            try rig.startCharging()
            rig.car = .a
            rig.run(.seconds(2))
            rig.currentsAreMeasured = true
            rig.flowsWhileOpen = Milliamps(current)
            rig.run(.seconds(1))
            #expect(rig.output.lock, "\(current) mA")
        }
    }

    @Test func aFailingSupplyFreesADeadPlug() throws {
        var rig = try socket()
        try rig.startOffering()
        rig.input.supplyLow = true
        rig.run(.milliseconds(10))
        #expect(!rig.output.lock)
        var live = try socket()
        try live.startCharging()
        live.isWelded = true
        live.input.supplyLow = true
        live.run(.seconds(2)) { #expect($0.output.lock) }
    }
}
