import ChargeControl
import Quantities

/// Judges a control core from outside, step by step, against docs/control-core.md.
///
/// It shares no code with the core: it knows what was put in (`Truth` and the input), what came out, and the rules of the
/// fault table as they stand in the table's rows, which `Clauses` compares with the clauses once. What the core believes is
/// never asked.
struct Oracle: Sendable {
    let configuration: ControlConfiguration
    let options: ControlOptions
    let phases: UInt8
    var now: Int64 = 0
    /// The first breach, and its row where it is one's.
    var breach: Breach?
    var breachRow: Int = -1

    // What the output of the step before said.
    var command = PilotCommand.x1
    var isEnabled = false
    var mode: PhaseMode
    var phase = SessionPhase.idle
    var wear = ContactorWear()
    var isFirst = true
    var lastStep: Int64 = 0
    var isStalled = false
    /// A row of a contactor that does not open stands: the coil gate is not pulsed.
    var withholdsGate = false

    var pilot = OraclePilot()
    var contacts = OracleContacts()
    var rows: InlineArray<48, OracleRow>
    let rowCount: Int
    /// The rows whose raising and clearing stand in records: those that stop or open.
    let recordedRows: UInt64
    var standing: UInt64 = 0
    var raisedNow: UInt64 = 0
    var clearedNow: UInt64 = 0
    var conditions = OracleConditions()
    var session = OracleSession()
    var limits = OracleLimits()
    var lock = OracleLock()
    var service = OracleService()

    init(_ configuration: ControlConfiguration) {
        self.configuration = configuration
        options = configuration.options
        phases = configuration.phases
        mode = configuration.phases == 1 ? .single : .three
        breach = nil
        rows = InlineArray(repeating: OracleRow())
        rowCount = FaultCode.allCases.count
        var recorded: UInt64 = 0
        for code in FaultCode.allCases {
            rows[code.position] = OracleRow(code.row(for: configuration).rule)
            if rows[code.position].effect != .warn { recorded |= 1 << UInt64(code.position) }
        }
        recordedRows = recorded
    }

    /// A controller was made anew: only the latches that its records hold stand.
    mutating func restart(latched: UInt64, wear: ContactorWear) {
        var fresh = Oracle(configuration)
        fresh.standing = latched
        fresh.wear = wear
        fresh.session.closings = session.closings
        fresh.session.sessions = session.sessions
        fresh.session.ended = session.ended
        fresh.service.closings = service.closings
        for position in 0..<rowCount where latched & (1 << UInt64(position)) != 0 {
            fresh.rows[position].isRestored = true
        }
        fresh.breach = breach
        self = fresh
    }

    mutating func fail(_ breach: Breach, row: Int = -1) {
        guard self.breach == nil else { return }
        self.breach = breach
        breachRow = row
    }

    /// Judges one step.
    mutating func judge(_ input: ControlInput, _ truth: Truth, _ output: ControlOutput, at now: Int64) {
        self.now = now
        watchLoop(input)
        watchPilot(input, truth)
        watchService(truth)
        watchContacts(input)
        watchMeter(input)
        watchCable(truth)
        watchHeat(input)
        watchTest(input, output)
        watchFan(output)
        judgeRows(input, output)
        judgeLimits(input, output)
        judgeRecords(input, output)
        judgeService(input, output)
        judgeContactor(input, truth, output)
        noteTest(output)
        judgePhases(input, truth, output)
        judgePilot(input, output)
        judgeLock(input, output)
        remember(input, output)
    }

    private mutating func watchLoop(_ input: ControlInput) {
        var lateness = input.lateness.rawValue
        if !isFirst { lateness = max(lateness, now - lastStep - 5_000_000) }
        lastStep = now
        isStalled = lateness > 40_000_000
        conditions.isLate = lateness > 15_000_000
        if conditions.isLate {
            conditions.lateThrice = conditions.lateTwice
            conditions.lateTwice = conditions.lateOnce
            conditions.lateOnce = now
        }
    }

    private mutating func remember(_ input: ControlInput, _ output: ControlOutput) {
        if output.shutdownComplete, output.contactorEnable || session.isOpen { fail(.completeTooEarly) }
        if output.display.phases != output.phases || output.display.phase.isSessionOpen() != session.isOpen {
            fail(.displayed)
        }
        pilot.note(output, at: now)
        if output.contactorEnable, !isEnabled { pilot.sawD = false }
        contacts.note(output, wasEnabled: isEnabled, at: now)
        command = output.pilot
        isEnabled = output.contactorEnable
        mode = output.phases
        phase = output.display.phase
        wear = output.display.wear
        isFirst = false
    }
}
