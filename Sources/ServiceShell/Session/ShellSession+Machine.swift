import Quantities

// Requests of programs: a line of JSON in, a line of JSON out, and events between them where they were asked for.
extension ShellSession {
    /// Answers a line that arrived whole; nil where the answer follows, since it is a test's.
    mutating func reply(to line: String, at now: MonotonicInstant) -> String? {
        pending = nil
        if testing?.isAsked(by: line) ?? false { return nil }
        let request: MachineRequest
        do throws(MachineRequest.Refusal) { request = try MachineRequest(parsing: line) } catch {
            return JSONRenderer.failure(id: error.id, error.error)
        }
        hasProofOfSpeed = true
        let changes = request.invocation.row.effect == .changes
        do throws(ServiceShellError) {
            if let known = try recent.reply(to: line, id: request.id, changes: changes, at: now) { return known }
            // What is not even tried is not remembered: the same may be asked again, better.
            try admit(request)
        } catch {
            return JSONRenderer.failure(id: request.id, error)
        }
        let reply: String
        do throws(ServiceShellError) {
            guard let report = try answer(request, line, at: now) else { return nil }
            reply = JSONRenderer.success(id: request.id, report)
        } catch {
            reply = JSONRenderer.failure(id: request.id, error)
        }
        // Who is logged in is never told, and nobody logged out, from memory: those go through each time.
        if !request.invocation.row.command.concernsLogin {
            recent.remember(line, id: request.id, changes: changes, reply: reply, at: now)
        }
        return reply
    }

    private func admit(_ request: MachineRequest) throws(ServiceShellError) {
        let invocation = request.invocation
        try authorise(invocation.row)
        guard invocation.row.effect != .handsOver else { throw .otherMode(command: invocation.row.machineName) }
        guard invocation.row.effect == .changes || invocation.row.effect == .transfers else { return }
        guard request.isSummed else { throw .checksum(expected: request.sum, found: nil) }
        guard invocation.row.effect == .changes else { return }
        try checkObstacle(to: invocation)
    }

    private mutating func answer(
        _ request: MachineRequest, _ line: String, at now: MonotonicInstant
    ) throws(ServiceShellError) -> Report? {
        let invocation = request.invocation
        if invocation.row.effect == .changes {
            return try change(invocation, for: .program(line: line, id: request.id), at: now)
        }
        switch invocation.row.command {
        case .confirm, .term, .watch: throw .otherMode(command: invocation.row.machineName)
        case .subscribe:
            let connectors = try desk.status().connectors
            subscription = Subscription(seen: connectors, sequence: 0, due: now + Self.eventPeriod)
            return Self.done("subscribed", true)
        case .unsubscribe:
            subscription = nil
            return Self.done("subscribed", false)
        default: return try answer(invocation, at: now)
        }
    }

    /// An event for each connector whose state is another than at the last look. Energy and measured currents flow and are no
    /// event.
    mutating func events(at now: MonotonicInstant) -> [UInt8] {
        guard var subscribed = subscription, now >= subscribed.due else { return [] }
        subscribed.due = now + Self.eventPeriod
        var output: [UInt8] = []
        // What cannot be told now is told when it can be again.
        if let connectors = try? desk.status().connectors {
            for connector in connectors {
                let before = subscribed.seen.first { $0.number == connector.number }
                guard before.map(Self.settled) != Self.settled(connector) else { continue }
                subscribed.sequence += 1
                output += Self.machineLine(
                    JSONRenderer.event("state", sequence: subscribed.sequence, connector.report))
            }
            subscribed.seen = connectors
        }
        subscription = subscribed
        return output
    }

    private static func settled(_ connector: ConnectorStatus) -> ConnectorStatus {
        var settled = connector
        (settled.energy, settled.currents, settled.temperature) = (nil, [], nil)
        return settled
    }

    static func done(_ name: String, _ flag: Bool) -> Report {
        var report = Report()
        report.add(name, .flag(flag))
        return report
    }
}
