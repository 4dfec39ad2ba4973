/// A step of the control core that a board cannot do and that is left out on it.
public enum SkippedStep: Sendable, Equatable, CaseIterable {
    /// Waking a sleeping car by cutting its pilot (state E).
    case wakeUpByE
    /// Cutting the pilot while the phases are switched.
    case pilotCutInPhaseSwitching
}

extension SkippedStep: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wakeUpByE: "waking a sleeping car by state E"
        case .pilotCutInPhaseSwitching: "cutting the pilot while the phases are switched"
        }
    }
}

extension BoardProfile {
    /// What is left out on this board for want of a pilot relay.
    public var skippedSteps: [SkippedStep] {
        if hasPilotRelay { return [] }
        return hasPhaseSwitching ? [.wakeUpByE, .pilotCutInPhaseSwitching] : [.wakeUpByE]
    }

    /// The same in one sentence for people; `nil` where nothing is left out.
    public var skippedStepsSentence: String? {
        let steps = skippedSteps.map(\.description)
        if steps.isEmpty { return nil }
        return "Board \"\(id)\" has no pilot relay, so these steps are skipped: \(steps.joined(separator: "; "))."
    }
}
