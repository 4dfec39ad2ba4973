import ChargeControl
import Quantities

/// The contactor's poles as they really are.
struct Contacts: Sendable {
    /// L1 and N, and on a board without phase switching all of them.
    var main = false
    /// L2 and L3.
    var second = false
    var target = false
    var secondTarget = false
    var movesAt = Int64.max
    var mainIsWelded = false
    var secondIsWelded = false
}

extension World {
    /// The coil follows enable and gate, the poles follow the coil after their time, the feedbacks follow the poles.
    mutating func moveContacts() {
        let gate = now - seen.lastPulse < 150_000_000
        let coil = seen.isEnabled && gate && !isCaused(.contactorNotClosed)
        if coil != contacts.target {
            contacts.target = coil
            contacts.secondTarget = coil && seen.mode == .three
            contacts.movesAt = now + (coil ? charger.closingTime : charger.openingTime)
        }
        if now >= contacts.movesAt {
            contacts.movesAt = Int64.max
            contacts.main = contacts.target
            contacts.second = contacts.secondTarget
        }
        if contacts.mainIsWelded { contacts.main = true }
        if contacts.secondIsWelded { contacts.second = true }
        let switches = charger.configuration.options.switchesPhases
        if !switches { contacts.second = contacts.main }
        input.gateHeld = gate && !isCaused(.gateLost)
        feedBack(switches: switches)
        truth.isClosed = contacts.main || (charger.configuration.phases > 1 && contacts.second)
        carry()
    }

    private mutating func feedBack(switches: Bool) {
        let first: ContactFeedback = contacts.main ? .closed : .open
        let other: ContactFeedback = contacts.second ? .closed : .open
        var feedback = ContactorFeedback(
            mirror: first, secondMirror: switches ? other : first, firstLoad: first, secondLoad: other, thirdLoad: other
        )
        truth.isFeedbackHonest = true
        if !charger.hasMirror {
            feedback.mirror = .unknown
            feedback.secondMirror = .unknown
        }
        if !charger.hasLoadSide {
            feedback.firstLoad = .unknown
            feedback.secondLoad = .unknown
            feedback.thirdLoad = .unknown
        }
        if isCaused(.contactorWelded) {
            feedback.firstLoad = .closed
            truth.isFeedbackHonest = false
        }
        if isCaused(.contactorNotOpened) {
            feedback.mirror = .closed
            truth.isFeedbackHonest = false
        }
        if isCaused(.poleNotClosed) {
            // A dead pole; on a contactor with more the last of them.
            if charger.configuration.phases > 1 { feedback.thirdLoad = .open } else { feedback.firstLoad = .open }
            truth.isFeedbackHonest = false
        }
        if isCaused(.contactorFeedbackLost) {
            feedback.secondLoad = .unknown
            feedback.firstLoad = .unknown
            feedback.thirdLoad = .unknown
            truth.isFeedbackHonest = false
        }
        if isCaused(.contactorUnobserved) {
            feedback = .unknown
            truth.isFeedbackHonest = false
        }
        input.contactor = feedback
    }

    /// The currents as the board measures them.
    private mutating func carry() {
        guard charger.measuresCurrents else {
            input.currents = PhaseCurrents(first: nil, second: nil, third: nil)
            if isCaused(.overcurrentHardware) || isCaused(.overcurrent) { return }
            meter.power = Int64(contacts.main ? car.drawn : 0) * 230
            return
        }
        var first = contacts.main ? car.drawn : 0
        var others = contacts.second && !car.isSinglePhase ? car.drawn : 0
        if isCaused(.overcurrentHardware) {
            let rating = charger.configuration.maximumCurrent.rawValue
            first = rating + rating / 4 + 100
        }
        if isCaused(.phasesUnbidden) { others = 3_000 }
        if charger.configuration.phases == 1 { others = 0 }
        meter.power = (Int64(first) + 2 * Int64(others)) * 230
        input.currents = PhaseCurrents(first: Milliamps(first), second: Milliamps(others), third: Milliamps(others))
    }
}
