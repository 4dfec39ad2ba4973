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
}
