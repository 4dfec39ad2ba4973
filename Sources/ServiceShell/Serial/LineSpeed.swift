import Quantities

/// At which speed a serial line is used. Pure: it is told what happens, and asked which speed is to be set now.
///
/// A change that a technician asked for is on trial until a line arrives that is one; without it the old speed is back. A line on which most
/// bytes come in error is tried at the other speeds, one after the other, until a line arrives that is one. BREAK leads back to
/// the configured speed, except while the others are tried; a cable that was pulled always does.
struct LineSpeed: Sendable {
    /// Without a line that arrives whole within this time, a changed speed is taken back.
    static let trial = Nanoseconds.seconds(5)
    /// So long a speed that was found by trying is kept without one.
    static let patience = Nanoseconds.seconds(60)

    /// What is to be set; the driver sets it where it differs from what is.
    private(set) var current: SerialSpeed
    private let configured: SerialSpeed
    private var state = State.settled
    private var noise = NoiseGate()

    private enum State: Equatable, Sendable {
        /// The configured speed, or one that was confirmed by a line.
        case settled
        /// A technician's wish, until the moment; then the old one is back.
        case onTrial(back: SerialSpeed, until: MonotonicInstant)
        /// One of those that are tried, until the moment; then the configured one is back.
        case searching(until: MonotonicInstant)
    }

    init(configured: SerialSpeed) {
        self.configured = configured
        current = configured
    }

    /// Whether `tick` has something to do before the next byte.
    var wantsTicks: Bool { state != .settled }

    /// A technician wants another speed; what answered him has been sent at the old one.
    mutating func change(to speed: SerialSpeed, at now: MonotonicInstant) {
        state = .onTrial(back: current, until: now + Self.trial)
        current = speed
        noise = NoiseGate()
    }

    /// What came over the line.
    mutating func note(_ symbols: [LineSymbol], at now: MonotonicInstant) {
        for symbol in symbols {
            switch symbol {
            case .hangUp: reset()
            case .lineBreak: noteBreak(at: now)
            case .damaged: noteError(at: now)
            case .byte: break
            }
        }
    }

    /// Whoever sends more slowly seems to send BREAK again and again: one alone is meant.
    private mutating func noteBreak(at now: MonotonicInstant) {
        if case .searching = state {} else { (current, state) = (configured, .settled) }
        noteError(at: now)
    }

    private mutating func noteError(at now: MonotonicInstant) {
        noise.note(errorAt: now)
        if noise.isSilent(at: now) { tryNext(at: now) }
    }

    /// A line arrived whole, and was a command: whoever is there has this speed.
    mutating func confirm() { state = .settled }

    /// Time has passed.
    mutating func tick(at now: MonotonicInstant) {
        switch state {
        case .settled: break
        case .onTrial(let back, let until):
            if now >= until {
                current = back
                state = .settled
            }
        case .searching(let until): if now >= until { reset() }
        }
    }

    private mutating func reset() {
        current = configured
        state = .settled
        noise = NoiseGate()
    }

    /// A wish that turns out to be noise is given up at once; else the next of all speeds, from the usual ones down.
    private mutating func tryNext(at now: MonotonicInstant) {
        noise = NoiseGate()
        if case .onTrial(let back, _) = state {
            current = back
            state = .settled
            return
        }
        let all = SerialSpeed.tried
        let place = all.firstIndex(of: current) ?? all.count - 1
        current = all[(place + 1) % all.count]
        state = .searching(until: now + Self.patience)
    }
}
