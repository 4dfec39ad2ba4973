internal import Quantities

/// One meter's part of the bus: what to ask next, and what the replies mean. A pure value.
///
/// A meter is identified (serial, model, guards) before its first reading, after each loss, and when asked for. A reading
/// that is doubtful is read again twice, on a line made quiet, before it is refused.
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

    private let identification: [IdentityStep]
    private let readings: [RegisterRequest]
    private var stage = Stage.identifying(0)
    private var needsIdentification = true
    private var serial = ""
    private var replies: [BlockReply] = []
    private var startedAt: MonotonicInstant
    private var plausibility: Plausibility
    private var generation: UInt32 = 0
    private var rollovers: UInt32 = 0
    private var number: UInt64 = 0
    private var doubts = 0
    private var isLost = false
    private var backOff = Self.leastBackOff

    private enum Stage: Equatable {
        case identifying(Int)
        case reading(Int)
    }

    private enum IdentityStep: Sendable {
        case serial(IdentityRegister)
        case model(IdentityRegister)
        case check(GuardRegister)

        var request: RegisterRequest {
            switch self {
            case .serial(let register), .model(let register): register.request
            case .check(let register): register.request
            }
        }
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
        plausibility = Plausibility(
            limits: configuration.limits, rollover: profile.rollover, refresh: profile.link.refresh)
        var steps: [IdentityStep] = []
        if let serial = profile.serial { steps.append(.serial(serial)) }
        if let model = profile.modelCode { steps.append(.model(model)) }
        identification = steps + profile.guards.map { .check($0) }
        readings = profile.readingOrder.map(\.request)
        dueAt = now
        startedAt = now
    }

    // MARK: asking

    /// Begins an identification or a reading.
    mutating func begin(_ now: MonotonicInstant) {
        startedAt = now
        replies = []
        stage = needsIdentification ? .identifying(0) : .reading(0)
    }

    /// What to ask for now; `nil` where the profile has nothing to identify by.
    var request: RegisterRequest? {
        switch stage {
        case .identifying(let step): identification.indices.contains(step) ? identification[step].request : nil
        case .reading(let step): readings[step]
        }
    }

    /// Before the next reading, identity and guards are read again.
    mutating func requestIdentification(_ now: MonotonicInstant) {
        needsIdentification = true
        dueAt = min(dueAt, now)
    }

    /// The next reading becomes the base, whatever it says.
    mutating func acceptNewBase() { plausibility.acceptNewBase() }

    // MARK: replies

    /// Takes a reply to `request`.
    mutating func take(_ reply: BlockReply, _ now: MonotonicInstant) -> Outcome {
        statistics.requests += 1
        statistics.latency.note(reply.received - reply.sent)
        switch stage {
        case .identifying(let step):
            do throws(MeteringError) {
                try identify(identification[step], reply.words)
            } catch {
                return .done(refuseMeter(error, now))
            }
            stage = .identifying(step + 1)
            return step + 1 < identification.count ? .more : .done(completeIdentification(now))
        case .reading(let step):
            replies.append(reply)
            stage = .reading(step + 1)
            return step + 1 < readings.count ? .more : judge(now)
        }
    }

    /// Ends an identification: all of its replies hold.
    mutating func completeIdentification(_ now: MonotonicInstant) -> [MeterEvent] {
        let profile = configuration.profile
        let found = MeterIdentity(
            vendor: profile.vendor, model: profile.model, serial: serial, profileID: profile.id, trust: profile.trust)
        if found != identity {
            // Another meter: its register has nothing to do with the old one's.
            generation &+= 1
            rollovers = 0
            plausibility.acceptNewBase()
        }
        identity = found
        needsIdentification = false
        isLost = false
        dueAt = now
        return [.identified(found, generation: generation)]
    }

    private mutating func identify(_ step: IdentityStep, _ words: [UInt16]) throws(MeteringError) {
        switch step {
        case .serial(let register):
            do throws(DecodingFault) {
                serial = try register.decode(words)
            } catch {
                throw .undecodable(field: "serial", error)
            }
        case .model(let register):
            let found: String
            do throws(DecodingFault) {
                found = try register.decode(words)
            } catch {
                throw .undecodable(field: "model", error)
            }
            guard register.expected.contains(found) else {
                throw .wrongModel(expected: register.expected, found: found)
            }
        case .check(let register): try register.check(words)
        }
    }

    private mutating func judge(_ now: MonotonicInstant) -> Outcome {
        let assembler = ReadingAssembler(profile: configuration.profile, replies: replies)
        do throws(MeteringError) {
            let candidate = try assembler.assemble(plausibility)
            switch plausibility.judge(candidate.sample) {
            case .refused(let reason): throw .implausible(reason)
            case .accepted(let wrapped):
                if wrapped { rollovers &+= 1 }
                return .done([.reading(accept(candidate, assembler, now))])
            }
        } catch {
            return doubt(error, assembler, now)
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
        statistics.undecodable += candidate.undecodable
        failures = 0
        doubts = 0
        backOff = Self.leastBackOff
        scheduleNextPoll(now)
        return EnergyReading(
            number: number, generation: generation, rollovers: rollovers, at: candidate.sample.received,
            elapsed: candidate.sample.received - candidate.sample.sent, import: candidate.energy,
            export: candidate.export, power: candidate.power, voltages: candidate.voltages,
            currents: candidate.currents, frequency: candidate.frequency, evidence: evidence,
            confirmation: confirmation)
    }

    private mutating func doubt(
        _ error: MeteringError, _ assembler: ReadingAssembler, _ now: MonotonicInstant
    ) -> Outcome {
        guard doubts >= Self.repeatsOfDoubt else {
            doubts += 1
            statistics.repeated += 1
            dueAt = now
            return .doubtful([])
        }
        doubts = 0
        // The line works: it is the meter that is not believed.
        failures = 0
        scheduleNextPoll(now)
        return .doubtful([refusal(error, assembler.evidence, assembler.confirmation)])
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
        // Exceptions that say "this profile is not for this meter" do not get better by asking at once again.
        if case .exception(let code) = error, (1...3).contains(code) { return refuseMeter(error, now) }
        failures += 1
        guard failures >= Self.failuresUntilLost else {
            dueAt = now
            return []
        }
        let events = lose(error)
        retryLater(now)
        return events
    }

    /// The line is gone.
    mutating func lose(_ error: MeteringError) -> [MeterEvent] {
        needsIdentification = true
        doubts = 0
        guard !isLost else { return [] }
        isLost = true
        statistics.losses += 1
        return [.lost(error)]
    }

    /// The line is open again.
    mutating func reconnect(_ now: MonotonicInstant) {
        failures = 0
        needsIdentification = true
        dueAt = now
    }

    /// Identity or guards do not hold, or the profile does not fit: asked again from the identity, later.
    private mutating func refuseMeter(_ error: MeteringError, _ now: MonotonicInstant) -> [MeterEvent] {
        needsIdentification = true
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
        return .refused(
            ReadingRefusal(
                reason: error, evidence: evidence, confirmation: confirmation, total: statistics.refused))
    }

    private mutating func count(_ error: MeteringError) {
        switch error {
        case .timeout, .overdue: statistics.timeouts += 1
        case .checksum: statistics.checksums += 1
        case .exception: statistics.exceptions += 1
        case .wrongReply, .tooFast: statistics.wrongReplies += 1
        default: break
        }
    }
}
