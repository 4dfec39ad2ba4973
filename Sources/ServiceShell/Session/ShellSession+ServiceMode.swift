import Quantities

// Service mode in a session: it ends with the login, and a test's answer comes when the control core has it, so that BREAK, a
// dropped line and `logout` end a test that runs.
extension ShellSession {
    /// A test may take its own time and this.
    static let testPatience = Nanoseconds.seconds(2)

    /// A test whose answer is still to come.
    struct RunningTest: Sendable {
        /// Who waits for the answer.
        enum Asker: Sendable {
            case person
            case program(line: String, id: Int64?)
        }

        let ticket: ServiceTestTicket
        let invocation: Invocation
        let technician: Technician
        let asker: Asker
        let until: MonotonicInstant

        /// Whether it is of a person, whose next key ends it.
        var isPersons: Bool {
            if case .person = asker { return true }
            return false
        }

        /// Whether a program asks for it again with the same line.
        func isAsked(by line: String) -> Bool {
            if case .program(line, _) = asker { return true }
            return false
        }
    }

    /// Begins a test that is on record as begun.
    mutating func begin(
        _ test: ServiceTestWish, of invocation: Invocation, by technician: Technician, for asker: RunningTest.Asker,
        at now: MonotonicInstant
    ) throws(ServiceShellError) {
        guard testing == nil else { throw .interlock("another test runs") }
        let ticket = try desk.begin(test, as: holder)
        testing = RunningTest(
            ticket: ticket, invocation: invocation, technician: technician, asker: asker,
            until: now + test.duration + Self.testPatience)
    }

    /// Says that this login is alive, and tells a person what ended.
    mutating func renewService() -> [UInt8] {
        guard holdsService else { return [] }
        let hold = desk.renewService(holder)
        holdsService = hold.stands
        guard !hold.endings.isEmpty, subscription == nil, !promptIsDue, testing == nil else { return [] }
        return Self.show([""] + hold.endings.map(PeopleRenderer.printable)) + Array(Self.prompt.utf8)
    }

    /// The answer of a test, once it is there or no longer awaited.
    mutating func followTest(at now: MonotonicInstant) -> [UInt8] {
        guard let running = testing else { return [] }
        if let answer = desk.answer(to: running.ticket) {
            testing = nil
            var report = Report()
            report.add("done", .text(running.invocation.canonical))
            for field in answer.report.fields { report.add(field.name, field.value) }
            report.add("end on record", .flag(isOnRecord(running, cutShortBy: answer.cutShortBy)))
            return tell(report, to: running.asker, at: now)
        }
        guard now >= running.until else { return [] }
        testing = nil
        desk.callOff(running.ticket)
        return tell(.unfinished("the control core has not answered in time"), to: running.asker, at: now)
    }

    /// The login is over: the contactor first, the records behind it. A test that was over before is on record as what it came to.
    mutating func endService(because reason: String) {
        let answer = testing.flatMap { desk.answer(to: $0.ticket) }
        if holdsService { desk.endService(holder) }
        holdsService = false
        holder = ServiceHolder()
        guard let running = testing else { return }
        testing = nil
        _ = isOnRecord(running, cutShortBy: answer.map(\.cutShortBy) ?? reason)
    }

    private func isOnRecord(_ running: RunningTest, cutShortBy reason: String?) -> Bool {
        let subject = running.invocation.canonical
        do throws(ServiceShellError) {
            try desk.record(
                AuditEntry(
                    technician: running.technician, action: running.invocation.row.name,
                    subject: reason.map { "\(subject): \($0)" } ?? subject, outcome: reason == nil ? .done : .cutShort))
            return true
        } catch {
            return false
        }
    }

    private mutating func tell(_ report: Report, to asker: RunningTest.Asker, at now: MonotonicInstant) -> [UInt8] {
        switch asker {
        case .person: return Self.show(PeopleRenderer.lines(of: report)) + Array(Self.prompt.utf8)
        case .program(let line, let id):
            return tell(JSONRenderer.success(id: id, report), to: line, id, at: now)
        }
    }

    private mutating func tell(
        _ error: ServiceShellError, to asker: RunningTest.Asker, at now: MonotonicInstant
    ) -> [UInt8] {
        switch asker {
        case .person:
            return Self.show(["error: " + PeopleRenderer.printable(error.description)]) + Array(Self.prompt.utf8)
        case .program(let line, let id): return tell(JSONRenderer.failure(id: id, error), to: line, id, at: now)
        }
    }

    private mutating func tell(_ reply: String, to line: String, _ id: Int64?, at now: MonotonicInstant) -> [UInt8] {
        recent.remember(line, id: id, changes: true, reply: reply, at: now)
        return Self.machineLine(reply)
    }
}
