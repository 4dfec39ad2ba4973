public import Quantities

/// The shell on one line: what came over the line in, bytes for the other end out.
///
/// It knows neither the line nor a clock. A line that begins with `{` is a request of a program and is answered with one
/// line of JSON, without echo and without prompt; any other is a command of a person. The two may alternate.
///
/// Invariants. A command is run only from a line that arrived whole and undamaged. One that changes the device is run only
/// when a person has confirmed what the device understood, or a program's checksum fits; and only once it is on record.
public struct ShellSession: Sendable {
    static let prompt = "wattseal> "
    /// Who comes for the first time, and to something that is broken, needs no more to begin.
    private static let firstSteps = "help lists the commands; to find what is wrong: status, faults, selftest"
    /// Between two looks at what is subscribed to.
    static let eventPeriod = Nanoseconds.milliseconds(200)
    /// A change that is not confirmed within this time is forgotten.
    static let confirmationLife = Nanoseconds.seconds(20)

    let desk: any ServiceDesk
    let gate: any LoginGate
    private let probesTerminal: Bool
    /// The line's speed can be changed.
    let hasSpeed: Bool
    /// The speed that is wanted, once the answer has been sent.
    var wishedSpeed: SerialSpeed?
    /// A command has arrived whole since that was asked for.
    var hasProofOfSpeed = false
    /// Whether whoever drives this session can give the line to another protocol.
    let canHandOver: Bool
    private var hasProbed = false
    var editor = LineEditor()
    var pager = Pager()
    /// Columns of the terminal.
    private var columns = Self.usualColumns
    private static let usualColumns = 80
    var noise = NoiseGate()
    var login: LoginState
    var recent = RecentRequests()
    /// A change that waits for its confirmation.
    var pending: PendingChange?
    /// What a person watches.
    var watching: Watching?
    /// What a program subscribed to.
    var subscription: Subscription?
    /// What this login has in service mode is held under this, while it has something.
    var holder = ServiceHolder()
    var holdsService = false
    /// A test whose answer is still to come.
    var testing: RunningTest?
    /// Where the line belongs to another protocol: until `handBack`, nothing that comes over it is this session's.
    public internal(set) var handover: LineHandover?
    /// A person is shown the prompt before the first character of a line, a program never.
    var promptIsDue = false

    /// A change that a person asked for.
    struct PendingChange: Sendable {
        let invocation: Invocation
        let token: String
        let until: MonotonicInstant
    }

    /// Each connector again and again: a picture in place on a terminal, else a line.
    struct Watching: Sendable {
        let period: Nanoseconds
        var due: MonotonicInstant
        var picture = WatchPicture()
    }

    /// Events for a program.
    struct Subscription: Sendable {
        var seen: [ConnectorStatus]
        var sequence: UInt64
        var due: MonotonicInstant
    }

    /// A session that asks `desk`.
    ///
    /// - Parameters:
    ///   - fixed: who is there where the port itself says so; nil where a login decides.
    ///   - probesTerminal: whether a person's terminal is asked for its size.
    ///   - hasSpeed: whether the line's speed can be changed.
    ///   - canHandOver: whether whoever drives the session looks at `handover`.
    public init(
        desk: any ServiceDesk, gate: any LoginGate, fixed: Technician? = nil, probesTerminal: Bool = false,
        hasSpeed: Bool = false, canHandOver: Bool = false, at now: MonotonicInstant
    ) {
        self.desk = desk
        self.gate = gate
        self.probesTerminal = probesTerminal
        self.hasSpeed = hasSpeed
        self.canHandOver = canHandOver
        login = LoginState(gate: gate, fixed: fixed, at: now)
    }

    /// What is shown when the line comes up.
    public mutating func greeting() -> [UInt8] {
        promptIsDue = false
        var lines = ["", "Wattseal service shell"]
        do throws(ServiceShellError) {
            let identity = try desk.identity()
            let names = "\(identity.product), serial \(identity.serial), firmware \(identity.firmwareVersion)"
            lines.append(PeopleRenderer.printable(names) + (identity.isBench ? ", BENCH" : ""))
            lines += identity.rescue.map { "RESCUE: " + PeopleRenderer.printable($0) }
        } catch {
            lines.append("error: \(PeopleRenderer.printable(error.description))")
        }
        lines.append(login.technician == nil ? "login required; help lists the commands" : Self.firstSteps)
        return Self.show(lines) + Array(Self.prompt.utf8)
    }

    /// Takes what came over the line and answers it.
    public mutating func receive(_ symbols: some Sequence<LineSymbol>, at now: MonotonicInstant) -> [UInt8] {
        var output: [UInt8] = []
        for symbol in symbols {
            guard handover == nil else {
                handover?.rest.append(symbol)
                continue
            }
            // A slower end seems to send BREAK again and again.
            if symbol == .damaged || symbol == .lineBreak { noise.note(errorAt: now) }
            let answer = receive(symbol, at: now)
            // Executed or not, what is said on a line of noise is noise.
            if !noise.isSilent(at: now) { output += answer }
        }
        return output
    }

    /// Takes bytes that were all received well.
    public mutating func receive(_ bytes: [UInt8], at now: MonotonicInstant) -> [UInt8] {
        receive(bytes.lazy.map { .byte($0) }, at: now)
    }

    /// Time has passed: logins end, events are due. Call it a few times a second.
    public mutating func tick(at now: MonotonicInstant) -> [UInt8] {
        var output: [UInt8] = []
        if let reason = login.isOver(at: now) {
            let isProgram = subscription != nil
            logOut(because: reason)
            output += isProgram ? [] : Self.show(["", "logged out: \(reason)"]) + Array(Self.prompt.utf8)
        }
        let said = renewService() + followTest(at: now) + events(at: now)
        // A picture is not drawn over what was said under it.
        if !(output + said).isEmpty { watching?.picture.lift() }
        output += said + watch(at: now, width: columns)
        return noise.isSilent(at: now) ? [] : output
    }

    /// Whether `tick` has anything to do before the next byte.
    public var wantsTicks: Bool { login.technician != nil || subscription != nil || watching != nil }

    /// The line is gone, or the firmware ends: nobody is logged in any more.
    public mutating func end() {
        _ = handBack(.failed("the line was closed"), at: MonotonicInstant(nanoseconds: 0))
        logOut(because: "the line was closed")
    }

    private mutating func receive(_ symbol: LineSymbol, at now: MonotonicInstant) -> [UInt8] {
        if symbol == .lineBreak || symbol == .hangUp {
            reset(because: symbol == .lineBreak ? "BREAK" : "the line was dropped")
            return symbol == .lineBreak ? greeting() : []
        }
        if let answer = wait(symbol) { return answer }
        let step = editor.receive(symbol)
        var output: [UInt8] = []
        if promptIsDue, !editor.isMachine, !step.echo.isEmpty {
            output += Self.prompt.utf8
            promptIsDue = false
        }
        output += step.echo
        if probesTerminal, !hasProbed, !step.echo.isEmpty {
            hasProbed = true
            output += LineEditor.sizeQuestion
        }
        return output + take(step.event, wasEchoed: !step.echo.isEmpty, at: now)
    }

    /// While something goes on by itself or waits for a key, a key is no part of a line; nil where the symbol belongs to one all the
    /// same: the second half of a line's end, what came damaged, and the first byte of a program's request.
    private mutating func wait(_ symbol: LineSymbol) -> [UInt8]? {
        let isTesting = testing?.isPersons ?? false
        guard watching != nil || pager.isWaiting || isTesting, !editor.isPairEnd(symbol) else { return nil }
        if let testing, isTesting { desk.callOff(testing.ticket) }
        guard case .byte(let byte) = symbol, byte != UInt8(ascii: "{") else {
            watching = nil
            pager.drop()
            return nil
        }
        // The answer of a test follows by itself.
        if isTesting { return [] }
        if watching != nil {
            watching = nil
            return Array(Self.prompt.utf8)
        }
        return pager.key(byte) + (pager.isWaiting ? [] : Array(Self.prompt.utf8))
    }

    private mutating func take(_ event: LineEditor.Event?, wasEchoed: Bool, at now: MonotonicInstant) -> [UInt8] {
        let prompt = Array(Self.prompt.utf8)
        switch event {
        case .none: return []
        case .line(let text):
            login.used(at: now)
            let shown = pager.show(run(text, at: now))
            let isBusy = watching != nil || pager.isWaiting || handover != nil || testing?.isPersons ?? false
            return shown + (isBusy ? [] : prompt)
        case .machineLine(let text):
            login.used(at: now)
            promptIsDue = true
            return reply(to: text, at: now).map(Self.machineLine) ?? []
        case .refused(let error, let isMachine):
            pending = nil
            if isMachine {
                promptIsDue = true
                return Self.machineLine(JSONRenderer.failure(id: nil, error))
            }
            return Self.show(["error: \(error)"]) + prompt
        case .interrupted:
            pending = nil
            // A program that gives up a line wants no prompt; a person, whose ^C was shown, does.
            return wasEchoed ? prompt : []
        case .terminal(let rows, let columns):
            pager.height = rows
            self.columns = columns
            return []
        case .clearScreen: return Array("\u{1B}[H\u{1B}[2J".utf8) + prompt + Array(editor.text.utf8)
        case .complete(let text): return complete(text)
        }
    }

    private mutating func complete(_ text: String) -> [UInt8] {
        switch Completion(of: text, role: login.role) {
        case .nothing: return [.bell]
        case .insert(let rest): return editor.insert(rest)
        case .choices(let choices):
            return Self.show(["", choices.joined(separator: "  ")]) + Array((Self.prompt + editor.text).utf8)
        }
    }

    /// Back to the beginning: BREAK, or nobody there any more.
    private mutating func reset(because reason: String) {
        logOut(because: reason)
        editor = LineEditor()
        pager = Pager()
        columns = Self.usualColumns
        hasProbed = false
    }

    /// Ends a login, on record as far as that goes: it ends in any case.
    mutating func logOut(because reason: String) {
        endService(because: reason)
        if let technician = login.technician, !login.isFixed {
            try? desk.record(
                AuditEntry(technician: technician, action: "logout", subject: reason, outcome: .done))
        }
        login.close()
        recent.forget()
        pending = nil
        // What goes on by itself, and what is still to be shown, was this technician's.
        subscription = nil
        watching = nil
        pager.drop()
        editor.history = LineHistory()
    }

    static func show(_ lines: [String]) -> [UInt8] {
        lines.flatMap { Array($0.utf8) + [.carriageReturn, .lineFeed] }
    }

    static func machineLine(_ text: String) -> [UInt8] { Array(text.utf8) + [.lineFeed] }
}
