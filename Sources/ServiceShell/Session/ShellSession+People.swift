import Quantities
import SignedRecords

// Commands of people: a line in, lines out.
extension ShellSession {
    /// Runs a line that arrived whole.
    mutating func run(_ line: String, at now: MonotonicInstant) -> [String] {
        // Whatever comes between a change and its confirmation takes the change back.
        let waiting = pending
        pending = nil
        do throws(ServiceShellError) {
            guard let command = try CommandLine.parse(line) else { return [] }
            hasProofOfSpeed = true
            if !command.invocation.row.isSecret { editor.remember(line) }
            let lines = try lines(for: command.invocation, waiting: waiting, at: now)
            return command.filters.reduce(lines) { $1.apply(to: $0) }
        } catch {
            return ["error: " + PeopleRenderer.printable(error.description)]
        }
    }

    private mutating func lines(
        for invocation: Invocation, waiting: PendingChange?, at now: MonotonicInstant
    ) throws(ServiceShellError) -> [String] {
        try authorise(invocation.row)
        switch invocation.row.effect {
        case .changes: return try ask(for: invocation, at: now)
        case .handsOver:
            guard canHandOver else { throw .unavailable("a file comes in over a serial line alone") }
            return try ask(for: invocation, at: now)
        case .transfers: throw .otherMode(command: invocation.row.name)
        case .reads, .shell: break
        }
        switch invocation.row.command {
        case .confirm: return try confirm(invocation, waiting, at: now)
        case .term:
            setTerminal(invocation)
            return []
        case .watch:
            let period = Nanoseconds.milliseconds(invocation.integer("period") ?? 1_000)
            // A picture comes with the next tick.
            watching = Watching(period: period, due: editor.isTerminal ? now : now + period)
            return editor.isTerminal ? [] : [try watchLine()]
        case .subscribe, .unsubscribe: throw .otherMode(command: invocation.row.name)
        default: return PeopleRenderer.lines(of: try answer(invocation, at: now))
        }
    }

    /// Says what was understood, and how to confirm it.
    private mutating func ask(
        for invocation: Invocation, at now: MonotonicInstant
    ) throws(ServiceShellError) -> [String] {
        try checkObstacle(to: invocation)
        let token = PendingChange.token(for: invocation, random: gate.randomBytes())
        pending = PendingChange(invocation: invocation, token: token, until: now + Self.confirmationLife)
        return [
            PeopleRenderer.printable(invocation.canonical),
            "to do this: confirm \(token), within \(Self.confirmationLife.wholeMilliseconds / 1_000) s",
        ]
    }

    private mutating func confirm(
        _ invocation: Invocation, _ waiting: PendingChange?, at now: MonotonicInstant
    ) throws(ServiceShellError) -> [String] {
        guard let waiting, now < waiting.until, invocation.text("token")?.uppercased() == waiting.token else {
            throw .unconfirmed
        }
        try authorise(waiting.invocation.row)
        if waiting.invocation.row.effect == .handsOver { return try handOver(waiting.invocation, at: now) }
        guard let report = try change(waiting.invocation, for: .person, at: now) else {
            return ["it runs; any key ends it"]
        }
        return PeopleRenderer.lines(of: report)
    }

    private mutating func setTerminal(_ invocation: Invocation) {
        let isTerminal = invocation.text("kind") == "ansi"
        editor.isTerminal = isTerminal
        pager.height = invocation.integer("length").map(Int.init) ?? (isTerminal ? 24 : 0)
    }

    /// The picture or the line that a person watches, where it is due.
    mutating func watch(at now: MonotonicInstant, width: Int) -> [UInt8] {
        guard let due = watching?.due, now >= due, let period = watching?.period else { return [] }
        watching?.due = now + period
        do throws(ServiceShellError) {
            guard editor.isTerminal else { return Self.show([try watchLine()]) }
            let frames = try watchFrames()
            return watching?.picture.draw(frames, width: width, height: pager.height) ?? []
        } catch {
            watching = nil
            return Self.show(["error: " + PeopleRenderer.printable(error.description)])
        }
    }

    /// What is not known now is shown as that.
    private func watchFrames() throws(ServiceShellError) -> [WatchPicture.Frame] {
        let samples = (try? desk.samples()) ?? []
        let meters = (try? desk.meters()) ?? []
        return try desk.status().with(samples).connectors.map { connector in
            let pilot = samples.first { $0.number == connector.number }?.pilot
            let meter = meters.first { $0.connector == connector.number }
            return WatchPicture.Frame(
                connector: connector, high: pilot?.high, low: pilot?.low,
                power: meter?.state == .lost ? nil : meter?.power)
        }
    }

    private func watchLine() throws(ServiceShellError) -> String {
        try desk.status().connectors.map { connector in
            let offered = DecimalText.fixed(Int64((connector.offered ?? .zero).rawValue), digits: 3)
            let energy = DecimalText.fixed((connector.energy ?? .zero).rawValue, digits: 6)
            let service = connector.service.map { ", \($0)" } ?? ""
            return PeopleRenderer.printable(
                "\(connector.number): \(connector.pilot.rawValue) \(connector.contactor.rawValue) \(offered) A "
                    + "\(energy) kWh, \(connector.activeFaults) faults\(service)")
        }.joined(separator: " | ")
    }
}

extension ShellSession.PendingChange {
    /// Four hexadecimal digits out of a random number and what was understood: a line that was changed on its way asks for
    /// another token than the one that was meant, even from a script that does not look.
    static func token(for invocation: Invocation, random: [UInt8]) -> String {
        let digest = ContentHash(hashing: random + Array(invocation.canonical.utf8))
        return Hexadecimal.encode(digest.bytes.prefix(2)).uppercased()
    }
}
