import ChargeControl
import Quantities

/// What the oracle knows of the pilot.
struct OraclePilot: Sendable {
    var isStale = false
    /// When the car was seen last, and whether that is too long ago now.
    var seenAt: Int64 = -1
    var lostSight = false
    private var refusals = 0
    private var sightings = 0
    private var sightedSince: Int64 = 0
    var isOurs = false
    var hasNew = false
    /// The newest level of the car's; `nil` while there is none.
    var level: PilotLevel?
    var settled: PilotLevel?
    private var candidate = PilotLevel.invalid
    private var agreeing = 0
    private var agreeingSince: Int64 = 0
    private var notAsking = 0
    private var notAskingSince: Int64 = 0
    var askingSince: Int64 = -1
    var lastAsked: Int64 = Int64.min / 2
    /// The charger held the pilot until then, and its relay settles.
    private var oursUntil: Int64 = Int64.min / 2
    var pwmSince: Int64 = -1
    var x1Since: Int64 = Int64.min / 2
    var heldSince: Int64 = -1
    /// The pilot was held last, before the present x1 or PWM.
    var wasHeld = false
    private var goodLows = 0
    private var goodSince: Int64 = 0
    /// The newest half wave that was judged: 1 good, 0 bad, -1 none.
    var low = -1
    var sawEmpty = false
    var sawB = false
    var sawD = false

    init() {
        level = nil
        settled = nil
    }

    mutating func stale(at now: Int64) {
        isStale = true
        isOurs = now <= oursUntil
        hasNew = false
        level = nil
        agreeing = 0
        countNotAsking(at: now)
    }

    private mutating func countNotAsking(at now: Int64) {
        if notAsking == 0 { notAskingSince = now }
        notAsking += 1
        askingSince = -1
    }

    mutating func see(_ seen: PilotLevel, sampledAt: Int64, asks: Bool, at now: Int64) {
        isStale = false
        isOurs = sampledAt <= oursUntil
        if isOurs {
            hasNew = false
            level = nil
            settled = nil
            agreeing = 0
            countNotAsking(at: now)
            refusals = 0
            sightings = 0
            return
        }
        hasNew = true
        seenAt = now
        level = seen
        if agreeing == 0 || seen != candidate {
            candidate = seen
            agreeing = 0
            agreeingSince = now
        }
        agreeing += 1
        if agreeing >= 5, now - agreeingSince >= 20_000_000 { settled = seen }
        if asks {
            notAsking = 0
            refusals = 0
            sightings = 0
            if askingSince < 0 { askingSince = now }
            lastAsked = now
        } else {
            countNotAsking(at: now)
            sight(at: now)
            refusals += 1
        }
    }

    private mutating func sight(at now: Int64) {
        if sightings == 0 { sightedSince = now }
        sightings += 1
    }

    /// The newest measurement was looked at once more.
    mutating func seeAgain(at now: Int64) {
        hasNew = false
        isStale = false
        if refusals > 0 { sight(at: now) }
    }

    mutating func beginStep(at now: Int64) {
        if seenAt < 0 { seenAt = now }
        lostSight = now - seenAt >= 4_250_000_000
        // It holds the pilot up to this step, whose output gives it back.
        guard heldSince >= 0 else { return }
        oursUntil = now + 15_000_000
        settled = nil
        agreeing = 0
    }

    mutating func judgeLow(_ isGood: Bool, sampledAt: Int64, at now: Int64) {
        guard pwmSince >= 0 else {
            low = -1
            goodLows = 0
            return
        }
        guard hasNew, let level else { return }
        switch level {
        case .a:
            low = -1
            goodLows = 0
        case .b, .c, .d:
            guard sampledAt - pwmSince >= 5_000_000 else { return }
            low = isGood ? 1 : 0
            if isGood {
                if goodLows == 0 { goodSince = now }
                goodLows += 1
            } else {
                goodLows = 0
            }
        case .e, .f, .invalid: break
        }
    }

    mutating func notePlug() {
        guard let level, settled == level else { return }
        switch level {
        case .a:
            sawEmpty = true
            sawB = false
            sawD = false
        case .b:
            sawB = true
            sawD = false
        case .d: sawD = true
        case .c, .e, .f, .invalid: break
        }
    }

    mutating func isSurely(_ wanted: PilotLevel) -> Bool { level == wanted && settled == wanted }

    /// Five observations over 20 ms, or two measurements that were looked at five times.
    mutating func mustOpen(at now: Int64) -> Bool {
        (notAsking >= 5 && now - notAskingSince >= 20_000_000)
            || (refusals >= 2 && sightings >= 5 && now - sightedSince >= 20_000_000)
    }

    mutating func hasDiode(at now: Int64) -> Bool { goodLows >= 5 && now - goodSince >= 100_000_000 }

    mutating func note(_ output: ControlOutput, at now: Int64) {
        switch output.pilot {
        case .pwm:
            if pwmSince < 0 { pwmSince = now }
            heldSince = -1
            wasHeld = false
        case .x1:
            if pwmSince >= 0 || heldSince >= 0 {
                x1Since = now
                wasHeld = heldSince >= 0
            }
            pwmSince = -1
            heldSince = -1
        case .stateE, .stateF:
            if heldSince < 0 { heldSince = now }
            pwmSince = -1
            oursUntil = now + 15_000_000
            settled = nil
            agreeing = 0
        }
    }
}

extension Oracle {
    mutating func watchPilot(_ input: ControlInput, _ truth: Truth) {
        pilot.beginStep(at: now)
        guard let level = truth.level else {
            pilot.stale(at: now)
            pilot.judgeLow(false, sampledAt: 0, at: now)
            return
        }
        if truth.isNewSample {
            let ventilated = options.hasVentilation && input.fanRuns
            let asks = level == .c || (level == .d && ventilated)
            pilot.see(level, sampledAt: truth.sampledAt, asks: asks, at: now)
        } else {
            pilot.seeAgain(at: now)
        }
        pilot.judgeLow(truth.isLowGood, sampledAt: truth.sampledAt, at: now)
        pilot.notePlug()
    }

    /// The pilot's own rules: when PWM may run, and for how long the pilot may be taken from the car.
    mutating func judgePilot(_ input: ControlInput, _ output: ControlOutput) {
        var isPower = false
        if case .pwm = output.pilot { isPower = true }
        if output.display.isPowered != isPower { fail(.displayed) }
        if isPower {
            if !session.isOpen { fail(.powerOutsideSession) }
            if input.durableBegin != session.number { fail(.powerBeforeBegin) }
            if limits.stopsNow, limits.stopsBefore { fail(.powerWithFault) }
            if session.mustEndNow, session.mustEndBefore { fail(.powerDespiteStop) }
            if pilot.pwmSince < 0 { judgeStart(input) }
        }
        judgeHold(output)
        judgeUnplug(output)
    }

    private mutating func judgeStart(_ input: ControlInput) {
        if now < limits.blockedUntil { fail(.powerInBlock) }
        if pilot.heldSince >= 0 { fail(.powerWithoutX1) }
        let least: Int64 = pilot.wasHeld && phase == .waking ? 750_000_000 : 100_000_000
        if now - pilot.x1Since < least { fail(.powerWithoutX1) }
        let isSimplified = pilot.sawEmpty && !pilot.sawB && pilot.settled != .a
        let asks = pilot.isSurely(.c) || (options.hasVentilation && pilot.isSurely(.d))
        let isCar =
            pilot.isSurely(.b) || (isSimplified && asks)
            || (pilot.sawD && (pilot.isSurely(.c) || asks && options.hasVentilation && input.fanRuns))
            || ((phase == .waking || phase == .switching) && (pilot.settled == .b || pilot.settled == .c))
        if !isCar { fail(.powerWithoutCar) }
    }

    private mutating func judgeHold(_ output: ControlOutput) {
        switch output.pilot {
        case .stateE:
            if !options.hasPilotRelay { fail(.cutWithoutRelay) }
        case .stateF: break
        case .x1, .pwm: return
        }
        if session.isOpen, pilot.heldSince >= 0, now - pilot.heldSince > 4_000_000_000, !isStalled {
            // Faults raised one after another each show F for their own while.
            if limits.shownFAt < 0 || now - limits.shownFAt > options.stateFPulse.rawValue + 4_000_000_000 {
                fail(.cutTooLong)
            }
        }
        if pilot.heldSince < 0, output.display.phase == .waking, now - pilot.lastAsked < 5_000_000_000 {
            fail(.cutOfWakingCar)
        }
    }

    /// A car that is surely gone has ended its session.
    private mutating func judgeUnplug(_ output: ControlOutput) {
        guard pilot.isSurely(.a) else { return }
        switch output.display.phase {
        case .idle, .ending, .ended: break
        case .waiting, .preparing, .beginning, .held, .offering, .waking, .switching, .charging, .stopping:
            fail(.unplugUnnoticed)
        }
    }
}
