public import ChargeControl
public import Quantities

/// How a car behaves from one millisecond to the next.
extension Car {
    /// Steps to this moment: `pilot` is what the charger's generator puts out.
    public mutating func step(
        pilot: PilotCommand, isLive: Bool, register: MilliwattHours, at now: MonotonicInstant, over step: Nanoseconds
    ) {
        guard isPlugged else { return }
        if let target, register >= target { isSatisfied = true }
        read(pilot, at: now)
        listen(to: pilot, at: now)
        if let toggle {
            follow(toggle, at: now)
        } else {
            ask(at: now)
        }
        // Without voltage there is no current, however fast it went.
        if isLive { ramp(to: Int64(goal.rawValue) * 1_000, over: step) } else { microamps = 0 }
        if toggle != nil { return }
        let stops = !wants || isSatisfied || (offer == .zero && obeys)
        if stops, microamps == 0 { isRequesting = false }
    }

    /// What it would draw now.
    private var goal: Milliamps {
        guard wants, !isSatisfied, !isAsleep, isRequesting || isSimplified else { return .zero }
        let most = isSimplified ? min(limit, Self.simplifiedLimit) : limit
        if overdraws, offer > .zero || !obeys { return most }
        return min(obeys ? offer : max(offer, lastOffer), most)
    }

    private mutating func ask(at now: MonotonicInstant) {
        guard wants, !isSatisfied, !isAsleep, offer > .zero, let offeredSince else { return }
        if now - offeredSince >= requestDelay { isRequesting = true }
    }

    /// A car without manners: it opens S2 under load.
    private mutating func follow(_ toggle: Toggle, at now: MonotonicInstant) {
        let period = max(1, toggle.closed.rawValue + toggle.open.rawValue)
        isRequesting = (now - toggle.start).rawValue % period < toggle.closed.rawValue
        if !isRequesting { microamps = 0 }
    }

    private mutating func listen(to pilot: PilotCommand, at now: MonotonicInstant) {
        guard isAsleep else { return }
        let isCalled =
            switch (sleep, pilot) {
            case (.untilCut, .stateE), (.untilF, .stateF): true
            default: false
            }
        guard isCalled else {
            calledSince = nil
            return
        }
        let since = calledSince ?? now
        calledSince = since
        if now - since >= Self.wakingTime { isAsleep = false }
    }

    private mutating func read(_ pilot: PilotCommand, at now: MonotonicInstant) {
        let allowance: Milliamps
        switch pilot {
        case .pwm(let highTime): allowance = DutyMeaning(highTime: highTime).allowance()
        case .x1, .stateE, .stateF: allowance = .zero
        }
        if allowance > .zero {
            if offer == .zero { offeredSince = now }
            lastOffer = allowance
        } else {
            offeredSince = nil
        }
        offer = allowance
    }

    private mutating func ramp(to goal: Int64, over step: Nanoseconds) {
        let milliseconds = step.wholeMilliseconds
        if microamps < goal {
            microamps = min(goal, microamps + Int64(rise.rawValue) * milliseconds)
        } else {
            microamps = max(goal, microamps - Int64(fall.rawValue) * milliseconds)
        }
    }
}
