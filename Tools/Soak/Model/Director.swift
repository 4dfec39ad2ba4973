import ChargeControl
import Quantities

/// Brings the session to the aim's phase, and the cause of the aim's row about there.
struct Director: Sendable {
    /// How much later than planned the next step begins, in nanoseconds.
    var stall: Int64 = 0
    /// So many of the next steps come more than 15 ms late.
    var lateSteps = 0
    var liesOfLateness = false
    /// Everything was done; from now on the world is rough.
    var isDone = false
    var approachSince: Int64 = -1
    var injectAt = Int64.max
    var pushAt = Int64.max
    var isArmed = false
    /// From the injection to the push into the phase, negative: the push comes first.
    private let offset: Int64
    private let settle: Int64
    private let duration: Int64
    let restAfterSession: Int64
    private var beginDelay: Int64

    init() {
        offset = 0
        settle = 0
        duration = 0
        restAfterSession = 0
        beginDelay = 0
    }

    init(aim: Aim, configuration: ControlConfiguration, random: inout SoakRandom) {
        let rule = aim.code.row(for: configuration).rule
        let lead = aim.leadMilliseconds(span: rule.span.wholeMilliseconds)
        // What these two wait for would hold the session up before it begins: their cause follows.
        let follows = aim.phase == .beginning && (aim.code == .lockFailed || aim.code == .meterLost)
        offset = follows ? random.milliseconds(-3_000, -500) : random.milliseconds(-1_500, lead + 200)
        settle = random.milliseconds(0, 1_500)
        duration = random.milliseconds(lead + 50, lead + 6_000)
        restAfterSession = aim.phase == .ended ? 40_000_000_000 : random.milliseconds(500, 6_000)
        let least = follows ? lead + 1_000 : lead / 2 + 100
        beginDelay = aim.phase == .beginning ? random.milliseconds(least, lead + 4_000) : 0
    }

    mutating func takeStall() -> Int64 {
        var taken = stall
        stall = 0
        if lateSteps > 0 {
            lateSteps -= 1
            taken = max(taken, 20_000_000)
        }
        return taken
    }

    /// How long the next begin record takes to become durable.
    mutating func takeBeginDelay(_ random: inout SoakRandom) -> Int64 {
        let taken = isArmed ? beginDelay : 0
        if isArmed { beginDelay = 0 }
        return taken > 0 ? taken : random.milliseconds(5, 300)
    }

    mutating func arm(at now: Int64, lasting stretch: Int64) {
        isArmed = true
        let base = now + settle + stretch
        pushAt = base + max(offset, 0)
        injectAt = pushAt - offset
    }

    var causeDuration: Int64 { duration }
}

extension World {
    mutating func direct() {
        if !director.isDone {
            if needsSessionBefore {
                // It ends as soon as the relay has moved; the next one begins with L1 alone.
                if seen.mode == .single { firmware.stopsUntil = now + 1_000_000_000 }
            } else if !director.isArmed, seen.phase == aim.approach {
                if director.approachSince < 0 { director.approachSince = now }
                // A sleeping car is woken 30 s after current was offered: nothing else pushes there.
                let stretch: Int64 = aim.phase == .waking ? 29_500_000_000 : 0
                if aim.phase != .offering || seen.pwmSince >= 0 { director.arm(at: now, lasting: stretch) }
            }
            // The session went another way before anything was done: try again.
            if director.isArmed, seen.phase != aim.approach, director.pushAt < Int64.max, now < director.pushAt {
                director.isArmed = false
                director.pushAt = Int64.max
                director.injectAt = Int64.max
            }
            if now - 7_000_000_000 > 70_000_000_000, !director.isArmed { director.isDone = true }
        }
        if now >= director.pushAt {
            director.pushAt = Int64.max
            push()
        }
        if now >= director.injectAt {
            director.injectAt = Int64.max
            cause(aim.code, for: director.causeDuration)
            firmware.resetsAt = now + random.milliseconds(1_000, 20_000)
            director.isDone = true
        }
        startGrants()
    }

    /// What flows in L2 and L3 is unbidden with L1 alone, and the relay moves in a session: one goes before the aim's.
    private var needsSessionBefore: Bool {
        guard aim.code == .phasesUnbidden, aim.phase == .beginning, !director.isArmed else { return false }
        return seen.mode == .three || !(seen.phase == .waiting || seen.phase == .idle)
    }

    /// A driver comes to the plug with a grant, as soon as the aim allows.
    private mutating func startGrants() {
        guard firmware.slot == 0, firmware.grantsAt == Int64.max else { return }
        switch aim.phase {
        case .idle, .waiting, .preparing, .beginning:
            if director.isDone || needsSessionBefore { firmware.grantsAt = now + 1_000_000_000 }
        default: firmware.grantsAt = now + random.milliseconds(0, 2_000)
        }
    }

    /// From the approach into the phase.
    private mutating func push() {
        switch aim.phase {
        case .preparing:
            meter.withheldUntil = now + random.milliseconds(500, 9_000)
            firmware.grantsAt = now
        case .beginning: firmware.grantsAt = now
        case .switching: input.wantedPhases = input.wantedPhases == .three ? .single : .three
        case .stopping:
            firmware.limitedUntil = now + random.milliseconds(2_000, 9_000)
            input.limits[.owner] = CurrentLimit(.zero, because: .ownerChoice)
        case .ending:
            meter.withheldUntil = now + random.milliseconds(2_000, 12_000)
            if random.chance(oneIn: 2) {
                firmware.stopsUntil = now + 8_000_000_000
            } else {
                car.isPlugged = false
                car.comesAt = now + random.milliseconds(9_000, 12_000)
            }
        case .idle, .waiting, .held, .offering, .waking, .charging, .ended: break
        }
    }
}
