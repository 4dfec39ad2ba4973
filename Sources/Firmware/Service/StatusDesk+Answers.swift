internal import Quantities
internal import ServiceShell
internal import SignedRecords

extension StatusDesk {
    func sessions() throws(ServiceShellError) -> [SessionAnswer] {
        board.current.connectors.map { outlet in
            let connector = outlet.connector
            return SessionAnswer(
                connector: outlet.number, session: (try? SessionID(hex: connector.session))?.bytes,
                isOpen: connector.isSessionOpen, phase: connector.phase, energy: MilliwattHours(connector.energyMWh),
                paid: Microunits(outlet.paidMicro), commission: Microunits(outlet.commissionMicro),
                isSettled: outlet.settled)
        }
    }

    func time() throws(ServiceShellError) -> TimeAnswer {
        let utc = SystemClock.utcMilliseconds()
        let isSet = utc >= SystemClock.earliestPlausible
        return TimeAnswer(
            unixMilliseconds: isSet ? utc : nil, quality: Self.timeQuality(isSet: isSet),
            provenMilliseconds: reach.proven.now, boot: reach.clock.boot.boot.bytes, boots: reach.clock.boot.count,
            sinceBoot: .milliseconds(SystemClock.sinceBoot()))
    }

    static func timeQuality(isSet: Bool) -> TimeQualityName {
        guard isSet else { return .unknown }
        return SystemClock.kernelClock().isSynchronised ? .synchronised : .informative
    }

    func keys() throws(ServiceShellError) -> KeyAnswer {
        let keys = reach.keys.publicKeys
        return KeyAnswer(
            device: parts.identity.device.bytes, epoch: reach.keys.epoch, protection: parts.keyProtection,
            ed25519: keys.ed25519, p256: keys.p256)
    }

    func buses() throws(ServiceShellError) -> [BusAnswer] {
        let report = board.current
        let meters =
            report.connectors.map { (UInt32?.some($0.number), $0.meter.line) }
            + (report.mains.map { [(nil, $0.meter.line)] } ?? [])
        return meters.map { connector, line in
            BusAnswer(
                connector: connector,
                counts: [
                    .init("requests", line.requests), .init("polls", line.polls), .init("repeated", line.repeated),
                    .init("timeouts", line.timeouts), .init("checksums", line.checksums),
                    .init("exceptions", line.exceptions), .init("stale", line.stale),
                    .init("wrong replies", line.wrongReplies), .init("implausible", line.implausible),
                    .init("undecodable", line.undecodable), .init("missing values", line.missingValues),
                    .init("losses", line.losses),
                ], busy: .milliseconds(line.busyMS), worstLatency: .milliseconds(line.worstLatencyMS))
        }
    }

    func log(lines: Int) throws(ServiceShellError) -> [String] {
        reach.log.newest(lines).map(reach.nodes.shortened)
    }

    func selfTest() throws(ServiceShellError) -> [SelfTestAnswer] {
        let report = board.current
        var parts = [
            Self.verdict("records", problem: report.records.problem),
            Self.verdict("ledger", problem: report.ledger.reachable ? report.ledger.problem : "not reachable"),
            Self.verdict(
                "clock",
                problem: Self.timeQuality(isSet: SystemClock.plausibleUTC() != nil) == .unknown ? "not set" : ""),
            report.timing.periods == 0
                ? SelfTestAnswer(part: "control loop", verdict: .unknown, reason: "no period yet")
                : Self.verdict(
                    "control loop",
                    problem: report.timing.worstLatenessUS > 40_000
                        ? "a period was \(report.timing.worstLatenessUS) us late" : ""),
        ]
        for outlet in report.connectors {
            parts.append(Self.verdict("connector \(outlet.number) faults", problem: outlet.connector.fault))
            parts.append(
                outlet.meter.accepted == 0 && outlet.meter.problem.isEmpty
                    ? SelfTestAnswer(
                        part: "connector \(outlet.number) meter", verdict: .unknown, reason: "no reading yet")
                    : Self.verdict("connector \(outlet.number) meter", problem: outlet.meter.problem))
        }
        return parts + (try samples()).flatMap(Self.verdicts)
    }

    private static func verdict(_ part: String, problem: String) -> SelfTestAnswer {
        SelfTestAnswer(part: part, verdict: problem.isEmpty ? .good : .bad, reason: problem)
    }

    private static func verdicts(_ sample: ConnectorSample) -> [SelfTestAnswer] {
        let name = "connector \(sample.number)"
        var pilot = SelfTestAnswer(part: "\(name) pilot", verdict: .good)
        if sample.pilot.high == nil {
            pilot = SelfTestAnswer(part: "\(name) pilot", verdict: .bad, reason: "no valid sample")
        }
        let contactor: SelfTestAnswer
        switch (sample.contactor.mirror, sample.contactor.isEnabled) {
        case (.unknown, _):
            contactor = SelfTestAnswer(part: "\(name) contactor", verdict: .unknown, reason: "no feedback")
        case (.closed, false):
            contactor = SelfTestAnswer(part: "\(name) contactor", verdict: .bad, reason: "closed though told to open")
        case (.open, true):
            contactor = SelfTestAnswer(part: "\(name) contactor", verdict: .bad, reason: "open though told to close")
        case (.open, false), (.closed, true): contactor = SelfTestAnswer(part: "\(name) contactor", verdict: .good)
        }
        let residual = verdict(
            "\(name) residual current",
            problem: sample.residualDirectTripped || sample.residualAlternatingTripped ? "tripped" : "")
        let supply = verdict("\(name) supply", problem: sample.isSupplyLow ? "low, or cannot be read" : "")
        return [pilot, contactor, residual, supply]
    }
}
