internal import Quantities

/// How often a meter's readings were refused in a row, and what that says of the meter. A pure value.
///
/// One refused reading is a doubt: it passes. Three polls in a row, each of them read three times on a line made quiet, are
/// the meter's own word: registers that fell and agree among themselves tell a reset, everything else a meter that lies.
struct RefusalStreak: Equatable, Sendable {
    /// Refused polls in a row after which the meter itself is doubted.
    static let untilDistrust = 3

    private var refusals = 0
    /// What a register that fell says since then, judged on its own.
    private var fallen: Plausibility?
    private var agreeing = 0

    /// Whether it is the meter that is not believed any more, not a reading.
    var isDistrust: Bool { refusals >= Self.untilDistrust }

    /// A reading was accepted, or another counter begins.
    mutating func forget() { self = RefusalStreak() }

    /// Takes in a refused poll.
    mutating func take(_ error: MeteringError) {
        guard error.isOfTheMeter else { return }
        refusals = min(refusals + 1, Self.untilDistrust)
        if case .implausible(.fell) = error { return }
        fallen = nil
        agreeing = 0
    }

    /// Takes in what a register that fell says now.
    ///
    /// - Returns: whether it has said so often enough, without contradicting itself, to be a register that was set back.
    mutating func takeFallen(_ sample: Plausibility.Sample, by plausibility: Plausibility) -> Bool {
        if case .accepted? = fallen?.judge(sample) {
            agreeing += 1
        } else {
            var anew = Plausibility(limits: plausibility.limits, refresh: plausibility.refresh)
            _ = anew.judge(sample)
            fallen = anew
            agreeing = 1
        }
        return agreeing >= Self.untilDistrust
    }
}

extension MeteringError {
    /// Told by a meter that was understood: the words came in order, and cannot be those of this meter at work.
    fileprivate var isOfTheMeter: Bool {
        switch self {
        case .implausible, .wrongModel, .guardFailed, .sunspec: true
        default: false
        }
    }
}
