import Quantities

/// What was watched from one event on.
struct Watch {
    /// The event's note.
    var note: String
    /// How long, in ms.
    var length: Int64
    var trace: Trace
}

/// The steps that belong to one event: everything up to the next one is measured from it.
private struct Episode {
    var event: Action
    var note: String
    var later: [(at: Int64, action: Action)] = []
    var stalls: [(length: Int64, start: Int64)] = []
    var expectations: [Expectation] = []
    var watch: Int64?

    /// How long is watched: as long as the case says, and long enough for each expectation.
    var length: Int64 {
        let needed = expectations.map(\.leastWatch).max() ?? 0
        let done = later.map(\.at).max() ?? 0
        return max(watch ?? 0, needed, done + 5, watch == nil ? 1_000 : 0)
    }
}

extension ChargerUnderTest {
    /// Takes steps one after another; each expectation is handed over with what was watched for it.
    mutating func run(
        _ steps: [Step], judged: (Expectation, Watch) -> Void
    ) throws(RunError) {
        var episode: Episode?
        for step in steps {
            switch step {
            case .later(let at, let action): episode?.later.append((at, action))
            case .stall(let length, let start): episode?.stalls.append((length, start))
            case .watch(let length): episode?.watch = length
            case .expect(let expectation): episode?.expectations.append(expectation)
            case .event(let action, let note):
                try finish(&episode, judged)
                episode = Episode(event: action, note: note)
            case .act(let action):
                try finish(&episode, judged)
                try act(action)
            case .wait(let length):
                try finish(&episode, judged)
                run(.milliseconds(length))
            case .until(let observable, let limit):
                try finish(&episode, judged)
                try run(until: observable, within: limit)
            }
        }
        try finish(&episode, judged)
    }

    private mutating func run(until observable: Observable, within limit: Int64) throws(RunError) {
        let end = now + .milliseconds(limit)
        while now < end {
            if observable.holds(in: snapshot) { return }
            run(.milliseconds(5))
        }
        throw .notReached("\"\(observable.words)\"", within: limit)
    }

    private mutating func finish(
        _ open: inout Episode?, _ judged: (Expectation, Watch) -> Void
    ) throws(RunError) {
        guard let episode = open else { return }
        open = nil
        runToWorstMoment()
        let start = now
        try act(episode.event)
        beginWatch()
        var agenda = episode.later.map { (at: $0.at, work: Work.act($0.action)) }
        agenda += episode.stalls.map { (at: $0.start, work: Work.stall($0.length)) }
        agenda.sort { $0.at < $1.at }
        for entry in agenda {
            run(start + .milliseconds(entry.at) - now)
            switch entry.work {
            case .act(let action): try act(action)
            case .stall(let length): stall(.milliseconds(length))
            }
        }
        run(start + .milliseconds(episode.length) - now)
        let watch = Watch(note: episode.note, length: episode.length, trace: endWatch())
        for expectation in episode.expectations { judged(expectation, watch) }
    }

    private enum Work {
        case act(Action)
        case stall(Int64)
    }
}
