/// Something that must be so in time: an observable and a condition on when it is true, in milliseconds from the event.
struct Expectation: Sendable {
    enum Condition: Sendable, Equatable {
        /// All the time that is watched.
        case stays
        /// At no time that is watched.
        case never
        /// It becomes true at least so late and at most so late, and is true from then on.
        case between(Int64, Int64)
        /// It becomes true at least so late and at most so late; what is later does not matter.
        case first(Int64, Int64)
        /// The first time that it is true lasts at least so long and at most so long.
        case lasts(Int64, Int64)
    }

    var observable: Observable
    var condition: Condition
    var place: TablePlace

    /// What was measured, and whether that is as expected.
    struct Verdict: Sendable, Equatable {
        /// Milliseconds from the event; `nil` where it did not happen.
        var measured: Int64?
        var passes: Bool
    }

    /// How long must be watched to judge it, beyond what the case asks for.
    var leastWatch: Int64 {
        switch condition {
        case .stays, .never: 0
        case .between(_, let most), .first(_, let most): most + 100
        case .lasts(_, let most): most + 500
        }
    }

    /// The greatest allowed time; for what must stay or never be, the time watched.
    func limit(watched: Int64) -> Int64 {
        switch condition {
        case .stays, .never: watched
        case .between(_, let most), .first(_, let most), .lasts(_, let most): most
        }
    }

    /// The limit in words, where the greatest time alone does not say it.
    var words: String {
        switch condition {
        case .stays: "\(observable.words) throughout"
        case .never: "never \(observable.words)"
        case .between(0, _), .first(0, _): observable.words
        case .between(let least, _), .first(let least, _): "\(observable.words), not before \(least) ms"
        case .lasts(let least, _): "\(observable.words) lasts at least \(least) ms"
        }
    }

    /// Judges a trace.
    func judge(_ trace: Trace) -> Verdict {
        let runs = trace.runs(of: observable)
        switch condition {
        case .stays:
            let violated = trace.firstMoment(without: observable)
            return Verdict(measured: violated, passes: violated == nil)
        case .never:
            return Verdict(measured: runs.first?.start, passes: runs.isEmpty)
        case .between(let least, let most):
            guard let last = runs.last, last.end == nil else { return Verdict(measured: nil, passes: false) }
            return Verdict(measured: last.start, passes: last.start >= least && last.start <= most)
        case .first(let least, let most):
            guard let first = runs.first else { return Verdict(measured: nil, passes: false) }
            return Verdict(measured: first.start, passes: first.start >= least && first.start <= most)
        case .lasts(let least, let most):
            guard let first = runs.first, let end = first.end else { return Verdict(measured: nil, passes: false) }
            let duration = end - first.start
            return Verdict(measured: duration, passes: duration >= least && duration <= most)
        }
    }
}
