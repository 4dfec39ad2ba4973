import ChargeControl
import Quantities
import ServiceShell
import Synchronization

/// The way from the technician's shells to one connector's service mode.
///
/// What they ask is a level that the control thread keeps; that they are alive is a beat. A shell that hangs or dies beats no
/// more, and the core ends service mode by itself.
final class ServiceDoor: Sendable {
    /// Why a shell was not let in.
    enum Refusal: Error, Equatable {
        /// Another login has service mode here.
        case occupied
        /// This login has not.
        case notHeld
        /// A test runs.
        case busy
        /// The control thread takes nothing.
        case standsStill
    }

    private let wishes = HandoverQueue<ServiceWish>(capacity: 16)
    private let heard = Heartbeat()
    private let cell = ServiceReportCell()
    private let state = Mutex(State())

    private struct State {
        var wish = ServiceWish()
        var holder: ServiceHolder?
        var lastVisit: UInt32 = 0
        var lastTest: UInt32 = 0
    }

    // MARK: The control thread's side. It neither waits, locks nor allocates.

    /// Brings a wish up to date.
    func update(_ wish: inout ServiceWish) {
        while let newer = wishes.take() { wish = newer }
        if let last = heard.last { wish.heardAt = last }
    }

    /// What the core answers.
    func tell(_ report: ServiceReport) { cell.store(report) }

    // MARK: The shells' side

    /// What the core said last.
    var report: ServiceReport { cell.load() }

    /// Asks for service mode; the core judges the visit whose number this answers.
    func enter(_ holder: ServiceHolder, at now: MonotonicInstant) throws(Refusal) -> UInt32 {
        try change { (state) throws(Refusal) in
            if let other = state.holder, other != holder, stands(state) { throw .occupied }
            state.holder = holder
            state.lastVisit = Self.next(state.lastVisit)
            state.wish.visit = state.lastVisit
            state.wish.test = .none
            heard.beat(at: now)
            return state.lastVisit
        }
    }

    /// Asks for no service mode, whoever asked for it.
    func leave() throws(Refusal) {
        try change { (state) throws(Refusal) in Self.clear(&state) }
    }

    /// A login is over.
    func end(_ holder: ServiceHolder) {
        try? change { (state) throws(Refusal) in
            guard state.holder == holder else { throw .notHeld }
            Self.clear(&state)
        }
    }

    /// A login is alive.
    ///
    /// - Returns: whether service mode stands for it; and why it has ended since it was asked before.
    func renew(_ holder: ServiceHolder, at now: MonotonicInstant) -> (stands: Bool, ended: ServiceReport?) {
        let isHolder = state.withLock { $0.holder == holder }
        guard isHolder else { return (false, nil) }
        let report = report
        if state.withLock({ stands($0) }) {
            heard.beat(at: now)
            return (true, nil)
        }
        end(holder)
        return (false, report)
    }

    /// The visit that stands for a login; nil where none does.
    func visit(of holder: ServiceHolder) -> UInt32? {
        let visit = state.withLock { $0.holder == holder ? $0.wish.visit : 0 }
        return visit != 0 && report.visit == visit ? visit : nil
    }

    /// Asks for a test; the core judges the one whose number this answers.
    func begin(_ test: ServiceTest, by holder: ServiceHolder) throws(Refusal) -> UInt32 {
        try change { (state) throws(Refusal) in
            guard state.holder == holder, stands(state) else { throw .notHeld }
            if isTesting { throw .busy }
            state.lastTest = Self.next(state.lastTest)
            state.wish.test = test
            state.wish.testNumber = state.lastTest
            return state.lastTest
        }
    }

    /// Asks for a test no more.
    func callOff(test number: UInt32) {
        try? change { (state) throws(Refusal) in
            guard state.wish.testNumber == number else { throw .notHeld }
            state.wish.test = .none
        }
    }

    /// Whether a test is not over.
    var isTesting: Bool {
        switch report.test.stage {
        case .driving, .releasing: true
        case .none, .ended, .refused: false
        }
    }

    /// Changes the wish and hands it over. Where it cannot be handed over, nobody holds anything any more: the beat stops.
    private func change<Answer: Sendable>(
        _ body: (inout State) throws(Refusal) -> Answer
    ) throws(Refusal) -> Answer {
        let result: Result<Answer, Refusal> = state.withLock { state in
            var next = state
            do throws(Refusal) {
                let answer = try body(&next)
                guard wishes.offer(next.wish) else {
                    Self.clear(&state)
                    return .failure(.standsStill)
                }
                state = next
                return .success(answer)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether the visit that is asked for stands, or is not judged yet.
    private func stands(_ state: State) -> Bool {
        guard state.wish.visit != 0 else { return false }
        let report = report
        return report.visit == state.wish.visit || report.judged != state.wish.visit
    }

    private static func clear(_ state: inout State) {
        state.holder = nil
        state.wish.visit = 0
        state.wish.test = .none
    }

    /// 0 means none.
    private static func next(_ number: UInt32) -> UInt32 { number == .max ? 1 : number + 1 }
}
