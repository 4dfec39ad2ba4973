internal import ChargeControl
internal import DeviceKeys
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
        queues: ControlQueues, status: StatusBoard, logger: Logger, published: @escaping @Sendable () -> Void
    ) throws(FirmwareError) -> RecordDesk {
        let journal: Journal
        do {
            journal = try Journal(opening: try FileStorage.writer(directory: configuration.home + "/journal"))
        } catch {
            throw .room("journal", reason: "\(error)")
        }
        let desk = RecordDesk(
            journal: journal, keys: keys, clock: clock, identity: identity, status: status, commands: queues.commands,
            logger: logger, published: published)
        do { try desk.start(keysAreNew: keys.madeKeys) } catch { throw .room("records", reason: "\(error)") }
        return desk
    }

    /// The meter's bus; its events go to the control thread and to the record thread.
    func makeBus(queues: ControlQueues, records: RecordThread) throws(FirmwareError) -> ModbusBus {
        let link: ModbusLink
        switch configuration.meter.line {
        case .tcp(let host, let port): link = .tcp(host: host, port: port)
        case .rtu(let device, let baud, let format):
            do {
                let usual = meterProfile.link.line
                let line = try Metering.SerialLine(
                    baud: baud.map(Int.init) ?? usual.baud, format: format ?? usual.format)
                link = .rtu(device: device, line: line)
            } catch {
                throw .configuration(["meter.rtu: \(error)"])
            }
        }
        let limits = PlausibilityLimits(maximumPower: identity.maximumPower, energyFactor: identity.energyFactor)
        let meter = MeterConfiguration(
            profile: meterProfile, unit: configuration.meter.unit, pollInterval: configuration.meter.pollPeriod,
            limits: limits)
        return ModbusBus(link: link, meters: [meter]) { _, event in
            // A full queue means that the control thread stands still; the coil gate has dropped by then.
            _ = queues.meter.offer(MeterNews(event, at: SystemClock.now()))
            records.post { desk in desk.handle(event) }
        }
    }

    /// The platform link; its events go to the record thread.
    func makeLink(records: RecordThread, logger: Logger) throws(FirmwareError) -> PlatformLink {
        let ledger = configuration.ledger
        do {
            var link = PlatformLinkConfiguration(
                endpoint: try RPCEndpoint(ledger.rpc), chainID: identity.ledger,
                anchor: TrustAnchor(height: ledger.trustHeight, hash: try Hash(hex: ledger.trustHash)),
                trustingPeriod: .nanoseconds(ledger.trustingPeriod.rawValue),
                storeDirectory: configuration.home + "/link", device: identity.device, connectors: 1)
            link.clockDrift = .nanoseconds(ledger.clockDrift.rawValue)
            return try PlatformLink(
                link, source: records, logger: logger,
                utc: {
                    let utc = SystemClock.utcMilliseconds()
                    return utc >= RecordClock.earliestPlausible ? Timestamp(unixMilliseconds: utc) : nil
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
            endpoint: configuration.ledger.rpc, startedAt: SystemClock.now(), control: control)
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

extension MeterNews {
    /// The part of a bus event that the control loop needs.
    init(_ event: MeterEvent, at moment: MonotonicInstant) {
        self =
            switch event {
            case .identified: .identified(at: moment)
            case .reading(let reading): .reading(reading)
            case .refused: .refused(at: moment)
            case .lost: .lost(at: moment)
            }
    }
}
