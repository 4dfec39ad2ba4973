public import Quantities

// A command after which the line is not this session's: on record, announced, and taken back when the other protocol is over.
extension ShellSession {
    /// Puts the command on record and gives the line away.
    mutating func handOver(_ invocation: Invocation, at now: MonotonicInstant) throws(ServiceShellError) -> [String] {
        guard let technician = login.technician else {
            throw .role(command: invocation.row.name, needed: invocation.row.role)
        }
        try checkObstacle(to: invocation)
        try desk.record(Self.entry(invocation, by: technician, .begun))
        handover = LineHandover(
            invocation: invocation, technician: technician, until: login.rest(at: now).map { now + $0.whole })
        return ["start sending now, with ZMODEM (sz); Ctrl-C gives up"]
    }

    /// The other protocol is over. What it brought is taken in, and how that ended is put on record.
    ///
    /// - Returns: what a person is shown; nothing where the line was not given away.
    public mutating func handBack(_ ending: LineHandover.Ending, at now: MonotonicInstant) -> [UInt8] {
        guard let given = handover else { return [] }
        handover = nil
        login.used(at: now)
        let lines: [String]
        do throws(ServiceShellError) {
            lines = PeopleRenderer.lines(of: try finish(given, ending))
        } catch {
            lines = ["error: " + PeopleRenderer.printable(error.description)]
        }
        return Self.show([""] + lines) + Array(Self.prompt.utf8)
    }

    private mutating func finish(
        _ given: LineHandover, _ ending: LineHandover.Ending
    ) throws(ServiceShellError) -> Report {
        if case .failed(let reason) = ending {
            try? desk.record(Self.entry(given.invocation, by: given.technician, .refused))
            throw .notReceived(reason)
        }
        return try carryOut(given.invocation, by: given.technician)
    }
}
