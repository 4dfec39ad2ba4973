import Quantities

@testable import Metering

/// One life of a bus with one meter, made from a seed: a meter that behaves, replies that are mutated, an oracle that watches.
struct FuzzHistory {
    private var generator: SeededGenerator
    private let configuration: MeterConfiguration
    private let style: FuzzStyle
    private var machine: BusMachine
    private var meter: ModelMeter
    private var oracle: FuzzOracle
    private let wire: SerialLine?
    private var now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private(set) var tally = FuzzTally()
    /// What was wrong; nothing else happens after it.
    private(set) var breach: String?
    /// The replies since the last identification or reading ended.
    private var replies: [FuzzReply] = []
    private var isReading = false
    /// Each block's words in some reading before.
    private var earlier: [[UInt16]?]
    private var lie: ConsistentLie?
    private var input = BusMachine.Input.woke
    private var isRecovering = false
    private var lastReason = ""
    private var turnsWithoutReply = 0
    private var repliesWithoutNotice = 0

    init(_ profile: MeterProfile, seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        style = FuzzStyle(using: &generator)
        let factor = Int.random(in: 0..<8, using: &generator) == 0 ? 60 : 1
        let interval = ([100, 250, 1_000, 1_000, 1_000, 2_000, 5_000] as [Int64]).randomElement(using: &generator) ?? 0
        configuration = try MeterConfiguration(
            profile: profile, unit: 1, pollInterval: .milliseconds(interval),
            limits: PlausibilityLimits(
                maximumPower: Milliwatts(7_360_000 * Int64(profile.phases)), energyFactor: UInt32(factor)))
        let line = try SerialLine(baud: Bool.random(using: &generator) ? 9_600 : 115_200, format: "8E1")
        let isSerial = Bool.random(using: &generator)
        wire = isSerial && Bool.random(using: &generator) ? line : nil
        let link: ModbusLink = isSerial ? .rtu(device: "generated", line: line) : .tcp(host: "generated", port: 502)
        let refresh = profile.link.refresh.rawValue
        let hold = Bool.random(using: &generator) ? 0 : Int64.random(in: 0...max(refresh, 1_000_000), using: &generator)
        meter = ModelMeter(
            profile,
            ModelMeter.Make(
                start: now, hold: hold, energyFactor: Int.random(in: -1...1, using: &generator),
                usesAlternatives: Int.random(in: 0..<4, using: &generator) == 0,
                sunspecBase: [40_000, 50_000, 0].randomElement(using: &generator) ?? 0, countingFactor: Int64(factor)),
            using: &generator)
        machine = BusMachine(link: link, meters: [configuration], now: now)
        oracle = FuzzOracle(configuration)
        earlier = meter.blocks.map { _ in nil }
        changePower()
    }

    /// Runs until so many replies were given.
    mutating func run(replies goal: Int) {
        tally.histories = 1
        while tally.replies < goal, breach == nil { turn() }
    }

    private mutating func turn() {
        let (action, notices) = machine.step(input, now)
        turnsWithoutReply += 1
        if turnsWithoutReply > 60 { breach = "60 steps without a request: \(machine.currentPhase)" }
        hear(notices)
        input = perform(action)
    }

    /// When nothing is mutated any more, a meter that was never misjudged is read again: within a minute, which is what a
    /// reading that lies too low takes at most to be made up for.
    mutating func recover() {
        guard breach == nil, style.hasSteadyPower, meter.energy.watts(at: now) > 0, !style.ofRest,
            tally.coincidences + tally.lies == 0
        else { return }
        isRecovering = true
        lie = nil
        // Another meter may stand there, and nobody has looked.
        machine.requestIdentification(now)
        let deadline = now + .seconds(60) + configuration.pollInterval + configuration.pollInterval
        let before = (tally.truths, tally.understatements)
        while (tally.truths, tally.understatements) == before, breach == nil {
            guard now < deadline else {
                breach = "not read again within a minute: \(lastReason)"
                return
            }
            turn()
        }
    }

    // MARK: what the bus tells

    private mutating func hear(_ notices: [BusMachine.Notice]) {
        // A reply that the bus does not hand on leads to silence on the line, or to another one.
        switch machine.currentPhase {
        case .quiet, .closing: if notices.isEmpty { finish(accepted: false) }
        default: break
        }
        for notice in notices {
            switch notice.event {
            case .identified(let identity, let generation):
                note(oracle.identified(identity, generation))
                finish(accepted: true)
            case .reading(let reading):
                switch oracle.take(reading, replies, meter) {
                case .truth: tally.truths += 1
                case .understatement: tally.understatements += 1
                case .wrongAlike: if lie != nil { tally.lies += 1 } else { tally.coincidences += 1 }
                case .breach(let words): note(words)
                }
                for (index, reply) in replies.enumerated().prefix(earlier.count)
                where earlier[index] == nil || Int.random(in: 0..<8, using: &generator) == 0 {
                    earlier[index] = reply.words
                }
                finish(accepted: true)
            case .live:
                tally.refused += 1
                finish(accepted: false)
            case .refused(let refusal):
                lastReason = "\(refusal.reason)"
                // An accumulator that wraps to exactly 0 reads as one that is not implemented.
                if style.isHonest, refusal.reason != .undecodable(field: "import", .notImplemented) {
                    note("an honest reading is refused: \(lastReason)")
                }
                finish(accepted: false)
            case .lost: finish(accepted: false)
            }
        }
        repliesWithoutNotice = notices.isEmpty ? repliesWithoutNotice : 0
    }

    private mutating func note(_ words: String?) {
        if breach == nil, let words { breach = words }
    }

    private mutating func finish(accepted: Bool) {
        for reply in replies {
            guard let mutation = reply.mutation else { continue }
            tally.count(mutation, ofEnergy: reply.isOfEnergy, accepted: accepted)
        }
        replies = []
    }

    // MARK: what the bus wants

    private mutating func perform(_ action: BusMachine.Action) -> BusMachine.Input {
        switch action {
        case .connect(let timeout):
            guard style.rate == 0 || isRecovering || Int.random(in: 0..<16, using: &generator) > 0 else {
                now = now + timeout
                return .failed(.cannotOpen(target: "generated", errno: 111))
            }
            return .connected(wire)
        case .read(let request, _, let timeout): return answer(request, timeout)
        case .flush: return .flushed
        case .close: return .closed
        case .wait(let until):
            if until - now > .seconds(11) { breach = "waits for \((until - now).wholeMilliseconds) ms" }
            // A wait may be cut short.
            let isCut = turnsWithoutReply < 10 && Int.random(in: 0..<16, using: &generator) == 0
            now = max(now, isCut ? now + Nanoseconds((until - now).rawValue / 2) : until)
            return .woke
        }
    }

    private mutating func answer(_ request: RegisterRequest, _ timeout: Nanoseconds) -> BusMachine.Input {
        turnsWithoutReply = 0
        tally.replies += 1
        repliesWithoutNotice += 1
        if repliesWithoutNotice > 400 { breach = "400 replies without a notice" }
        let block = meter.block(of: request)
        enter(block)
        let isOfEnergy = block != nil && replies.count < 2
        let mutation = isOfEnergy && lie != nil ? lie?.kind : draw(isOfEnergy: isOfEnergy)
        if mutation != nil { tally.mutated += 1 }
        let sent = now
        let latched = mutation == .tooFast ? now : now + .microseconds(.random(in: 0...60_000, using: &generator))
        now = latched
        if let wire, mutation != .tooFast { now = now + wire.duration(ofReading: request.count) }
        var words: [UInt16]
        switch meter.reply(to: request, at: latched) {
        case .words(let found): words = found
        case .exception(let code): return fail(.exception(code: code))
        }
        if let lie, isOfEnergy, let block {
            let factor = lie.kind == .otherFactor ? meter.energyFactor - 1 : nil
            meter.put(lie.told(meter.shown(at: latched)), factor: factor, into: &words, of: block)
        }
        guard let mutation else { return give(words, sent, now, nil, isOfEnergy) }
        if let error = error(mutation, timeout) {
            tally.count(mutation, ofEnergy: isOfEnergy, accepted: false)
            return fail(error)
        }
        let (stampedSent, stampedReceived) = time(mutation, sent, timeout)
        let before = words
        change(&words, mutation, block, latched)
        let isSame = words == before && !ReplyMutation.ofTime.contains(mutation) && lie == nil
        return give(words, stampedSent, stampedReceived, isSame ? nil : mutation, isOfEnergy)
    }

    private mutating func change(
        _ words: inout [UInt16], _ mutation: ReplyMutation, _ block: Int?, _ latched: MonotonicInstant
    ) {
        guard ReplyMutation.ofWords.contains(mutation) else { return }
        let shift = Int64.random(in: 0...39, using: &generator)
        let difference = Int64.random(in: 0...1_000_000_000_000, using: &generator) >> shift
        switch (mutation, block) {
        case (.energyRise, let block?): meter.put(meter.shown(at: latched) + difference, into: &words, of: block)
        case (.energyFall, let block?):
            meter.put(max(0, meter.shown(at: latched) - difference), into: &words, of: block)
        default:
            mutation.apply(
                to: &words, of: block.map { meter.blocks[$0] }, earlier: block.flatMap { earlier[$0] },
                other: earlier.randomElement(using: &generator) ?? nil, using: &generator)
        }
    }

    /// Notes whether a request belongs to a reading or to an identification.
    private mutating func enter(_ block: Int?) {
        if (block != nil) != isReading { replies = [] }
        isReading = block != nil
        if isReading, replies.isEmpty { beginReading() }
    }

    private mutating func give(
        _ words: [UInt16], _ sent: MonotonicInstant, _ received: MonotonicInstant, _ mutation: ReplyMutation?,
        _ isOfEnergy: Bool
    ) -> BusMachine.Input {
        replies.append(
            FuzzReply(words: words, sent: sent, received: received, mutation: mutation, isOfEnergy: isOfEnergy))
        if replies.count == meter.blocks.count, isReading { oracle.complete(replies, meter.blocks) }
        return .answered(BlockReply(words: words, sent: sent, received: received))
    }

    private mutating func fail(_ error: MeteringError) -> BusMachine.Input {
        finish(accepted: false)
        return .failed(error)
    }

    // MARK: drawing

    private mutating func beginReading() {
        lie?.readings -= 1
        if let readings = lie?.readings, readings < 1 { lie = nil }
        if lie == nil, style.lies > 0, !isRecovering, Int.random(in: 0..<style.lies, using: &generator) == 0 {
            let limits = configuration.limits
            lie = ConsistentLie(
                from: meter.shown(at: now),
                bound: limits.maximumPower.rawValue * Int64(limits.energyFactor) / 3_600, using: &generator)
        }
        if !style.hasSteadyPower, Int.random(in: 0..<60, using: &generator) == 0 { changePower() }
        if Int.random(in: 0..<200, using: &generator) == 0 { machine.requestIdentification(now) }
        // Nobody exchanges a meter that cannot say that it is another one.
        if !style.isHonest, !isRecovering, configuration.profile.serial != nil,
            Int.random(in: 0..<300, using: &generator) == 0
        {
            meter.exchange(at: now, using: &generator)
        }
    }

    private mutating func changePower() {
        let most = configuration.limits.maximumPower.rawValue / 1_000
        let powers: [Int64] = [0, 1_380, most / 3, most / 2, most, most]
        let watts = powers.randomElement(using: &generator) ?? 0
        meter.energy.set(watts: watts, at: now)
        guard style.tellsCondition else { return }
        machine.judge(
            meter: 0,
            under: MeterCondition(
                contactor: watts > 0 ? .closed(since: now) : .open(since: now), promise: Milliamps(32_000)))
    }

    private mutating func draw(isOfEnergy: Bool) -> ReplyMutation? {
        guard style.rate > 0, !isRecovering, isOfEnergy ? style.ofEnergy : style.ofRest,
            Int.random(in: 0..<style.rate, using: &generator) == 0
        else { return nil }
        return style.kinds.randomElement(using: &generator)
    }

    private mutating func error(_ mutation: ReplyMutation, _ timeout: Nanoseconds) -> MeteringError? {
        switch mutation {
        case .exception: return .exception(code: .random(in: 0...255, using: &generator))
        case .otherShape: return .wrongReply(Bool.random(using: &generator) ? .shape : .length)
        case .timeout:
            now = now + timeout
            return .timeout(after: timeout)
        case .checksum: return .checksum
        case .otherUnit: return .wrongReply(.unit)
        case .hangUp: return .linkLost(errno: 104)
        default: return nil
        }
    }

    private mutating func time(
        _ mutation: ReplyMutation, _ sent: MonotonicInstant, _ timeout: Nanoseconds
    ) -> (MonotonicInstant, MonotonicInstant) {
        switch mutation {
        case .late: now = max(now, sent + timeout)
        case .overdue: now = sent + timeout + timeout + .seconds(1) + Nanoseconds(1)
        case .timeStandsStill: if let last = oracle.last { return last }
        default: break
        }
        return (sent, now)
    }
}
