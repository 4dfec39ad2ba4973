import ChargeControl
import Quantities

/// A car, or nobody, at the plug.
struct Car: Sendable {
    var isPlugged = false
    /// Asks from the start and shows no B.
    var isSimplified = false
    var isVentilated = false
    /// Does not ask before the pilot was taken from it for a while.
    var isAsleep = false
    /// Goes back to B when the charger says x1.
    var obeys = true
    var wants = true
    var asks = false
    var hasDiode = true
    /// From PWM to C, and from x1 to B, in nanoseconds.
    var reaction: Int64 = 0
    var stopping: Int64 = 0
    /// The most it draws, in milliamperes.
    var most: Int32 = 32_000
    /// What it draws from each phase now.
    var drawn: Int32 = 0
    var isSinglePhase = false
    /// Which of the four cables it came with.
    var cable = 2
    var togglesUntil: Int64 = 0
    var togglePeriod: Int64 = 250_000_000
    /// A level that lies over the car's own for so many steps; `nil` level: no sample.
    var glitch: PilotLevel?
    var glitchSteps = 0
    /// When the plug changes by itself: the next car comes.
    var comesAt: Int64 = 7_300_000_000
    var leavesAt = Int64.max
    var noise: Int64 = 200
    var sampleRepeats = 0

    init(aim: Aim, random: inout SoakRandom) {
        glitch = nil
        noise = [20, 200, 900][random.below(3)]
        arrive(aim: aim, random: &random)
        isPlugged = false
        if aim.phase == .idle { comesAt = random.milliseconds(20_000, 60_000) }
    }

    /// Another car.
    mutating func arrive(aim: Aim, random: inout SoakRandom) {
        isPlugged = true
        isSimplified = random.chance(oneIn: 6)
        isVentilated = random.chance(oneIn: 8)
        isAsleep = aim.phase == .waking
        obeys = aim.phase == .stopping ? random.chance(oneIn: 4) : !random.chance(oneIn: 6)
        wants = aim.phase != .offering || random.chance(oneIn: 3)
        asks = false
        hasDiode = true
        reaction = random.milliseconds(50, 2_000)
        stopping = random.milliseconds(100, 2_900)
        most = Int32(random.between(6_000, 40_000))
        isSinglePhase = random.chance(oneIn: 4)
        drawn = 0
        cable = random.chance(oneIn: 12) ? 4 : random.below(4)
        if isAsleep { isSimplified = false }
    }

    /// What it would show on the pilot.
    func level(at now: Int64) -> PilotLevel {
        guard isPlugged else { return .a }
        if togglesUntil > now, (now / togglePeriod) & 1 == 0 { return asks ? .b : .c }
        return asks ? (isVentilated ? .d : .c) : .b
    }
}

extension World {
    /// The car follows the pilot after a while of its own.
    mutating func moveCar() {
        if car.isPlugged, now >= car.leavesAt {
            car.isPlugged = false
            car.leavesAt = Int64.max
            car.comesAt = now + random.milliseconds(300, 8_000)
        } else if !car.isPlugged, now >= car.comesAt {
            car.arrive(aim: aim, random: &random)
        }
        guard car.isPlugged else {
            car.asks = false
            car.drawn = 0
            return
        }
        if car.isSimplified {
            car.asks = true
        } else if seen.heldSince >= 0 {
            car.asks = false
            if now - seen.heldSince >= 3_000_000_000 { car.isAsleep = false }
        } else if seen.pwmSince >= 0 {
            if car.wants, !car.isAsleep {
                if now - seen.pwmSince >= car.reaction { car.asks = true }
            } else {
                car.asks = false
            }
        } else if car.obeys, now - seen.x1Since >= car.stopping {
            car.asks = false
        }
        draw()
    }

    /// Its current follows what it was promised, faster down than up.
    private mutating func draw() {
        var wanted: Int32 = 0
        if car.asks, contacts.main {
            wanted = seen.pwmSince >= 0 ? min(car.most, seen.allowance) : car.obeys ? 0 : car.drawn
        }
        if !contacts.main { car.drawn = 0 }
        if isCaused(.overcurrent), contacts.main, seen.pwmSince >= 0 {
            car.drawn = seen.allowance + seen.allowance / 4 + 1_500
            return
        }
        if wanted > car.drawn { car.drawn = min(wanted, car.drawn + 40) }
        if wanted < car.drawn { car.drawn = max(wanted, car.drawn - 80) }
    }

    /// Measures the pilot: the car's level, or what lies over it, in volts with noise.
    mutating func samplePilot() {
        var level: PilotLevel? = car.level(at: now)
        var diode = car.hasDiode
        if isCaused(.pilotShorted) { level = .e }
        if isCaused(.pilotInvalid) { level = .invalid }
        if isCaused(.pilotNegative) { level = .f }
        if isCaused(.ventilationMissing), car.isPlugged { level = .d }
        if isCaused(.diodeMissing) { diode = false }
        if isCaused(.pilotStale) { level = nil }
        if car.glitchSteps > 0 {
            car.glitchSteps -= 1
            level = car.glitch
        }
        truth.isNewSample = true
        guard let level else {
            input.pilot = nil
            truth.level = nil
            return
        }
        if car.sampleRepeats > 0, let old = input.pilot {
            // The sampler was slow: the old sample again, until it is too old.
            car.sampleRepeats -= 1
            truth.isNewSample = false
            if now - old.at.nanoseconds > 15_000_000 { truth.level = nil }
            return
        }
        measure(level, diode: diode)
    }

    private mutating func measure(_ level: PilotLevel, diode: Bool) {
        let bits = random.next()
        let noise = Int32(truncatingIfNeeded: Int64(bits & 0xFFFF) * (2 * car.noise + 1) / 0x1_0000 - car.noise)
        var high = EVPilot.highVoltage(of: level).rawValue + (level == .e ? noise / 2 : noise)
        var low = high
        var shown = level
        switch seen.command {
        case .x1: break
        case .pwm:
            low = diode || level == .a || level == .f ? -12_000 + noise : 0 - high / 10 * 7
            if level == .e || level == .invalid { low = high }
        case .stateF:
            high = -12_000 + noise
            low = high
            shown = .f
        case .stateE:
            high = noise / 2
            low = high
            shown = .e
        }
        truth.level = shown
        truth.isLowGood = low <= -10_000
        truth.sampledAt = now - Int64((bits >> 20) & 0xF_FFFF)
        input.pilot = PilotSample(
            high: Millivolts(high), low: Millivolts(low), at: MonotonicInstant(nanoseconds: truth.sampledAt))
    }
}
