internal import BoardIO
internal import ChargeControl
internal import Quantities
internal import ServiceShell

/// What `selftest` says of one connector, out of what its threads and its board's driver know: nothing is asked for it, and nothing
/// moves.
struct ConnectorSelfTest {
    let outlet: StatusReport.Outlet
    /// What the core was last told; nil where nothing is recorded yet.
    let sample: ConnectorSample?
    let control: ControlConfiguration
    /// What the board's driver counted, and its lines; nil where there is no board.
    let board: (report: BoardReport, lines: [BoardLine], isSimulated: Bool)?

    /// An older sample says nothing about now.
    static let oldestSample = Nanoseconds.seconds(1)
    /// A meter counts as silent after that (docs/control-core.md, "The fault table").
    static let oldestReading = Nanoseconds.seconds(3)

    var rows: [SelfTestAnswer] {
        [faults, supply, lines, pilot, diode, proximity, contactor, weld]
            + [residual, earth, lock, temperatures, meter]
    }

    // MARK: how a row comes about

    /// The faults of a part that stand, in the table's words; nil for none.
    func standing(_ codes: FaultCode...) -> String? { words(of: codes) }

    private func words(of codes: [FaultCode]) -> String? {
        let found = codes.filter { outlet.connector.faultCodes.contains($0.rawValue) }
        guard !found.isEmpty else { return nil }
        return found.map { "fault \($0.rawValue) stands: \($0.row(for: control).text)" }.joined(separator: " ")
    }

    /// What is bad comes before what is not known.
    func row(
        _ part: String, _ values: Report = Report(), limit: String = "", bad: String?, unknown: String?
    ) -> SelfTestAnswer {
        SelfTestAnswer(
            part: part, connector: outlet.number,
            verdict: bad != nil ? .bad : unknown != nil ? .unknown : .good, values: values, limit: limit,
            reason: bad ?? unknown ?? "")
    }

    /// A row of what the board senses.
    func sensed(
        _ part: String, _ codes: FaultCode..., limit: String = "",
        judge: (ConnectorSample, inout Report) -> (bad: String?, unknown: String?)
    ) -> SelfTestAnswer {
        let standing = words(of: codes)
        guard let sample else {
            return row(part, limit: limit, bad: standing, unknown: "no step of the core is recorded yet")
        }
        var values = Report()
        let (bad, unknown) = judge(sample, &values)
        guard sample.age <= Self.oldestSample else {
            let age = DecimalText.fixed(sample.age.wholeMilliseconds, digits: 3)
            return row(part, values, limit: limit, bad: standing, unknown: "the newest sample is \(age) s old")
        }
        return row(part, values, limit: limit, bad: standing ?? bad, unknown: unknown)
    }

    // MARK: rows

    private var faults: SelfTestAnswer {
        var values = Report()
        values.add("standing", .count(UInt64(outlet.connector.faultCodes.count)))
        let codes = outlet.connector.faultCodes.map { "\($0)" }.joined(separator: ", ")
        return row(
            "faults", values, limit: "none",
            bad: codes.isEmpty ? nil : "\(codes): the command faults says where to look",
            unknown: sample == nil ? "no step of the core is recorded yet" : nil)
    }

    private var lines: SelfTestAnswer {
        var values = Report()
        guard let board else { return row("gpio", values, bad: nil, unknown: "no board is known") }
        let unread = board.lines.filter { !$0.isOutput && $0.isActive == nil }.map(\.role)
        values.add("lines", .count(UInt64(board.lines.count)))
        values.add("not read", .count(UInt64(unread.count)))
        values.add("failed reads", .count(board.report.readFailures))
        values.add("failed writes", .count(board.report.writeFailures))
        values.add("losses", .count(board.report.losses))
        let bad = board.report.connected ? nil : "the board does not answer: \(board.report.lastError ?? "no error")"
        let unknown =
            board.lines.isEmpty
            ? "this board has no lines of its own"
            : unread.isEmpty ? nil : "not read: \(unread.joined(separator: ", "))"
        return row("gpio", values, limit: "every line read", bad: bad, unknown: unknown)
    }

    private var contactor: SelfTestAnswer {
        let (closing, opening) = (outlet.connector.closingUS, outlet.connector.openingUS)
        let slowest = control.options.contactorRating.slowest
        var values = Report()
        values.add("closings", .count(UInt64(outlet.connector.operations)))
        values.add("last closing", closing > 0 ? .duration(.microseconds(closing)) : .text(nil))
        values.add("last opening", opening > 0 ? .duration(.microseconds(opening)) : .text(nil))
        var bad = standing(.contactorNotClosed, .poleNotClosed, .contactorWorn)
        if bad == nil, .microseconds(max(closing, opening)) > slowest { bad = "slower than it is built for: worn" }
        var unknown: String?
        if closing == 0 || opening == 0 { unknown = "its last closing and opening were not timed by a mirror contact" }
        if outlet.connector.operations == 0 { unknown = "it has not closed since it was new" }
        return row(
            "contactor", values, limit: "\(DecimalText.fixed(slowest.wholeMilliseconds, digits: 3)) s each", bad: bad,
            unknown: unknown)
    }

    private var meter: SelfTestAnswer {
        let meter = outlet.meter
        var values = Report()
        values.add("accepted", .count(meter.accepted))
        values.add("refused", .count(meter.refused))
        values.add("age", meter.accepted > 0 ? .duration(.milliseconds(meter.ageMS)) : .text(nil))
        values.add("timeouts", .count(meter.line.timeouts))
        values.add("worst latency", .duration(.milliseconds(meter.line.worstLatencyMS)))
        var bad = meter.problem.isEmpty ? standing(.meterLost, .meterSilent, .meterDistrusted) : meter.problem
        if bad == nil, meter.accepted > 0, .milliseconds(meter.ageMS) > Self.oldestReading { bad = "no new reading" }
        if let found = bad, meter.isLost { bad = "\(found); bus scan shows which units answer" }
        return row(
            "meter", values,
            limit: "a reading every \(DecimalText.fixed(Self.oldestReading.wholeMilliseconds, digits: 3)) s", bad: bad,
            unknown: meter.accepted == 0 ? "no reading yet" : nil)
    }
}
