internal import Quantities

/// One meter's part of the bus: what to ask next, and what the replies mean. A pure value.
///
/// A meter is identified (serial, model, guards) before its first reading, after each loss, when asked for, and as soon as
/// its register fell or rose beyond belief. A reading that is doubtful is read again twice, on a line made quiet, before it
/// is refused; `RefusalStreak` says what several refusals in a row mean.
struct MeterMachine: Sendable {
    /// How often a doubtful reading is read again.
    static let repeatsOfDoubt = 2
    /// Failures in a row after which the meter counts as lost.
    static let failuresUntilLost = 3
    static let leastBackOff = Nanoseconds.milliseconds(500)
    static let mostBackOff = Nanoseconds.seconds(10)

    let configuration: MeterConfiguration
    private(set) var statistics = MeterStatistics()
    private(set) var identity: MeterIdentity?
    /// When it is next asked for something.
    private(set) var dueAt: MonotonicInstant
    /// Failures in a row.
    private(set) var failures = 0

    private let blocks: [RegisterBlock]
    private var identification: MeterIdentification
    private var stage = Stage.identifying
    private var needsIdentification = true
    /// An exception was an answer to the identification: it goes on where it stands.
    private var isMidway = false
    private var replies: [BlockReply] = []
    private var startedAt: MonotonicInstant
    private var plausibility: Plausibility
    private var freeze = FreezeWatch()
    private var condition = MeterCondition.unknown
    private var generation: UInt32 = 0
    private var origin = CounterOrigin.meter
    private var rollovers: UInt32 = 0
    private var carried = MilliwattHours.zero
    private var refusals = RefusalStreak()
    private var identifiedAt: MonotonicInstant?
    private var wantsNewBase = false
    private var number: UInt64 = 0
    private var doubts = 0
    private var isLost = false
    private var backOff = Self.leastBackOff

    private enum Stage: Equatable {
        case identifying
        case reading(Int)
    }

    /// What a reply leads to.
    enum Outcome: Equatable {
        /// Something is left to ask for.
        case more
        /// Identification or reading is complete.
        case done([MeterEvent])
        /// The words came, and cannot be true: quiet and flush the line, then read again.
        case doubtful([MeterEvent])
    }

    init(_ configuration: MeterConfiguration, now: MonotonicInstant) {
        self.configuration = configuration
        let profile = configuration.profile
        plausibility = Plausibility(limits: configuration.limits, refresh: profile.link.refresh)
        identification = MeterIdentification(profile)
        blocks = profile.readingOrder
        dueAt = now
        startedAt = now
    }

    // MARK: asking

    /// Begins an identification or a reading.
    mutating func begin(_ now: MonotonicInstant) {
        startedAt = now
        replies = []
        if needsIdentification {
            if !isMidway { identification.begin() }
            isMidway = false
            stage = .identifying
        } else {
            statistics.polls += 1
            stage = .reading(0)
        }
    }

    var isBilled: Bool { configuration.role == .billing }

    /// Whether nothing is sold through it now, so that a reading may be late. A contactor of which nothing is known may be closed.
    var mayWait: Bool {
        switch condition.contactor {
        case .open, .absent: true
        case .unknown, .closed: false
        }
    }

    /// Whether it has been due for so long that even a meter that is sold from has to wait.
    func isStarved(at now: MonotonicInstant) -> Bool {
        let interval = configuration.pollInterval
        return now - dueAt >= interval + interval + interval
    }

    /// What to ask for now; `nil` where the profile has nothing to identify by.
    var request: RegisterRequest? {
        switch stage {
        case .identifying: identification.request
        case .reading(let step): request(for: blocks[step])
        }
    }

    private func request(for block: RegisterBlock) -> RegisterRequest {
        guard let request = block.span.request(in: identification.map) else {
            invariantBroken("an identified meter has the registers of its profile")
        }
        return request
    }

    /// Before the next reading, identity and guards are read again.
    mutating func requestIdentification(_ now: MonotonicInstant) {
        needsIdentification = true
        isMidway = false
        dueAt = min(dueAt, now)
    }

    /// Before the next reading, identity and guards are read again, unless they were since a moment.
    mutating func requestIdentification(since moment: MonotonicInstant, _ now: MonotonicInstant) {
        guard !needsIdentification, let identifiedAt, identifiedAt < moment else { return }
        requestIdentification(now)
    }

    /// What the charger knows from now on.
    mutating func judge(under condition: MeterCondition) { self.condition = condition }

    /// Once the meter has been identified, its next reading becomes the base, whatever it says.
    mutating func acceptNewBase(_ now: MonotonicInstant) {
        wantsNewBase = true
        requestIdentification(now)
    }

    /// So long the line was given to this meter, for a reply or in vain.
    mutating func noteBusy(_ time: Nanoseconds) { statistics.busy += time }

    // MARK: replies

    /// Takes a reply to `request`.
    mutating func take(_ reply: BlockReply, _ now: MonotonicInstant) -> Outcome {
        statistics.requests += 1
        statistics.latency.note(reply.received - reply.sent)
        switch stage {
        case .identifying:
            do throws(MeteringError) {
                try identification.take(reply.words)
            } catch {
                return .done(refuseMeter(error, now))
            }
            return identification.isComplete ? .done(completeIdentification(now)) : .more
        case .reading(let step):
            replies.append(reply)
            guard step + 1 < blocks.count else { return judge(now) }
            stage = .reading(step + 1)
            return .more
        }
    }

    /// Ends an identification: all of its replies hold.
    mutating func completeIdentification(_ now: MonotonicInstant) -> [MeterEvent] {
        let profile = configuration.profile
        let found = MeterIdentity(
            vendor: profile.vendor, model: profile.model, serial: identification.serial, profileID: profile.id,
            trust: profile.trust)
        if found != identity {
            // Another meter: its register has nothing to do with the old one's.
            beginGeneration(.meter)
            freeze.forget()
        } else if wantsNewBase {
            beginGeneration(.request)
        }
        wantsNewBase = false
        identity = found
        identifiedAt = now
        needsIdentification = false
        isLost = false
        dueAt = now
        return [.identified(found, generation: generation)]
    }

    private mutating func beginGeneration(_ origin: CounterOrigin) {
        generation &+= 1
        self.origin = origin
        rollovers = 0
        carried = .zero
        plausibility.acceptNewBase()
        refusals.forget()
    }

    private mutating func judge(_ now: MonotonicInstant) -> Outcome {
        let assembler = ReadingAssembler(
            profile: configuration.profile, blocks: blocks, requests: blocks.map { request(for: $0) }, replies: replies)
        do throws(MeteringError) {
            let candidate = try assembler.assemble(plausibility)
            try judge(candidate, assembler)
            // On a copy: a wrap is not taken in before it is known to be this meter's.
            var successor = plausibility
            switch isBilled
                ? successor.judge(candidate.sample, openSince: condition.openSince) : successor.follow(candidate.sample)
            {
            case .refused(let reason):
                plausibility = successor
                return doubt(.implausible(reason), assembler, now, fallen: reason.isFall ? candidate : nil)
            case .accepted(let modulus):
                if modulus > .zero, let last = statistics.lastGood, let identifiedAt, identifiedAt < last {
                    return .doubtful(identifyFirst(assembler, now))
                }
                guard let sum = carried.addingIfFits(modulus), candidate.energy.addingIfFits(sum) != nil else {
                    throw .undecodable(field: "import", .tooLarge)
                }
                plausibility = successor
                if modulus > .zero { rollovers &+= 1 }
                carried = sum
                return .done([.reading(accept(candidate, assembler, now))])
            }
        } catch {
            return doubt(error, assembler, now)
        }
    }

    /// Judges what the meter says of the load.
    private mutating func judge(
        _ candidate: ReadingAssembler.Candidate, _ assembler: ReadingAssembler
    ) throws(MeteringError) {
        let at = candidate.sample.received
        if let time = freeze.take(assembler.jitteringWords, at: at, condition.contactor) {
            throw .implausible(.frozen(for: time))
        }
        if let objection = LoadCheck(candidate.live)?.objection(phases: configuration.profile.phases, condition) {
            throw .implausible(objection)
        }
        // A register that a kWh is signed from never moves by more than a tenth of it.
        let step = candidate.sample.step
        if isBilled, configuration.profile.maySign, step > MeterProfile.coarsestStep {
            throw .implausible(.tooCoarse(step: step, atMost: MeterProfile.coarsestStep))
        }
    }

    private mutating func accept(
        _ candidate: ReadingAssembler.Candidate, _ assembler: ReadingAssembler, _ now: MonotonicInstant
    ) -> EnergyReading {
        guard let evidence = assembler.evidence, let confirmation = assembler.confirmation else {
            invariantBroken("an accepted reading has its evidence")
        }
        number += 1
        statistics.readings += 1
        statistics.missingValues += candidate.undecodable
        statistics.lastGood = candidate.sample.received
        failures = 0
        doubts = 0
        refusals.forget()
        backOff = Self.leastBackOff
        scheduleNextPoll(now)
        return EnergyReading(
            number: number, generation: generation, origin: origin, rollovers: rollovers, carried: carried,
            modulus: candidate.sample.modulus, identified: identifiedAt, at: candidate.sample.received,
            elapsed: candidate.sample.received - candidate.sample.sent, import: candidate.energy,
            export: candidate.export, power: candidate.live.power, voltages: candidate.live.voltages,
            currents: candidate.live.currents, frequency: candidate.live.frequency, evidence: evidence,
            confirmation: confirmation)
    }

    /// A register that wraps is not believed before the meter has been identified since its last reading.
    private mutating func identifyFirst(_ assembler: ReadingAssembler, _ now: MonotonicInstant) -> [MeterEvent] {
        var faults: UInt64 = 0
        requestIdentification(now)
        return [.live(assembler.live(&faults))]
    }

    /// - Parameter fallen: The reading whose register fell, which three polls that agree make a reset.
    private mutating func doubt(
        _ error: MeteringError, _ assembler: ReadingAssembler, _ now: MonotonicInstant,
        fallen: ReadingAssembler.Candidate? = nil
    ) -> Outcome {
        count(error)
        var faults: UInt64 = 0
        let live = MeterEvent.live(assembler.live(&faults))
        guard doubts >= Self.repeatsOfDoubt else {
            doubts += 1
            statistics.repeated += 1
            dueAt = now
            return .doubtful([live])
        }
        doubts = 0
        // The line works: it is the meter that is not believed.
        failures = 0
        if let fallen, refusals.takeFallen(fallen.sample, by: plausibility) {
            beginGeneration(.reset)
            _ = plausibility.judge(fallen.sample)
            return .done([.reading(accept(fallen, assembler, now))])
        }
        scheduleNextPoll(now)
        // Before such a register is asked again, the meter tells who it is.
        if case .implausible(let reason) = error, reason.isAboutRegister { needsIdentification = true }
        return .doubtful([live, refusal(error, assembler.evidence, assembler.confirmation)])
    }

    /// Keeps the rhythm; polls that were missed are not made up.
    private mutating func scheduleNextPoll(_ now: MonotonicInstant) {
        dueAt = max(startedAt + configuration.pollInterval, now)
    }

    // MARK: failures

    /// A request failed, and the line stays open.
    mutating func fail(_ error: MeteringError, _ now: MonotonicInstant) -> [MeterEvent] {
        statistics.requests += 1
        count(error)
        if case .exception(let code) = error {
            do throws(MeteringError) {
                if try isAnswer(code) {
                    dueAt = now
                    return []
                }
            } catch {
                return refuseMeter(error, now)
            }
            // "This profile is not for this meter" does not get better by asking at once again.
            if (1...3).contains(code) { return refuseMeter(error, now) }
        }
        failures += 1
        guard failures >= Self.failuresUntilLost else {
            dueAt = now
            return []
        }
        let events = lose(error)
        retryLater(now)
        return events
    }

    /// Whether an exception tells something that the profile is prepared for: the meter is asked otherwise from now on.
    private mutating func isAnswer(_ code: UInt8) throws(MeteringError) -> Bool {
        if code == 1, identification.usesAlternatives() {
            // Another meter may stand there: by these codes nothing was verified yet.
            needsIdentification = true
            return true
        }
        guard stage == .identifying, try identification.goesOn(afterException: code) else { return false }
        isMidway = true
        return true
    }

    /// A request failed in a way that breaks the line.
    mutating func noteBreak(_ error: MeteringError) {
        statistics.requests += 1
        count(error)
    }

    /// The line is gone.
    mutating func lose(_ error: MeteringError) -> [MeterEvent] {
        needsIdentification = true
        isMidway = false
        doubts = 0
        guard !isLost else { return [] }
        isLost = true
        statistics.losses += 1
        return [.lost(error)]
    }

    /// The line is open again.
    ///
    /// - Parameter isDue: false where it was opened before its time, for somebody's read: a lost meter is not asked earlier for that.
    mutating func reconnect(_ now: MonotonicInstant, isDue: Bool = true) {
        failures = 0
        needsIdentification = true
        isMidway = false
        identification.forgetMeter()
        if isDue { dueAt = now }
    }

    /// Identity or guards do not hold, or the profile does not fit: asked again from the identity, later.
    private mutating func refuseMeter(_ error: MeteringError, _ now: MonotonicInstant) -> [MeterEvent] {
        needsIdentification = true
        isMidway = false
        identification.forgetMeter()
        retryLater(now)
        return [refusal(error, nil, nil)]
    }

    private mutating func retryLater(_ now: MonotonicInstant) {
        dueAt = now + backOff
        backOff = min(backOff + backOff, Self.mostBackOff)
    }

    private mutating func refusal(
        _ error: MeteringError, _ evidence: RegisterEvidence?, _ confirmation: RegisterEvidence?
    ) -> MeterEvent {
        statistics.refused += 1
        refusals.take(error)
        return .refused(
            ReadingRefusal(
                reason: error, evidence: evidence, confirmation: confirmation, total: statistics.refused,
                isDistrust: refusals.isDistrust || error.isFreeze))
    }

    private mutating func count(_ error: MeteringError) {
        switch error {
        case .timeout, .overdue: statistics.timeouts += 1
        case .checksum: statistics.checksums += 1
        case .exception: statistics.exceptions += 1
        case .tooFast, .wrongReply(.shape): statistics.stale += 1
        case .wrongReply: statistics.wrongReplies += 1
        case .unconfirmed, .implausible: statistics.implausible += 1
        case .undecodable: statistics.undecodable += 1
        default: break
        }
    }
}
