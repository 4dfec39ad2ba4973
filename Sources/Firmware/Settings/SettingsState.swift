import Quantities

// Pure: (state, wish, now) -> (state, what is to be written and applied). It owns one rule: values that nobody has confirmed
// never outlive their time, the firmware, or the power.

/// The settings in force, those that wait for their commit, and those that come back where nobody confirms.
struct SettingsState: Equatable, Sendable {
    /// In force.
    private(set) var current: SettingValues
    /// Staged by `set`, in memory alone.
    private(set) var candidate: SettingValues
    /// While the ones in force are on trial.
    private(set) var trial: Trial?

    struct Trial: Equatable, Sendable {
        /// What comes back.
        let before: SettingValues
        let until: MonotonicInstant
        let by: String
    }

    /// Why a wish is refused.
    enum Refusal: Error, Equatable {
        case nothingStaged
        case nothingOnTrial
        /// What is on trial has to be confirmed or taken back first.
        case onTrial

        var words: String {
            switch self {
            case .nothingStaged: "nothing is staged that differs from what is in force"
            case .nothingOnTrial: "nothing is on trial, and nothing is staged"
            case .onTrial: "what is in force is on trial: confirm it or roll it back first"
            }
        }
    }

    init(_ values: SettingValues) {
        current = values
        candidate = values
    }

    mutating func stage(_ change: SettingValues.Change) { candidate.take(change) }

    /// The staged values take force: for good, or on trial for so long.
    mutating func commit(
        trialFor span: Nanoseconds?, by: String, at now: MonotonicInstant
    ) throws(Refusal) {
        guard trial == nil else { throw .onTrial }
        guard candidate != current else { throw .nothingStaged }
        trial = span.map { Trial(before: current, until: now + $0, by: by) }
        current = candidate
    }

    /// What is on trial stays.
    mutating func confirm() throws(Refusal) {
        guard trial != nil else { throw .nothingOnTrial }
        trial = nil
    }

    /// What was before the trial comes back; without a trial, what is staged is forgotten.
    mutating func rollBack() throws(Refusal) {
        if let trial {
            current = trial.before
            self.trial = nil
        } else if candidate == current {
            throw .nothingOnTrial
        }
        candidate = current
    }

    /// The trial is over without a word: what was before comes back, and whose it was is told.
    mutating func expire(at now: MonotonicInstant) -> Trial? {
        guard let trial, now >= trial.until else { return nil }
        current = trial.before
        candidate = current
        self.trial = nil
        return trial
    }

    // MARK: On the disk

    private static let format = "wattseal-settings/1"

    /// What is kept: values on trial are kept with those that come back, so that a restart knows.
    var text: String {
        var lines = [Self.format]
        lines += trial?.before.lines ?? current.lines
        if let trial {
            lines.append("trial \(trial.by)")
            lines += current.lines
        }
        lines.append("end")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a start finds: the confirmed values, and whose trial the stop has ended. nil where the text is not one of these.
    static func read(_ text: String, connectors: Int) -> (state: SettingsState, endedTrial: String?)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == format[...], lines.suffix(2) == ["end", ""] else { return nil }
        let body = lines.dropFirst().dropLast(2)
        let mark = body.firstIndex { $0.hasPrefix("trial ") }
        let confirmed = body[..<(mark ?? body.endIndex)]
        guard let values = SettingValues(lines: Array(confirmed), connectors: connectors) else { return nil }
        return (SettingsState(values), mark.map { String(body[$0].dropFirst(6)) })
    }
}
