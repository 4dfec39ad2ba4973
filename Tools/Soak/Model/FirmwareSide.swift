import ChargeControl
import Quantities

/// What the firmware around the core does: records made durable after a while, grants, limits, restarts.
struct FirmwareSide: Sendable {
    var slot: UInt32 = 0
    /// When the next grant comes; never while one stands.
    var grantsAt = Int64.max
    var pending: UInt32 = 0
    var durableAt = Int64.max
    /// No record becomes durable before that moment.
    var stalledUntil: Int64 = 0
    /// The latches that stand in the records, one bit a row.
    var latched: UInt64 = 0
    var wear = ContactorWear()
    /// A limit of zero by one source, until then.
    var limitedUntil: Int64 = 0
    var stopsUntil: Int64 = 0
    var shutsDown = false
    var shutdownAt = Int64.max
    var resetsAt = Int64.max
    var phasesAt = Int64.max
}

extension World {
    mutating func moveFirmware() {
        acknowledge()
        grant()
        input.recordStore = isCaused(.recordsFailed) ? .failed : isCaused(.recordsNearlyFull) ? .nearlyFull : .ok
        if now >= firmware.limitedUntil, firmware.limitedUntil > 0 {
            firmware.limitedUntil = 0
            input.limits[.owner] = nil
        }
        input.ownerStop = now < firmware.stopsUntil
        reset()
        input.softShutdown = firmware.shutsDown
        input.hardShutdown = firmware.shutsDown && now >= firmware.shutdownAt
        if firmware.shutsDown, seen.isComplete { restart() }
    }

    private mutating func acknowledge() {
        guard firmware.pending != 0, now >= firmware.durableAt, now >= firmware.stalledUntil,
            !isCaused(.recordsFailed)
        else { return }
        input.durableBegin = firmware.pending
        firmware.pending = 0
    }

    mutating func takeRecords(_ output: ControlOutput) {
        for position in 0..<output.records.count {
            switch output.records[position] {
            case .begin(let mark):
                firmware.pending = mark.session
                firmware.durableAt = now + director.takeBeginDelay(&random)
            case .faultLatched(let code): firmware.latched |= 1 << UInt64(code.position)
            case .faultCleared(let code, _): firmware.latched &= ~(1 << UInt64(code.position))
            case .wear(let wear): firmware.wear = wear
            case .tick, .pause, .resume, .end, .residualSelfTest: break
            }
        }
    }

    private mutating func grant() {
        if input.authorization == nil {
            guard now >= firmware.grantsAt else { return }
            firmware.grantsAt = Int64.max
            firmware.slot += 1
            input.authorization = newGrant()
        } else if seen.phase == .ended, now - seen.phaseSince >= director.restAfterSession {
            // The driver had enough, or buys more.
            input.authorization = nil
            firmware.grantsAt = now + random.milliseconds(0, 3_000)
        }
    }

    mutating func newGrant() -> Authorization {
        let bits = random.next()
        let margin = charger.configuration.energyMargin.rawValue
        let isMuch = bits & 3 != 0
        return Authorization(
            slot: firmware.slot,
            energyLimit: MilliwattHours(isMuch ? margin + 50_000_000 : random.between(0, margin * 3)),
            energyLimitCause: bits & 4 == 0 ? .grant : .driver,
            currentLimit: bits & 0x18 == 0 ? Milliamps(Int32(random.between(5_000, 90_000))) : nil,
            deadline: bits & 0xE0 == 0
                ? MonotonicInstant(nanoseconds: now + random.milliseconds(5_000, 60_000)) : nil,
            deadlineCause: bits & 0x100 == 0 ? .grant : .driver)
    }

    private mutating func reset() {
        input.localReset = false
        input.technicianReset = nil
        guard now >= firmware.resetsAt else { return }
        firmware.resetsAt = now + random.milliseconds(500, 4_000)
        if random.chance(oneIn: 2) {
            input.localReset = true
        } else {
            // Mostly one that stands.
            let standing = firmware.latched
            guard standing != 0 else { return }
            input.technicianReset = FaultCode.at(standing.trailingZeroBitCount)
        }
    }

    /// The daemon dies, or ends, and is started again: the contactor drops, everything but the records is forgotten.
    mutating func restart() {
        truth.isRestart = true
        let pause = random.milliseconds(400, 3_000)
        now += pause
        meter.elapse(pause, factor: Int64(charger.configuration.energyFactor))
        // What the monitor's test input was driven to answers on for a while, whoever asks now.
        let wasTesting = seen.tests
        seen = Seen()
        seen.x1Since = now
        if wasTesting { seen.testSince = now }
        input.durableBegin = 0
        input.selfTestRequest = false
        firmware.pending = 0
        firmware.shutsDown = false
        firmware.shutdownAt = Int64.max
        input.softShutdown = false
        input.hardShutdown = false
        moveContacts()
        contacts.main = contacts.mainIsWelded
        contacts.second = contacts.secondIsWelded
        contacts.target = false
        contacts.movesAt = Int64.max
        board.isLocked = board.isLocked && contacts.main
    }

    /// The controller that a restart makes: with the latches that the records hold.
    mutating func remade() -> ChargeController {
        var controller = ChargeController(charger.configuration)
        for code in FaultCode.allCases where firmware.latched & (1 << UInt64(code.position)) != 0 {
            if code.row(for: charger.configuration).rule.latch.survivesPowerLoss {
                controller.restore(code, afterPowerCycle: true)
            } else {
                firmware.latched &= ~(1 << UInt64(code.position))
            }
        }
        controller.restore(firmware.wear)
        return controller
    }
}

extension FaultCode {
    /// The row at a place of the table.
    static func at(_ position: Int) -> FaultCode { unsafeBitCast(UInt8(position), to: FaultCode.self) }
}
