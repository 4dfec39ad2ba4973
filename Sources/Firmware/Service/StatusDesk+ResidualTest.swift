internal import ChargeControl
internal import Glibc
internal import Quantities
internal import ServiceShell
internal import SignedRecords
internal import Synchronization

// The residual-current self-test for a technician: asked of the control core, which may not begin it, and awaited.
extension StatusDesk {
    /// Every request has another number than those of the last minutes.
    private static let numbers = Atomic<UInt16>(0)
    /// docs/control-core.md, "Residual current": both outputs trip within 1 s, and clear within 2 s behind it.
    private static let tripLimit = Nanoseconds.seconds(1)
    /// So long for the control thread to judge a request; it looks every 5 ms.
    private static let promptness = Nanoseconds.seconds(1)
    /// A test is over by then, or was given up.
    private static let longest = Nanoseconds.seconds(4)

    func testResidual(connector: UInt32) throws(ServiceShellError) -> [ResidualTestAnswer] {
        let cells = reach.residualTests.enumerated().map { (number: UInt32($0.offset + 1), cell: $0.element) }
            .filter { connector == 0 || $0.number == connector }
        guard !cells.isEmpty else { throw .interlock("no control loop runs") }
        let request = Self.nextNumber()
        let began = SystemClock.now()
        try ask(.selfTest(connector: connector, number: request))
        var answers: [ResidualTestAnswer] = []
        for (number, cell) in cells {
            let report = try awaited(request, cell, since: began)
            answers.append(
                ResidualTestAnswer(
                    connector: number, outcome: outcome(report, of: number), trip: report.tripTime,
                    limit: Self.tripLimit))
        }
        // Where none went through, nothing was done.
        let reasons: [String] = answers.compactMap { if case .notDone(let reason) = $0.outcome { reason } else { nil } }
        if reasons.count == answers.count, let reason = reasons.first { throw .interlock(reason) }
        return answers
    }

    func obstacleToTestingResidual(_ chosen: [StatusReport.Outlet]) -> String? {
        let samples = (try? samples()) ?? []
        for outlet in chosen {
            let sample = samples.first { $0.number == outlet.number }
            if let reason = obstacle(on: outlet, sample) { return reason }
        }
        return nil
    }

    /// What the core asks before it begins (ChargeController+Observation). What is not known here, the core decides.
    private func obstacle(on outlet: StatusReport.Outlet, _ sample: ConnectorSample?) -> String? {
        let (connector, number) = (outlet.connector, outlet.number)
        if connector.isSessionOpen { return "a session is open on connector \(number)" }
        let control = parts.connectors.first { $0.chain.rawValue == number }?.control
        if let control, !control.options.hasResidualTest {
            return "the residual-current monitor of connector \(number) has no test input"
        }
        if connector.phase == "\(SessionPhase.ended)" {
            return "the session on connector \(number) is over, and its car still there"
        }
        let index = Int(number) - 1
        if reach.residualTests.indices.contains(index), reach.residualTests[index].report.stage == .running {
            return "the residual-current monitor of connector \(number) is being tested"
        }
        guard let sample else { return nil }
        let contactor = sample.contactor
        if contactor.isEnabled || ([contactor.mirror, contactor.secondMirror] + contactor.loads).contains(.closed) {
            return "the contactor of connector \(number) is not proven open"
        }
        if sample.residualDirectTripped || sample.residualAlternatingTripped {
            return "the residual-current monitor of connector \(number) trips now"
        }
        return nil
    }

    private func outcome(_ report: ResidualTestReport, of number: UInt32) -> ResidualTestAnswer.Outcome {
        switch report.stage {
        case .passed: .passed
        case .failed: .failed
        case .givenUp: .notDone("given up: the contactor of connector \(number) was not proven open any more")
        case .none, .refused, .running:
            .notDone(
                obstacleToTestingResidual(board.current.connectors.filter { $0.number == number })
                    ?? "the core did not begin it: connector \(number) is not proven open, or its monitor is being tested"
            )
        }
    }

    /// What became of a request.
    ///
    /// - Throws: `unfinished` where the control thread does not say.
    private func awaited(
        _ request: UInt16, _ cell: ResidualTestCell, since began: MonotonicInstant
    ) throws(ServiceShellError) -> ResidualTestReport {
        while true {
            let (report, waited) = (cell.report, SystemClock.now() - began)
            if report.number == request {
                if report.stage != .running { return report }
                if waited >= Self.longest { throw .unfinished("the control core has not answered in time") }
            } else if waited >= Self.promptness {
                // Another's test runs there: the core does not judge a second one beside it.
                if report.stage == .running { return ResidualTestReport(number: request, stage: .refused) }
                throw .unfinished("the control thread stands still")
            }
            usleep(10_000)
        }
    }

    /// 0 is nobody's.
    private static func nextNumber() -> UInt16 {
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        return number == 0 ? nextNumber() : number
    }
}
