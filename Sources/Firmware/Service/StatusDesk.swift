internal import ChargeControl
internal import Quantities
internal import ServiceShell
internal import SignedRecords

/// Answers the technician's shell from the status that the threads keep and from the flight recorder; to tell something it never
/// waits for one of them.
struct StatusDesk: ServiceDesk {
    let board: StatusBoard
    let parts: ServiceFacts
    let reach: ServiceReach

    func identity() throws(ServiceShellError) -> IdentityAnswer {
        let identity = parts.identity
        return IdentityAnswer(
            product: identity.product, serial: identity.serial, board: identity.board, device: identity.device.bytes,
            keyProtection: parts.keyProtection, firmwareVersion: FirmwareVersion.text,
            firmwareDigest: identity.firmwareDigest.bytes, slot: parts.slot, isBench: identity.bench,
            energyFactor: identity.energyFactor, bootCount: parts.bootCount,
            uptime: SystemClock.now() - parts.startedAt, restartReason: parts.restartReason)
    }

    func status() throws(ServiceShellError) -> StatusAnswer {
        let report = board.current
        let utc = SystemClock.plausibleUTC()
        return StatusAnswer(
            connectors: report.connectors.map(Self.status), unixMilliseconds: utc.map { $0 * 1_000 },
            timeQuality: Self.timeQuality(isSet: utc != nil),
            saleStopped: report.records.problem.isEmpty ? nil : report.records.problem,
            loop: Self.loop(report.timing))
    }

    private static func status(_ outlet: StatusReport.Outlet) -> ConnectorStatus {
        let connector = outlet.connector
        let session = try? SessionID(hex: connector.session)
        return ConnectorStatus(
            number: outlet.number, pilot: pilot(connector.state),
            contactor: connector.contactorClosed ? .closed : .open,
            session: connector.isSessionOpen ? session?.bytes : nil,
            energy: connector.isSessionOpen ? MilliwattHours(connector.energyMWh) : nil,
            offered: Milliamps(connector.offeredMA), limitReason: connector.limit,
            currents: outlet.meter.accepted > 0 && !outlet.meter.isLost ? milliamps(outlet.meter.currentMA) : [],
            activeFaults: UInt32(connector.faultCodes.count),
            service: connector.service.isEmpty ? nil : connector.service)
    }

    private static func loop(_ timing: StatusReport.Timing) -> LoopStatus {
        LoopStatus(
            periods: timing.periods, worstLateness: timing.worstLatenessUS, lateness: timing.lateness,
            worstStep: timing.worstStepUS, step: timing.step)
    }

    func meters() throws(ServiceShellError) -> [MeterAnswer] {
        let report = board.current
        var answers = report.connectors.map { Self.answer($0.meter, connector: $0.number) }
        if let mains = report.mains {
            var answer = Self.answer(mains.meter, connector: nil)
            answer.currents = Self.milliamps(mains.currentMA)
            answer.supply = MeterAnswer.Supply(
                fuse: Milliamps(mains.fuseMA), available: Milliamps(mains.availableMA), reason: mains.limit)
            answers.append(answer)
        }
        return answers
    }

    /// L1 on, up to the first phase that is not measured: an unknown current is not shown as none.
    private static func milliamps(_ values: [Int32?]) -> [Milliamps] {
        values.prefix { $0 != nil }.compactMap { $0 }.map { Milliamps($0) }
    }

    private static func answer(_ meter: StatusReport.Meter, connector: UInt32?) -> MeterAnswer {
        let state: MeterAnswer.State =
            meter.vendor.isEmpty
            ? .identifying : meter.problem.isEmpty ? .reading : meter.isLost ? .lost : .refused
        let identity = MeterAnswer.Identity(
            vendor: meter.vendor, model: meter.model, serial: meter.serial, profile: meter.profile)
        return MeterAnswer(
            connector: connector, state: state, identity: meter.vendor.isEmpty ? nil : identity,
            importRegister: meter.accepted > 0 ? MilliwattHours(meter.importMWh) : nil,
            power: meter.accepted > 0 && meter.hasPower ? Milliwatts(meter.powerMW) : nil,
            voltages: meter.voltageMV.prefix { $0 != nil }.compactMap { $0 }.map { Millivolts($0) },
            currents: milliamps(meter.currentMA), frequency: meter.frequencyMHz.map { Millihertz($0) },
            age: meter.accepted > 0 ? .milliseconds(meter.ageMS) : nil, accepted: meter.accepted,
            refused: meter.refused, lastRefusal: meter.problem.isEmpty ? nil : meter.problem)
    }

    func journal() throws(ServiceShellError) -> JournalAnswer {
        let records = board.current.records
        let room = DiskRoom(of: reach.home)
        return JournalAnswer(
            chains: records.chains.map {
                JournalAnswer.Chain(number: $0.number, head: $0.head, acknowledged: $0.acknowledged)
            },
            records: records.total, bytes: records.bytes, flushes: records.flushes, freeRecords: records.free,
            segmentsOfRoom: records.segmentsOfRoom, resumes: records.resumes,
            diskFree: room?.free, diskTotal: room?.total,
            lastError: records.problem.isEmpty ? nil : records.problem)
    }

    func ledger() throws(ServiceShellError) -> LedgerAnswer {
        let report = board.current
        return LedgerAnswer(
            chain: report.ledger.chain, endpoint: reach.nodes.origin, isReachable: report.ledger.reachable,
            trustedHeight: report.ledger.height > 0 ? UInt64(report.ledger.height) : nil,
            trustedTime: report.ledger.headerUTCMS > 0 ? report.ledger.headerUTCMS : nil,
            backlog: report.records.total - report.records.acknowledged,
            lastError: report.ledger.problem.isEmpty ? nil : reach.nodes.shortened(report.ledger.problem))
    }

    func faults() throws(ServiceShellError) -> [FaultAnswer] {
        let (samples, now) = ((try? samples()) ?? [], reach.now())
        return board.current.connectors.flatMap { outlet in
            outlet.connector.faultCodes.compactMap { number in
                guard let code = FaultCode(rawValue: number), let row = row(of: code, outlet.number) else { return nil }
                return FaultAnswer(
                    code: number, name: "\(row.text)", connector: outlet.number, isPresent: true,
                    isLatched: row.rule.latch != .none,
                    age: outlet.connector.faultsSince[number].map { max(.zero, now - $0) },
                    clearedBy: row.rule.latch.clearing,
                    evidence: evidence(of: code, outlet, samples), check: code.check)
            }
        }
    }

    /// A meter's fault is what its bus said last; every other is in the board's sample.
    private func evidence(
        of code: FaultCode, _ outlet: StatusReport.Outlet, _ samples: [ConnectorSample]
    ) -> String? {
        switch code {
        case .meterLost, .meterSilent, .meterDistrusted:
            outlet.meter.problem.isEmpty ? nil : outlet.meter.problem
        default: samples.first { $0.number == outlet.number }.flatMap { code.evidence(in: $0) }
        }
    }

    private func row(of code: FaultCode, _ number: UInt32) -> FaultRow? {
        parts.connectors.first { $0.chain.rawValue == number }.map { code.row(for: $0.control) }
    }

    static func pilot(_ state: String) -> ConnectorStatus.PilotState {
        switch state.first {
        case "A": .a
        case "B": .b
        case "C": .c
        case "D": .d
        case "E": .e
        case "F": .f
        default: .invalid
        }
    }
}
