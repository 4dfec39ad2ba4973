internal import ChargeControl
internal import DeviceKeys
internal import FlightRecorder
internal import Journal
internal import LightClient
internal import Logging
internal import Metering
internal import PlatformLink
internal import Quantities
internal import ServiceShell
internal import SignedRecords

extension DaemonParts {
    /// Opens the journal and takes it up; on the record thread.
    func makeDesk(
        queues: [ControlQueues], status: StatusBoard, logger: Logger, published: @escaping @Sendable () -> Void
    ) throws(FirmwareError) -> RecordDesk {
        let journal: Journal
        do {
            journal = try Journal(opening: try FileStorage.writer(directory: configuration.home + "/journal"))
        } catch {
            throw .room("journal", reason: "\(error)")
        }
        let desk = RecordDesk(
            journal: journal, keys: keys, clock: clock, identity: identity, status: status,
            commands: queues.map(\.commands), logger: logger, published: published)
        do { try desk.start(keysAreNew: keys.madeKeys) } catch { throw .room("records", reason: "\(error)") }
        return desk
    }

    /// The meters' buses: one for each line. Their events go to the control thread and to the record thread.
    func makeBuses(queues: [ControlQueues], records: RecordThread) throws(FirmwareError) -> [ModbusBus] {
        var lines: [FirmwareConfiguration.MeterChoice.Line] = []
        for connector in connectors where !lines.contains(connector.configuration.meter.line) {
            lines.append(connector.configuration.meter.line)
        }
        var buses: [ModbusBus] = []
        for line in lines {
            let onLine = connectors.filter { $0.configuration.meter.line == line }
            buses.append(try makeBus(line, onLine, queues: queues, records: records))
        }
        return buses
    }

    private func makeBus(
        _ line: FirmwareConfiguration.MeterChoice.Line, _ onLine: [ConnectorParts], queues: [ControlQueues],
        records: RecordThread
    ) throws(FirmwareError) -> ModbusBus {
        let link: ModbusLink
        switch line {
        case .tcp(let host, let port): link = .tcp(host: host, port: port)
        case .rtu(let device, let baud, let format, let rs485):
            do {
                // Meters on one line speak as the first of them does.
                let line = try onLine[0].meterProfile.serialLine(
                    baud: baud.map(Int.init), format: format, rs485: rs485)
                link = .rtu(device: device, line: line)
            } catch {
                throw .configuration(["meter.rtu: \(error)"])
            }
        }
        var meters: [MeterConfiguration] = []
        for connector in onLine {
            let limits = PlausibilityLimits(
                maximumPower: connector.identity.maximumPower, energyFactor: identity.energyFactor)
            do throws(MeteringError) {
                meters.append(
                    try MeterConfiguration(
                        profile: connector.meterProfile, unit: connector.configuration.meter.unit,
                        pollInterval: connector.configuration.meter.pollPeriod, limits: limits))
            } catch {
                throw .configuration(["connector \(connector.number): meter.unit: \(error)"])
            }
        }
        let numbers = onLine.map(\.number)
        let loads = numbers.map { queues[Int($0) - 1].load }
        return ModbusBus(link: link, meters: meters, loads: loads) { index, event in
            let number = numbers[index]
            // A full queue means that the control thread stands still; the coil gate has dropped by then.
            _ = queues[Int(number) - 1].meter.offer(MeterNews(event, at: SystemClock.now()))
            records.post { desk in desk.connector(.connector(number))?.handle(event) }
        }
    }

    /// The flight recorders' memories, one for each connector, with what its core begins from.
    func makeRings(restored: [RestoredState]) -> [FlightRing] {
        zip(connectors, restored).map { connector, restored in
            FlightRing(
                header: FlightHeader(
                    connector: UInt8(connector.number), firmware: VersionText(FirmwareVersion.text.utf8),
                    beginning: ControllerBeginning(
                        connector.control, latched: restored.latched, sincePowerUp: restored.latchedInThisBoot,
                        wear: restored.wear ?? ContactorWear())))
        }
    }

    /// What the control thread runs.
    func makeLoop(
        queues: [ControlQueues], requests: HandoverQueue<ControlRequest>, bell: WakeUp, rings: [FlightRing],
        archive: FlightArchive, startedAt: MonotonicInstant
    ) -> ControlLoop {
        let setups = connectors.enumerated().map { index, connector in
            ConnectorLoop.Setup(
                number: connector.number, ring: rings[index], askForRecording: { archive.ask(connector: index) },
                board: connector.board, queues: queues[index], limits: connector.limits,
                registerRefresh: connector.meterProfile.link.refresh)
        }
        return ControlLoop(
            connectors: setups, supply: configuration.supply, gridFailSafe: configuration.gridFailSafe,
            requests: requests, bell: bell, startedAt: startedAt)
    }

    /// The platform link; its events go to the record thread.
    func makeLink(records: RecordThread, logger: Logger) throws(FirmwareError) -> PlatformLink {
        let ledger = configuration.ledger
        do {
            var link = PlatformLinkConfiguration(
                endpoint: try RPCEndpoint(ledger.rpc), chainID: identity.ledger,
                anchor: TrustAnchor(height: ledger.trustHeight, hash: try Hash(hex: ledger.trustHash)),
                trustingPeriod: .nanoseconds(ledger.trustingPeriod.rawValue),
                storeDirectory: configuration.home + "/link", device: identity.device,
                connectors: UInt32(connectors.count))
            link.clockDrift = .nanoseconds(ledger.clockDrift.rawValue)
            return try PlatformLink(
                link, source: records, logger: logger,
                utc: {
                    let utc = SystemClock.utcMilliseconds()
                    return utc >= SystemClock.earliestPlausible ? Timestamp(unixMilliseconds: utc) : nil
                },
                monotonic: { SystemClock.now() },
                onEvent: { event in try? await records.perform { desk in desk.handle(event) } })
        } catch {
            throw .room("ledger", reason: "\(error)")
        }
    }

    /// The technician's shell, where a serial device is configured for it.
    func startShell(status: StatusBoard, logger: Logger) throws(FirmwareError) -> ServiceShell.SerialLine? {
        guard let device = configuration.shellDevice else { return nil }
        let facts = ServiceFacts(
            identity: identity, keyProtection: keys.protection, bootCount: clock.boot.count,
            endpoint: configuration.ledger.rpc, startedAt: SystemClock.now(), connectors: connectors.map(\.identity))
        do {
            let line = try ServiceShell.SerialLine(
                path: device, desk: StatusDesk(board: status, parts: facts), log: { logger.info("shell: \($0)") })
            try line.start()
            return line
        } catch {
            throw .room("shell", reason: "\(error)")
        }
    }
}

extension ReadingRefusal {
    /// No doubt about one reading, but about the meter: it will say the same tomorrow.
    fileprivate var isLie: Bool {
        if case .implausible(.frozen) = reason { true } else { false }
    }
}

extension MeterNews {
    /// The part of a bus event that the control loop needs.
    init(_ event: MeterEvent, at moment: MonotonicInstant) {
        self =
            switch event {
            case .identified: .identified(at: moment)
            case .reading(let reading): .reading(reading)
            case .live(let values): .live(values)
            case .refused(let refusal): refusal.isLie ? .distrusted(at: moment) : .refused(at: moment)
            case .lost: .lost(at: moment)
            }
    }
}
