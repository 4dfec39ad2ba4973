internal import FirmwareUpdate
internal import Quantities

/// What the firmware knows of an image of the operating system on its way: when the updater is asked for it, and what comes of the
/// answer.
///
/// A value: answers go in, what is to be done comes out. The updater is asked during a trial, too: a technician may have given the image
/// up meanwhile, and the machine has to leave it at once, not when the trial's time is over.
struct SystemWatch {
    /// What an answer asks for.
    enum Need: Equatable {
        case nothing
        /// The machine runs from an image that has to pass the gate.
        case trialBegan(version: String)
        /// Somebody else has ended the trial.
        case trialEnded
        /// The machine has to start again; no trial goes on.
        case restart
    }

    /// How often the updater is asked.
    static let period = Nanoseconds.seconds(10)

    /// What the trial has to pass; nil while there is none.
    var gate: ConfirmGate?
    private var asked: MonotonicInstant?

    /// Whether the updater is to be asked.
    func isDue(at now: MonotonicInstant) -> Bool {
        guard let asked else { return true }
        return now - asked >= Self.period
    }

    /// The updater's answer; nil where there was none, which says nothing.
    mutating func take(_ system: SystemStatus?, countsLateness: Bool, at now: MonotonicInstant) -> Need {
        asked = now
        guard let system else { return .nothing }
        switch system.standing {
        case .unknown: return .nothing
        case .restartDue:
            gate = nil
            return .restart
        case .none, .staged, .installing:
            guard gate != nil else { return .nothing }
            gate = nil
            return .trialEnded
        case .onTrial:
            guard gate == nil else { return .nothing }
            gate = ConfirmGate(
                seconds: system.candidate?.confirmSeconds ?? 60, excused: system.excused,
                countsLateness: countsLateness, at: Nanoseconds(now.nanoseconds))
            return .trialBegan(version: system.candidate?.image.version ?? "?")
        }
    }
}
