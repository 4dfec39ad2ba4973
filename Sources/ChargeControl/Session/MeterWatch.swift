import Quantities

/// The newest reading that the core accepts, and how long ago it was.
struct MeterWatch: Sendable, BitwiseCopyable {
    private(set) var newest: EnergySample?
    private var startedAt: MonotonicInstant?
    private(set) var silence: Nanoseconds

    private static var origin: MonotonicInstant { @_noLocks get { MonotonicInstant(nanoseconds: 0) } }

    @_noLocks
    init() {
        newest = nil
        startedAt = nil
        silence = .zero
    }

    /// Takes in what the step knows of the meter.
    ///
    /// In an open session a reading below the one before, or older than it, is no reading; the meter then counts as
    /// silent. (Rollover and replacement are the meter room's work and never reach the core as a step back.)
    @_noLocks
    mutating func observe(_ input: ControlInput, sessionIsOpen: Bool, at now: MonotonicInstant) {
        if startedAt == nil { startedAt = now }
        if let sample = input.energy, isAcceptable(sample, sessionIsOpen: sessionIsOpen, at: now) {
            newest = sample
        }
        silence = now - (newest?.at ?? startedAt ?? now)
        if case .ok = input.meter { return }
        silence = max(silence, now - max(input.meterSince, Self.origin))
    }

    /// No reading for 3 s.
    @_noLocks
    func isSilent() -> Bool { silence >= .seconds(3) }

    @_noLocks
    private func isAcceptable(_ sample: EnergySample, sessionIsOpen: Bool, at now: MonotonicInstant) -> Bool {
        guard sample.imported >= .zero, sample.at <= now, sample.elapsed >= .zero else { return false }
        // The monotonic clock never shows a moment before its origin.
        guard sample.at >= Self.origin, sample.requestedAt() >= Self.origin else { return false }
        guard let newest else { return true }
        guard sample.number > newest.number, sample.at >= newest.at else { return false }
        return !sessionIsOpen || sample.imported >= newest.imported
    }
}
