internal import Quantities

/// The bus as a pure value: (state, what happened, now) → (state, what to do, what to tell).
///
/// closed → open → idle → asking → … After any error the line goes through *resync*: it is left quiet for as long as a
/// late reply can take, then flushed, and only then asked again; a serial reply names no request, so nothing else keeps an
/// old answer from being taken for a new one. A line on which every meter failed three times in a row is closed and opened
/// again, with a back-off of 0.5 to 10 s.
struct BusMachine: Sendable {
    private(set) var meters: [MeterMachine]
    private let link: ModbusLink
    private var phase: Phase
    /// The wire's settings where its time counts.
    private var wire: SerialLine?
    private var backOff = MeterMachine.leastBackOff
    /// When the last byte was on the line.
    private var lastActivity: MonotonicInstant
    /// A read that somebody asked for, until it has been tried.
    private var wish: RegisterWish?
    /// How that ended, until it is taken.
    private var outcome: (wish: RegisterWish, result: Result<BlockReply, MeteringError>)?
    /// Which meters have had the line since a poll last waited for a wish.
    private var served: [Bool]
    /// The line is opened before its time, because somebody wants to read.
    private var opensEarly = false

    enum Phase: Equatable {
        case closed(until: MonotonicInstant)
        case connecting
        case flushing
        case spacing(until: MonotonicInstant, meter: Int)
        case asking(meter: Int, since: MonotonicInstant)
        case fulfilling(RegisterWish)
        case quiet(until: MonotonicInstant)
        case idle(until: MonotonicInstant)
        case closing
    }

    /// What happened.
    enum Input: Equatable {
        case connected(SerialLine?)
        case answered(BlockReply)
        case failed(MeteringError)
        case flushed
        case closed
        /// A wait is over, or was cut short.
        case woke
    }

    /// What to do next.
    enum Action: Equatable {
        case connect(timeout: Nanoseconds)
        case read(RegisterRequest, unit: UInt8, timeout: Nanoseconds)
        case flush
        case close
        case wait(until: MonotonicInstant)
    }

    /// What to tell, and about which meter.
    struct Notice: Equatable {
        let meter: Int
        let event: MeterEvent
    }

    init(link: ModbusLink, meters: [MeterConfiguration], now: MonotonicInstant) {
        invariant(!meters.isEmpty, "a bus has a meter")
        self.link = link
        self.meters = meters.map { MeterMachine($0, now: now) }
        served = meters.map { _ in true }
        phase = .closed(until: now)
        lastActivity = now
    }

    /// The state for tests and figures.
    var currentPhase: Phase { phase }

    // MARK: requests from outside

    /// Before its next reading, each meter is identified again.
    mutating func requestIdentification(_ now: MonotonicInstant) {
        for index in meters.indices { meters[index].requestIdentification(now) }
    }

    /// What the charger knows of a meter's load from now on.
    mutating func judge(meter: Int, under condition: MeterCondition) {
        guard meters.indices.contains(meter) else { return }
        meters[meter].judge(under: condition)
    }

    /// A meter that was last identified before a moment is identified again, before its next reading.
    mutating func requestIdentification(meter: Int, since moment: MonotonicInstant, _ now: MonotonicInstant) {
        guard meters.indices.contains(meter) else { return }
        meters[meter].requestIdentification(since: moment, now)
    }

    /// The meter's next reading becomes its base.
    mutating func acceptNewBase(meter: Int, _ now: MonotonicInstant) {
        guard meters.indices.contains(meter) else { return }
        meters[meter].acceptNewBase(now)
    }

    // MARK: reads that somebody asked for

    /// What is to be read when there is room between two polls; nil takes it back, unless it is on the line.
    mutating func want(_ wish: RegisterWish?) { self.wish = wish }

    /// How a wish ended that was tried.
    mutating func takeOutcome() -> (wish: RegisterWish, result: Result<BlockReply, MeteringError>)? {
        defer { outcome = nil }
        return outcome
    }

    /// Reads what somebody asked for, where reply, or failure and the silence behind it, is over before the next poll is due: a
    /// poll is late only for a wish that may delay it.
    private mutating func tryWish(until due: MonotonicInstant, _ now: MonotonicInstant) -> Action? {
        guard let wish, outcome == nil, meters.indices.contains(wish.meter) else { return nil }
        let ready = max(now, lastActivity + gap(wish.meter))
        let room = due - ready - quiet(behind: wish) - gap(wish.meter)
        let fits = room >= leastTime(wish)
        guard fits || delaysPolls(wish, now) else { return nil }
        guard ready <= now else {
            phase = .idle(until: ready)
            return .wait(until: ready)
        }
        self.wish = nil
        phase = .fulfilling(wish)
        let patience = timeout(wish.request, turnaround: turnaround(of: wish))
        if !fits { served = meters.map { _ in false } }
        return .read(
            wish.request, unit: wish.unit ?? meters[wish.meter].configuration.unit,
            timeout: fits ? min(patience, room) : patience)
    }

    /// Whether the polls that are due wait for this wish: only for one between two turns of each, and never while energy may
    /// flow.
    private func delaysPolls(_ wish: RegisterWish, _ now: MonotonicInstant) -> Bool {
        mayDelay(wish) && meters.indices.allSatisfy { served[$0] || meters[$0].dueAt > now }
    }

    private func mayDelay(_ wish: RegisterWish) -> Bool { wish.mayDelay && meters.allSatisfy(\.mayWait) }

    /// What a meter that works as its profile says takes at most.
    private func leastTime(_ wish: RegisterWish) -> Nanoseconds {
        let turnaround = turnaround(of: wish)
        guard case .rtu(_, let line) = link else { return turnaround }
        return turnaround + line.turning + line.duration(ofReading: wish.request.count)
    }

    /// Of another unit no profile tells how long it takes.
    private func turnaround(of wish: RegisterWish) -> Nanoseconds {
        let turnaround = meters[wish.meter].configuration.profile.link.turnaround
        return wish.unit == nil ? turnaround : max(turnaround, MeterScanner.turnaround)
    }

    /// A line that cannot be opened is the answer to a wish that had it opened.
    private mutating func refuseWish(_ error: MeteringError) {
        guard let wish, mayDelay(wish), outcome == nil else { return }
        self.wish = nil
        outcome = (wish, .failure(error))
    }

    // MARK: the step

    mutating func step(_ input: Input, _ now: MonotonicInstant) -> (action: Action, notices: [Notice]) {
        switch (phase, input) {
        case (.closed(let until), .woke):
            // Somebody who looks for what is wrong with the line does not wait until it is tried again.
            guard now >= until || wish.map(mayDelay) == true else { return (.wait(until: until), []) }
            opensEarly = now < until
            phase = .connecting
            return (.connect(timeout: connectTimeout), [])
        case (.connecting, .connected(let line)):
            wire = line
            for index in meters.indices { meters[index].reconnect(now, isDue: !opensEarly) }
            phase = .flushing
            return (.flush, [])
        case (.connecting, .failed(let error)), (.flushing, .failed(let error)):
            refuseWish(error)
            return loseLink(error)
        case (.flushing, .flushed): return dispatch(now)
        case (.spacing(let until, let meter), .woke):
            guard now >= until else { return (.wait(until: until), []) }
            return ask(meter, now)
        case (.asking(let meter, let since), .answered(let reply)):
            meters[meter].noteBusy(now - since)
            return take(reply, meter, now)
        case (.asking(let meter, let since), .failed(let error)):
            meters[meter].noteBusy(now - since)
            lastActivity = now
            guard error.breaksTheLink else { return fail(error, meter, now) }
            meters[meter].noteBreak(error)
            return loseLink(error)
        case (.fulfilling(let wish), .answered(let reply)): return fulfil(wish, reply, now)
        case (.fulfilling(let wish), .failed(let error)):
            lastActivity = now
            outcome = (wish, .failure(error))
            return error.breaksTheLink ? loseLink(error) : (resync(now, behind: wish), [])
        case (.quiet(let until), .woke):
            guard now >= until else { return (.wait(until: until), []) }
            phase = .flushing
            return (.flush, [])
        case (.idle, .woke): return dispatch(now)
        case (.closing, .closed):
            let until = now + backOff
            backOff = min(backOff + backOff, MeterMachine.mostBackOff)
            phase = .closed(until: until)
            return (.wait(until: wish.map(mayDelay) == true ? now : until), [])
        default: invariantBroken("the bus is told only what it asked for")
        }
    }

    // MARK: asking

    /// Gives the line to the meter that is due first; of those that are due, to one whose energy is sold, unless another has
    /// waited for long.
    private mutating func dispatch(_ now: MonotonicInstant) -> (Action, [Notice]) {
        var notices: [Notice] = []
        while true {
            let first =
                earliest(of: meters.indices.filter { meters[$0].isStarved(at: now) })
                ?? earliest(of: meters.indices.filter { meters[$0].dueAt <= now && meters[$0].isBilled })
            guard let next = first ?? earliest(of: Array(meters.indices)) else { invariantBroken("a bus has a meter") }
            if let action = tryWish(until: meters[next].dueAt, now) { return (action, notices) }
            guard meters[next].dueAt <= now else {
                phase = .idle(until: meters[next].dueAt)
                return (.wait(until: meters[next].dueAt), notices)
            }
            served[next] = true
            meters[next].begin(now)
            if meters[next].request != nil {
                let (action, more) = space(next, now)
                return (action, notices + more)
            }
            // Nothing on this meter tells its identity: it is what the profile says.
            notices += tell(next, meters[next].completeIdentification(now))
        }
    }

    private func earliest(of candidates: [Int]) -> Int? {
        candidates.min { meters[$0].dueAt < meters[$1].dueAt }
    }

    private mutating func space(_ meter: Int, _ now: MonotonicInstant) -> (Action, [Notice]) {
        let until = lastActivity + gap(meter)
        guard now < until else { return ask(meter, now) }
        phase = .spacing(until: until, meter: meter)
        return (.wait(until: until), [])
    }

    private mutating func ask(_ meter: Int, _ now: MonotonicInstant) -> (Action, [Notice]) {
        guard let request = meters[meter].request else { invariantBroken("a meter is asked for something") }
        phase = .asking(meter: meter, since: now)
        let unit = meters[meter].configuration.unit
        return (.read(request, unit: unit, timeout: timeout(request, meter)), [])
    }

    // MARK: replies

    private mutating func take(_ reply: BlockReply, _ meter: Int, _ now: MonotonicInstant) -> (Action, [Notice]) {
        lastActivity = reply.received
        guard let request = meters[meter].request else { invariantBroken("a reply answers a request") }
        let elapsed = reply.received - reply.sent
        let deadline = timeout(request, meter) + timeout(request, meter) + .seconds(1)
        guard elapsed <= deadline else {
            let error = MeteringError.overdue(elapsed: elapsed, deadline: deadline)
            meters[meter].noteBreak(error)
            return loseLink(error)
        }
        if let wire {
            // Nine tenths: clocks of serial lines may be off by a few percent. Turning the line around is left out: no reply is
            // called too fast because a driver is.
            let minimum = Nanoseconds(wire.duration(ofReading: request.count).rawValue / 10 * 9)
            guard elapsed >= minimum else {
                return fail(.tooFast(elapsed: elapsed, minimum: minimum), meter, now)
            }
        }
        switch meters[meter].take(reply, now) {
        case .more: return space(meter, now)
        case .done(let events):
            if events.contains(where: \.isReading) { backOff = MeterMachine.leastBackOff }
            let notices = tell(meter, events)
            let (action, more) = dispatch(now)
            return (action, notices + more)
        case .doubtful(let events): return (resync(now), tell(meter, events))
        }
    }

    /// Nothing about a meter follows from a read that somebody asked for.
    private mutating func fulfil(
        _ wish: RegisterWish, _ reply: BlockReply, _ now: MonotonicInstant
    ) -> (Action, [Notice]) {
        lastActivity = reply.received
        let elapsed = reply.received - reply.sent
        if let wire {
            let minimum = Nanoseconds(wire.duration(ofReading: wish.request.count).rawValue / 10 * 9)
            guard elapsed >= minimum else {
                outcome = (wish, .failure(.tooFast(elapsed: elapsed, minimum: minimum)))
                return (resync(now, behind: wish), [])
            }
        }
        outcome = (wish, .success(reply))
        return dispatch(now)
    }

    private mutating func fail(
        _ error: MeteringError, _ meter: Int, _ now: MonotonicInstant
    ) -> (Action, [Notice]) {
        let notices = tell(meter, meters[meter].fail(error, now))
        // An exception came over a line that works.
        if !error.isException, meters.allSatisfy({ $0.failures >= MeterMachine.failuresUntilLost }) {
            let (action, more) = loseLink(error)
            return (action, notices + more)
        }
        return (resync(now), notices)
    }

    /// Leaves the line quiet for as long as a late reply can take.
    private mutating func resync(_ now: MonotonicInstant, behind wish: RegisterWish? = nil) -> Action {
        let until = now + quiet(behind: wish)
        phase = .quiet(until: until)
        return .wait(until: until)
    }

    private mutating func loseLink(_ error: MeteringError) -> (Action, [Notice]) {
        var notices: [Notice] = []
        for index in meters.indices { notices += tell(index, meters[index].lose(error)) }
        phase = .closing
        return (.close, notices)
    }

    private func tell(_ meter: Int, _ events: [MeterEvent]) -> [Notice] {
        events.map { Notice(meter: meter, event: $0) }
    }

    // MARK: times

    /// The silence before a request on a serial line.
    private func gap(_ meter: Int) -> Nanoseconds {
        guard case .rtu(_, let line) = link else { return .zero }
        return max(meters[meter].configuration.profile.link.gap, line.silence)
    }

    /// How long a complete reply may take.
    private func timeout(_ request: RegisterRequest, _ meter: Int) -> Nanoseconds {
        timeout(request, turnaround: meters[meter].configuration.profile.link.turnaround)
    }

    private func timeout(_ request: RegisterRequest, turnaround: Nanoseconds) -> Nanoseconds {
        switch link {
        // Network and gateway take their time as well.
        case .tcp: return turnaround + .seconds(1)
        case .rtu(_, let line):
            return turnaround + line.turning + Nanoseconds(line.duration(ofReading: request.count).rawValue / 2 * 3)
        }
    }

    /// The longest that a reply can still be on its way after its request was given up.
    private func quiet(behind wish: RegisterWish?) -> Nanoseconds {
        var longest = wish.map(leastTime) ?? .zero
        for meter in meters {
            let profile = meter.configuration.profile
            var time = profile.link.turnaround
            if case .rtu(_, let line) = link {
                let most = profile.blocks.map(\.span.count).max() ?? 0
                time += line.turning + line.duration(ofReading: most)
            }
            longest = max(longest, time)
        }
        return longest
    }

    private var connectTimeout: Nanoseconds { .seconds(2) }
}

extension MeteringError {
    fileprivate var isException: Bool {
        if case .exception = self { true } else { false }
    }
}

extension MeterEvent {
    fileprivate var isReading: Bool {
        if case .reading = self { true } else { false }
    }
}
