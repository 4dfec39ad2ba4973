import Quantities

/// What the core knows of the control pilot: the level of the newest sample, the settled level, and two clocks that run
/// apart because opening and closing are judged by different rules.
///
/// Opening (DECISIONS, "Opening and closing"): five samples in a row that do not ask for energy, first to last at least
/// 20 ms; it does not matter whether they agree on which level it is. A stale pilot counts as such a sample. Closing:
/// state C without a break for 500 ms.
struct PilotObserver: Sendable, BitwiseCopyable {
    private var classifier: PilotClassifier
    private var candidate: PilotLevel
    private var candidateAgreement: Agreement
    private var notAsking: Agreement
    private var newestSampleAt: MonotonicInstant?

    /// The level of the newest sample, or `nil` while the pilot is stale.
    private(set) var level: PilotLevel?
    /// The level that five samples in a row agreed on; `nil` before the first such five. A stale pilot leaves it.
    private(set) var settled: PilotLevel?
    /// Whether this step brought news: a sample not seen before, or the knowledge that the pilot is stale.
    private(set) var hasNews: Bool
    /// Whether this step brought a sample not seen before.
    private(set) var hasNewSample: Bool
    /// Since when every sample was in state C.
    private(set) var askingSince: MonotonicInstant?

    static var samples: Int32 { @_noLocks get { 5 } }
    static var span: Nanoseconds { @_noLocks get { .milliseconds(20) } }
    /// A sample older than this says nothing about the present.
    static var maximumAge: Nanoseconds { @_noLocks get { .milliseconds(15) } }
    /// How far a sampler's time stamp may run ahead of the step that reads it.
    static var maximumLead: Nanoseconds { @_noLocks get { .milliseconds(5) } }

    @_noLocks
    init() {
        classifier = PilotClassifier()
        candidate = .invalid
        candidateAgreement = Agreement()
        notAsking = Agreement()
        newestSampleAt = nil
        level = nil
        settled = nil
        hasNews = false
        hasNewSample = false
        askingSince = nil
    }

    /// Takes in the newest sample, or that there is none.
    @_noLocks
    mutating func observe(_ sample: PilotSample?, at now: MonotonicInstant) {
        guard let sample, now - sample.at <= Self.maximumAge, sample.at - now <= Self.maximumLead else {
            observeStaleness(at: now)
            return
        }
        if let newestSampleAt, sample.at <= newestSampleAt {
            // The same measurement again is no second witness.
            hasNews = false
            hasNewSample = false
            return
        }
        newestSampleAt = sample.at
        hasNews = true
        hasNewSample = true
        let level = classifier.classify(sample.high)
        self.level = level

        if candidateAgreement.count == 0 || !(level == candidate) {
            candidate = level
            candidateAgreement.disagree()
        }
        candidateAgreement.agree(at: now)
        if candidateAgreement.holds(samples: Self.samples, span: Self.span, at: now) { settled = level }

        if case .c = level {
            notAsking.disagree()
            if askingSince == nil { askingSince = now }
        } else {
            notAsking.agree(at: now)
            askingSince = nil
        }
    }

    @_noLocks
    private mutating func observeStaleness(at now: MonotonicInstant) {
        hasNews = true
        hasNewSample = false
        level = nil
        candidateAgreement.disagree()
        notAsking.agree(at: now)
        askingSince = nil
    }

    /// Whether the car has stopped asking for long enough that the contactor must open.
    @_noLocks
    func mustOpen(at now: MonotonicInstant) -> Bool {
        notAsking.holds(samples: Self.samples, span: Self.span, at: now)
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
}
