import ChargeControl
import Quantities
import Testing

/// Watches a controller from outside and says which rule an output breaks. It shares no code with the core: it knows the
/// levels that were put on the pilot (not the voltages), what else was put in, and what came out.
struct ContactorOracle {
    /// What was put in, in the oracle's own words.
    struct Truth {
        /// The pilot's level in a fresh sample; `nil` for a stale one.
        var level: PilotLevel?
        /// The negative half wave of the sample was at -12 V.
        var lowIsGood = true
        /// This step's sample was not seen before.
        var isNewSample = true
        var late = Nanoseconds.zero
        var contactsClosed = false
    }

    /// The rows of a contactor that does not open as it is told, by their places in the table.
    private static let stuckContactor: UInt64 = {
        let stuck = [FaultCode.contactorWelded, .contactorNotOpened, .phasesUnbidden]
        return FaultCode.allCases.enumerated().reduce(0) {
            stuck.contains($1.element) ? $0 | 1 << UInt64($1.offset) : $0
        }
    }()

    private(set) var closings = 0
    private(set) var ends = 0

    private var previous: ControlOutput?
    private var previousAt = MonotonicInstant(nanoseconds: 0)
    private var notC: (count: Int, since: MonotonicInstant)?
    private var cSince: MonotonicInstant?
    private var goodLow: (count: Int, since: MonotonicInstant)?
    private var pwmSince: MonotonicInstant?
    private var x1Since: MonotonicInstant?
    private var closedThroughX1 = false
    private var bAtX1 = 0
    private var sawB1 = false
    private var trips: [String: (count: Int, since: MonotonicInstant)] = [:]
    private var closedUnbiddenSince: MonotonicInstant?
    private var isWelded = false

    private var openSession: UInt32?
    private var lastSession: UInt32 = 0
    private var isPaused = false
    private var ticks: UInt32 = 0
    private var begunAt = MilliwattHours.zero

    /// Checks one step; the rules that it breaks.
    mutating func check(
        _ input: ControlInput, _ truth: Truth, _ output: ControlOutput, at now: MonotonicInstant
    ) -> [String] {
        var broken: [String] = []
        watchPilot(truth, at: now)
        watchTrips(input, at: now)
        watchWeld(truth, at: now)
        broken += checkRecords(output)
        broken += checkOutputs(input, truth, output, at: now)
        if output.contactorEnable { broken += checkClosed(input, output, at: now) }
        if output.contactorEnable, previous?.contactorEnable != true {
            broken += checkClosing(output, at: now)
            closings += 1
        }
        remember(output, at: now)
        return broken
    }

    private mutating func watchPilot(_ truth: Truth, at now: MonotonicInstant) {
        guard truth.isNewSample || truth.level == nil else { return }
        if truth.level == .c {
            notC = nil
            if cSince == nil { cSince = now }
        } else {
            notC = (count: (notC?.count ?? 0) + 1, since: notC?.since ?? now)
            cSince = nil
        }
        if pwmSince != nil, truth.lowIsGood, truth.level != nil {
            goodLow = (count: (goodLow?.count ?? 0) + 1, since: goodLow?.since ?? now)
        } else if truth.level != nil {
            goodLow = nil
        }
        bAtX1 = truth.level == .b && x1Since != nil ? bAtX1 + 1 : 0
        if bAtX1 >= 1, x1Since != nil { sawB1 = true }
    }

    private mutating func watchTrips(_ input: ControlInput, at now: MonotonicInstant) {
        for (name, isOn) in [
            ("emergency stop", input.emergencyStop), ("direct residual current", input.residualDirect),
            ("alternating residual current", input.residualAlternating),
        ] {
            if isOn {
                trips[name] = (count: (trips[name]?.count ?? 0) + 1, since: trips[name]?.since ?? now)
            } else {
                trips[name] = nil
            }
        }
    }

    private mutating func watchWeld(_ truth: Truth, at now: MonotonicInstant) {
        if truth.contactsClosed, previous?.contactorEnable == false {
            let since = closedUnbiddenSince ?? now
            closedUnbiddenSince = since
            if now - since >= .milliseconds(400) { isWelded = true }
        } else {
            closedUnbiddenSince = nil
        }
    }

    private func checkOutputs(
        _ input: ControlInput, _ truth: Truth, _ output: ControlOutput, at now: MonotonicInstant
    ) -> [String] {
        var broken: [String] = []
        let isStalled = truth.late > .milliseconds(40)
        let isStuck = output.display.faults.bits & Self.stuckContactor != 0
        if output.gatePulseAllowed == (isStalled || previous == nil || isStuck) {
            broken.append("gate pulse: \(output.gatePulseAllowed); stalled: \(isStalled); stuck: \(isStuck)")
        }
        if isStalled, output.contactorEnable { broken.append("closed in a stalled period") }
        if case .pwm(let highTime) = output.pilot {
            if openSession == nil { broken.append("PWM outside a session") }
            if let openSession, input.durableBegin != openSession { broken.append("PWM before the begin was durable") }
            if input.recordStore == .failed { broken.append("PWM with a failed store") }
            if let sample = input.energy, now - sample.at >= .seconds(11) { broken.append("PWM with a lost meter") }
            let promised = DutyMeaning(highTime: highTime).allowance()
            let granted = input.authorization?.currentLimit ?? Milliamps(80_000)
            if promised > min(granted, Milliamps(32_000)) || promised < Milliamps(5_999) {
                broken.append("promised \(promised.rawValue) mA")
            }
        }
        if output.display.phase == .charging || output.display.phase == .stopping {
            if !output.contactorEnable { broken.append("\(output.display.phase) with an open contactor") }
        } else if output.contactorEnable {
            broken.append("closed while \(output.display.phase)")
        }
        return broken
    }

    /// Whatever else: a closed contactor is in C2, or in C1 for less than 6 s.
    private func checkClosed(_ input: ControlInput, _ output: ControlOutput, at now: MonotonicInstant) -> [String] {
        var broken: [String] = []
        if let notC, notC.count >= 5, now - notC.since >= .milliseconds(20) { broken.append("closed outside C") }
        switch output.pilot {
        case .pwm: break
        case .x1:
            let since = x1Since ?? now
            if now - since >= .seconds(6) { broken.append("closed 6 s after x1") }
            if previous?.contactorEnable != true { broken.append("closing at x1") }
        case .stateE, .stateF: broken.append("closed in \(output.pilot)")
        }
        for (name, trip) in trips where trip.count >= 2 && now - trip.since >= .milliseconds(5) {
            broken.append("closed with \(name)")
        }
        if input.hardShutdown { broken.append("closed in a hard shutdown") }
        if isWelded { broken.append("closed after a weld") }
        guard let openSession else { return broken + ["closed outside a session"] }
        if input.durableBegin != openSession { broken.append("closed before the begin was durable") }
        return broken
    }

    private func checkClosing(_ output: ControlOutput, at now: MonotonicInstant) -> [String] {
        var broken: [String] = []
        guard let cSince, now - cSince >= .milliseconds(500) else { return ["closing before 500 ms of C"] }
        guard let pwmSince, now - pwmSince >= .milliseconds(500) else { return ["closing before 500 ms of PWM"] }
        guard let goodLow, goodLow.count >= 5, now - goodLow.since >= .milliseconds(100) else {
            return ["closing without a diode"]
        }
        if !sawB1 { broken.append("closing without B1") }
        return broken
    }

    /// begin (tick | pause | resume)* end, each session with a number of its own.
    private mutating func checkRecords(_ output: ControlOutput) -> [String] {
        var broken: [String] = []
        for position in 0..<output.records.count {
            let intent = output.records[position]
            switch intent {
            case .begin(let mark):
                if openSession != nil { broken.append("begin inside a session") }
                if mark.session <= lastSession { broken.append("a session's number again") }
                if mark.energy != .zero { broken.append("begin with energy") }
                openSession = mark.session
                lastSession = mark.session
                isPaused = false
                ticks = 0
                begunAt = mark.sample.imported
            case .tick(let mark, let index, let boundaries):
                if mark.session != openSession { broken.append("tick outside its session") }
                if index != ticks + boundaries || boundaries == 0 { broken.append("tick \(index) after \(ticks)") }
                if (mark.sample.imported - begunAt).rawValue / 1_000_000 != Int64(index) {
                    broken.append("tick's index")
                }
                ticks = index
            case .pause(let mark, _):
                if mark.session != openSession || isPaused { broken.append("pause out of place") }
                isPaused = true
            case .resume(let mark):
                if mark.session != openSession || !isPaused { broken.append("resume out of place") }
                isPaused = false
            case .end(let mark, _, _, let count, _):
                if mark.session != openSession { broken.append("end outside its session") }
                if count != ticks || (mark.sample.imported - begunAt).rawValue / 1_000_000 != Int64(ticks) {
                    broken.append("end with other ticks")
                }
                if mark.energy != mark.sample.imported - begunAt { broken.append("end with other energy") }
                openSession = nil
                ends += 1
            case .wear: if openSession != nil { broken.append("wear inside a session") }
            case .faultLatched, .faultCleared, .residualSelfTest: break
            }
        }
        return broken
    }

    private mutating func remember(_ output: ControlOutput, at now: MonotonicInstant) {
        if case .pwm = output.pilot {
            if pwmSince == nil {
                pwmSince = now
                goodLow = nil
            }
            x1Since = nil
        } else {
            if x1Since == nil {
                x1Since = now
                sawB1 = false
            }
            pwmSince = nil
            goodLow = nil
        }
        previous = output
        previousAt = now
    }
}
