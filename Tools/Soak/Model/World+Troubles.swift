import ChargeControl
import Quantities

// What happens by itself: small things before the aim is reached, anything after it.
extension World {
    mutating func happen() {
        let trouble = director.isDone ? rough() : gentle()
        newest = trouble
        troubles[trouble.kind.rawValue] += 1
        switch trouble {
        case .cause: causeSomething()
        case .glitch: glitch()
        case .wish: car.wants.toggle()
        case .plug: replug()
        case .stall:
            director.stall = random.milliseconds(1, director.isDone ? 300 : 39)
            director.liesOfLateness = random.chance(oneIn: 2)
        case .limit: limit()
        case .grant: changeGrant()
        case .owner:
            firmware.limitedUntil = now + random.milliseconds(500, 8_000)
            input.limits[.owner] = CurrentLimit(.zero, because: .ownerChoice)
            if director.isDone, random.chance(oneIn: 3) { firmware.stopsUntil = firmware.limitedUntil }
        case .store: firmware.stalledUntil = now + random.milliseconds(100, 6_000)
        case .meter:
            if random.chance(oneIn: 2) { meter.lies = true }
            meter.withheldUntil = now + random.milliseconds(100, director.isDone ? 14_000 : 2_500)
        case .phases: input.wantedPhases = input.wantedPhases == .three ? .single : .three
        case .reset: firmware.resetsAt = now
        case .restart: restart()
        case .shutdown:
            firmware.shutsDown = true
            if random.chance(oneIn: 2) { firmware.shutdownAt = now + random.milliseconds(0, 4_000) }
        case .toggling:
            car.togglesUntil = now + random.milliseconds(200, 4_000)
            car.togglePeriod = random.milliseconds(10, 490)
        case .sampler: car.sampleRepeats = 1 + random.below(director.isDone ? 12 : 3)
        case .heat: wander()
        case .selfTest: input.selfTestRequest.toggle()
        case .weld:
            contacts.mainIsWelded = contacts.main
            contacts.secondIsWelded = contacts.second && !contacts.main
        case .sleep: director.stall = random.milliseconds(300, 20_000)
        }
    }

    private mutating func gentle() -> Trouble {
        switch random.below(12) {
        case 0, 1: .glitch
        case 2, 3: .stall
        case 4, 5: .limit
        case 6: .sampler
        case 7: .store
        case 8: .meter
        case 9: .heat
        case 10: .cause
        default: .reset
        }
    }

    private mutating func rough() -> Trouble {
        switch random.below(64) {
        case 0..<12: .cause
        case 12..<18: .glitch
        case 18..<22: .wish
        case 22..<28: .plug
        case 28..<33: .stall
        case 33..<38: .limit
        case 38..<42: .grant
        case 42..<45: .owner
        case 45..<47: .store
        case 47..<49: .meter
        case 49..<52: .phases
        case 52..<55: .reset
        case 55: .restart
        case 56: .shutdown
        case 57..<59: .toggling
        case 59, 60: .sampler
        case 61: .heat
        case 62: .selfTest
        default: random.chance(oneIn: 6) ? .weld : random.chance(oneIn: 4) ? .sleep : .cause
        }
    }

    /// A row's cause: before the aim only too short to raise it.
    private mutating func causeSomething() {
        let code = FaultCode.at(random.below(FaultCode.allCases.count))
        let span = code.row(for: charger.configuration).rule.span.wholeMilliseconds
        guard director.isDone else {
            guard span >= 20 else { return }
            switch code {
            case .loopStalled, .loopLate: return
            default: return cause(code, for: random.milliseconds(5, span / 2))
            }
        }
        let most = max(span * 2, 200)
        cause(
            code, for: random.chance(oneIn: 2) ? random.milliseconds(5, most) : random.milliseconds(span, span + 8_000))
        if random.chance(oneIn: 2) { firmware.resetsAt = now + random.milliseconds(1_000, 10_000) }
    }

    private mutating func glitch() {
        let levels: InlineArray<8, PilotLevel?> = [.a, .b, .c, .d, .e, .f, .invalid, nil]
        car.glitch = levels[random.below(8)]
        car.glitchSteps = director.isDone ? 1 + random.below(14) : 1 + random.below(4)
    }

    private mutating func replug() {
        if car.isPlugged {
            car.isPlugged = false
            car.comesAt = now + random.milliseconds(random.chance(oneIn: 3) ? 20 : 500, 6_000)
        } else {
            car.comesAt = now
        }
    }

    private mutating func limit() {
        let sources: InlineArray<5, LimitSource> = [.loadSharing, .owner, .schedule, .grid, .installer]
        let source = sources[random.below(5)]
        if random.chance(oneIn: 4) {
            input.limits[source] = nil
            return
        }
        let bits = random.next()
        var current = Int32(random.between(6_000, 64_000))
        var failSafe = Int32(random.between(6_000, 32_000))
        if director.isDone, bits & 7 == 0 { current = Int32(random.between(-1_000, 90_000)) }
        if director.isDone, bits & 0x38 == 0 { failSafe = Int32(random.between(0, 12_000)) }
        if bits & 0x40 == 0 {
            input.limits[source] = CurrentLimit(Milliamps(current), because: .gridOperator)
        } else {
            input.limits[source] = CurrentLimit(
                Milliamps(current), because: .shared,
                until: MonotonicInstant(nanoseconds: now + random.milliseconds(100, 20_000)),
                failSafe: Milliamps(failSafe))
        }
    }

    private mutating func changeGrant() {
        if random.chance(oneIn: 3) {
            input.authorization = nil
            firmware.grantsAt = now + random.milliseconds(0, 5_000)
        } else {
            if random.chance(oneIn: 2) { firmware.slot += 1 }
            input.authorization = newGrant()
        }
    }

    /// Heat, mains and frequency move within what is allowed, or to its edges.
    private mutating func wander() {
        board.wandersUntil = now + random.milliseconds(2_000, 40_000)
        switch random.below(5) {
        case 0: board.boardBase = Int32(random.between(560, 790))
        case 1: board.plugBase = Int32(random.between(560, 880))
        case 2: board.voltage = Int32(random.between(190_000, 258_000))
        case 3: board.frequency = Int32(random.between(49_700, 50_300))
        default: board.isFrozen.toggle()
        }
    }
}
