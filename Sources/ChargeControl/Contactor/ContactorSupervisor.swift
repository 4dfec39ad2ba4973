import Quantities

/// Compares what the contactor was told with what its two feedbacks say, pole by pole, and times it.
struct ContactorSupervisor: Sendable, BitwiseCopyable {
    let phases: UInt8
    let switchesPhases: Bool
    /// What the last output told it.
    private(set) var isCommandedClosed = false
    /// Whether L2 and L3 close along with L1. Changes only while the contactor is proven open.
    private(set) var mode: PhaseMode
    /// When the command last changed; `nil` before the first closing.
    private(set) var commandedSince: MonotonicInstant?
    /// Since when the feedbacks prove it open after the last opening; `nil` while they do not.
    private(set) var provenOpenSince: MonotonicInstant?
    private(set) var first = PoleVerdict.unknown
    private(set) var second = PoleVerdict.unknown
    private(set) var third = PoleVerdict.unknown
    /// From the command to the mirror contact, of the newest closing and opening.
    private(set) var closingTime: Nanoseconds?
    private(set) var openingTime: Nanoseconds?
    private var isTimed = true
    private var wasSeen = false
    private var feedback = ContactorFeedback.unknown

    @_noLocks
    init(phases: UInt8, switchesPhases: Bool) {
        self.phases = phases
        self.switchesPhases = switchesPhases
        mode = phases == 1 ? .single : .three
        commandedSince = nil
        provenOpenSince = nil
        closingTime = nil
        openingTime = nil
    }

    /// Takes in the feedbacks of this step.
    @_noLocks
    mutating func observe(_ feedback: ContactorFeedback, at now: MonotonicInstant) {
        self.feedback = feedback
        let three = isCommandedClosed && mode == .three
        let mirror = switchesPhases ? feedback.secondMirror : feedback.mirror
        first = PoleVerdict(toldClosed: isCommandedClosed, mirror: feedback.mirror, load: feedback.firstLoad)
        if phases > 1 {
            // A car may bridge L1 to L2 and L3: with L1 alone closed their load side says nothing of their poles.
            let isBridgeable = isCommandedClosed && Self.isOpen(mirror)
            second = PoleVerdict(
                toldClosed: three, mirror: mirror, load: isBridgeable ? .unknown : feedback.secondLoad)
            third = PoleVerdict(toldClosed: three, mirror: mirror, load: isBridgeable ? .unknown : feedback.thirdLoad)
        }
        if !all(are: .unknown) { wasSeen = true }
        if all(are: .open) {
            if provenOpenSince == nil { provenOpenSince = now }
        } else {
            provenOpenSince = nil
        }
        time(at: now)
    }

    @_noLocks
    private mutating func time(at now: MonotonicInstant) {
        guard !isTimed, let commandedSince else { return }
        switch (isCommandedClosed, feedback.mirror) {
        case (true, .closed): closingTime = now - commandedSince
        case (false, .open): openingTime = now - commandedSince
        case (_, .unknown): break
        default: return
        }
        isTimed = true
    }

    /// Notes what this step's output tells the contactor.
    @_noLocks
    mutating func command(closed: Bool, at now: MonotonicInstant) {
        if closed != isCommandedClosed {
            isCommandedClosed = closed
            commandedSince = now
            isTimed = false
        }
        if closed { provenOpenSince = nil }
    }

    /// Moves the relay that decides whether L2 and L3 close along: never with L1 closed, and only proven open
    /// (docs/control-core.md, "Phase switching").
    @_noLocks
    mutating func select(_ wanted: PhaseMode) {
        invariant(provenOpenSince != nil, "L2 and L3 move only while every pole is proven open")
        mode = wanted
    }

    @_noLocks
    func isAny(_ verdict: PoleVerdict) -> Bool {
        if Self.same(first, verdict) { return true }
        return phases > 1 && (Self.same(second, verdict) || Self.same(third, verdict))
    }

    @_noLocks
    private func all(are verdict: PoleVerdict) -> Bool {
        guard Self.same(first, verdict) else { return false }
        return phases == 1 || (Self.same(second, verdict) && Self.same(third, verdict))
    }

    /// Every pole that was told to close is closed, and no other one.
    @_noLocks
    func isAsToldClosed() -> Bool {
        guard isCommandedClosed, Self.same(first, .closed) else { return false }
        if phases == 1 { return true }
        let others: PoleVerdict = mode == .three ? .closed : .open
        return Self.same(second, others) && Self.same(third, others)
    }

    /// No feedback has ever said anything: the board has none. One that fell silent is another matter.
    @_noLocks
    func isUnobserved() -> Bool { !wasSeen }

    /// A feedback that the board has on another pole, or had, says nothing on this one.
    @_noLocks
    func isHalfBlind() -> Bool {
        let mirrorKnown = feedback.mirror.isKnown() && (!switchesPhases || feedback.secondMirror.isKnown())
        var loadKnown = feedback.firstLoad.isKnown()
        if phases > 1 { loadKnown = loadKnown && feedback.secondLoad.isKnown() && feedback.thirdLoad.isKnown() }
        return mirrorKnown != loadKnown
    }

    @_noLocks
    private static func isOpen(_ feedback: ContactFeedback) -> Bool {
        if case .open = feedback { return true }
        return false
    }

    @_noLocks
    private static func same(_ left: PoleVerdict, _ right: PoleVerdict) -> Bool {
        unsafeBitCast(left, to: UInt8.self) == unsafeBitCast(right, to: UInt8.self)
    }
}
