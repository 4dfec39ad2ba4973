import Quantities

/// What the core knows of the control pilot: the level of the newest sample, the settled level, and two clocks that run
/// apart because opening and closing are judged by different rules.
///
/// Opening (docs/control-core.md, "Opening and closing"): five samples in a row that do not ask for energy, first to last
/// at least 20 ms; it does not matter whether they agree on which level it is. A stale pilot counts as such a sample.
/// Closing: a level that asks, without a break for 500 ms.
///
/// While the charger itself holds the pilot at E or F (wake-up, phase switching, a fault's signal) what is read is not the
/// car's: *disconnected by us*. It settles nothing, and after it everything is learnt anew.
struct PilotObserver: Sendable, BitwiseCopyable {
    private var classifier = PilotClassifier()
    private var candidate = PilotLevel.invalid
    private var candidateAgreement = Agreement()
    private var notAsking = Agreement()
    /// Measurements in a row that did not ask, and the steps in which the newest of them was looked at.
    private var refusals: Int32 = 0
    private var sightings = Agreement()
    private var newestSampleAt: MonotonicInstant?
    private var oursUntil = MonotonicInstant(nanoseconds: Int64.min / 2)

    /// The level of the newest sample, or `nil` while the pilot is stale or held by the charger itself.
    private(set) var level: PilotLevel?
    /// The level that five samples in a row agreed on; `nil` before the first such five. A stale pilot leaves it.
    private(set) var settled: PilotLevel?
    /// Whether this step brought a sample of the car's not seen before.
    private(set) var hasNewSample = false
    /// No sample younger than 15 ms.
    private(set) var isStale = false
    /// The car was out of sight too long by this step, whatever the cause: no samples, a stall, the charger's own hold.
    private(set) var lostSight = false
    private var seenAt: MonotonicInstant?
    /// What is read is the charger's own doing.
    private(set) var isOurs = false
    /// Since when every sample asked for energy.
    private(set) var askingSince: MonotonicInstant?
    /// When a sample last asked.
    private(set) var lastAsked: MonotonicInstant?

    static var samples: Int32 { @_noLocks get { 5 } }
    static var span: Nanoseconds { @_noLocks get { .milliseconds(20) } }
    /// A sample older than this says nothing about the present.
    static var maximumAge: Nanoseconds { @_noLocks get { .milliseconds(15) } }
    /// How far a sampler's time stamp may run ahead of the step that reads it.
    static var maximumLead: Nanoseconds { @_noLocks get { .milliseconds(5) } }
    /// The longest time in which a session goes on without a sight of its car: the charger's own hold of 4 s, and what a late
    /// loop may add (docs/decisions/0006).
    static var blindness: Nanoseconds { @_noLocks get { .milliseconds(4_250) } }
    /// For so long after the pilot is given back its relay bounces and half waves of two kinds mix.
    static var settling: Nanoseconds { @_noLocks get { .milliseconds(15) } }

    @_noLocks
    init() {
        newestSampleAt = nil
        level = nil
        settled = nil
        seenAt = nil
        askingSince = nil
        lastAsked = nil
    }

    /// Notes that the charger holds the pilot from this step on, until told otherwise.
    @_noLocks
    mutating func hold(at now: MonotonicInstant) {
        oursUntil = now + Self.settling
        settled = nil
        candidateAgreement.disagree()
    }

    /// Takes in the newest sample, or that there is none.
    ///
    /// - Parameter ventilated: state D asks for energy, too: the fan is running.
    @_noLocks
    mutating func observe(_ sample: PilotSample?, ventilated: Bool, at now: MonotonicInstant) {
        let lastSeen = seenAt ?? now
        seenAt = lastSeen
        lostSight = now - lastSeen >= Self.blindness
        guard let sample, sample.at >= now - Self.maximumAge, sample.at <= now + Self.maximumLead else {
            observeStaleness(at: now)
            return
        }
        isStale = false
        if let newestSampleAt, sample.at <= newestSampleAt {
            // The same measurement again is no second witness.
            hasNewSample = false
            if refusals > 0 { sightings.agree(at: now) }
            return
        }
        newestSampleAt = sample.at
        isOurs = sample.at <= oursUntil
        if isOurs {
            forget(at: now)
            return
        }
        hasNewSample = true
        seenAt = now
        let level = classifier.classify(sample.high)
        self.level = level
        settle(level, at: now)
        judge(asks: asks(level, ventilated: ventilated), at: now)
    }

    @_noLocks
    private func asks(_ level: PilotLevel, ventilated: Bool) -> Bool {
        switch level {
        case .c: true
        case .d: ventilated
        case .a, .b, .e, .f, .invalid: false
        }
    }

    @_noLocks
    private mutating func settle(_ level: PilotLevel, at now: MonotonicInstant) {
        if !(level == candidate) {
            candidate = level
            candidateAgreement.disagree()
        }
        candidateAgreement.agree(at: now)
        if candidateAgreement.holds(samples: Self.samples, span: Self.span, at: now) { settled = level }
    }

    @_noLocks
    private mutating func judge(asks: Bool, at now: MonotonicInstant) {
        if asks {
            notAsking.disagree()
            sightings.disagree()
            refusals = 0
            if askingSince == nil { askingSince = now }
            lastAsked = now
        } else {
            notAsking.agree(at: now)
            sightings.agree(at: now)
            if refusals < 2 { refusals += 1 }
            askingSince = nil
        }
    }

    /// Disconnected by us: not an unplug, not a car.
    @_noLocks
    private mutating func forget(at now: MonotonicInstant) {
        hasNewSample = false
        level = nil
        settled = nil
        classifier = PilotClassifier()
        candidateAgreement.disagree()
        notAsking.agree(at: now)
        sightings.disagree()
        refusals = 0
        askingSince = nil
    }

    @_noLocks
    private mutating func observeStaleness(at now: MonotonicInstant) {
        isStale = true
        isOurs = now <= oursUntil
        hasNewSample = false
        level = nil
        candidateAgreement.disagree()
        notAsking.agree(at: now)
        askingSince = nil
    }

    /// Whether the car has stopped asking for long enough that the contactor must open: five observations over 20 ms. A
    /// sampler that is slower than the loop gives the car no more time: two measurements do, looked at five times.
    @_noLocks
    func mustOpen(at now: MonotonicInstant) -> Bool {
        notAsking.holds(samples: Self.samples, span: Self.span, at: now)
            || (refusals >= 2 && sightings.holds(samples: Self.samples, span: Self.span, at: now))
    }

    /// Whether the newest sample is of this level.
    @_noLocks
    func isNow(_ wanted: PilotLevel) -> Bool {
        guard let level else { return false }
        return level == wanted
    }

    /// Whether the settled level is this one.
    @_noLocks
    func isSettled(at wanted: PilotLevel) -> Bool {
        guard let settled else { return false }
        return settled == wanted
    }

    /// Whether this level is settled and the newest sample is of it.
    @_noLocks
    func isSurely(_ wanted: PilotLevel) -> Bool { isSettled(at: wanted) && isNow(wanted) }
}
