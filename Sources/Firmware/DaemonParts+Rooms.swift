internal import ChargeControl
internal import FlightRecorder
internal import Journal
internal import LightClient
internal import Logging
internal import Metering
internal import PlatformLink
internal import Quantities
internal import SignedRecords

extension DaemonParts {
    /// Opens the journal and takes it up; on the record thread.
    func makeDesk(
        queues: [ControlQueues], contactorsOpenBy: MonotonicInstant, status: StatusBoard, proven: ProvenTime,
        logger: Logger, published: @escaping @Sendable () -> Void
    ) throws(FirmwareError) -> RecordDesk {
        let journal: Journal
        do {
            journal = try Journal(
                opening: try FileStorage.writer(directory: configuration.home + "/journal"),
                configuration: JournalConfiguration(retentionDays: configuration.retentionDays))
        } catch {
            throw .room("journal", reason: "\(error)")
        }
        let ocmf = OCMFStore(directory: configuration.home + "/ocmf")
        do { try ocmf.prepare() } catch { throw .room("ocmf", reason: "\(error)") }
        let desk = RecordDesk(
            journal: journal, keys: keys, ocmf: ocmf, clock: clock, identity: identity, status: status,
            commands: queues.map(\.commands), meterWishes: queues.map(\.load), logger: logger, published: published,
            leaving: { [folder = linkFolder] left in try left.save(in: folder) },
            voucherFolder: configuration.home,
            technicians: try TechnicianBacklog(home: configuration.home), proven: proven)
        desk.contactorsOpenBy = contactorsOpenBy
        do { try desk.start(keysAreNew: keys.madeKeys) } catch { throw .room("records", reason: "\(error)") }
        return desk
    }

    /// The meters' buses: one for each line. Their events go to the control thread and to the record thread, those of the
    /// mains meter to the control thread and to the status.
    func makeBuses(
        queues: [ControlQueues], records: RecordThread, feed: MainsFeed, status: StatusBoard, logger: Logger
    ) throws(FirmwareError) -> (buses: [ModbusBus], meters: [MeterAccess]) {
        var meters = connectors.map {
            MeterLine.Meter(
                owner: .connector($0.number), choice: $0.configuration.meter, profile: $0.meterProfile)
        }
        if let mains {
            meters.append(MeterLine.Meter(owner: .mains, choice: mains.configuration.meter, profile: mains.profile))
            feed.load.store(MeterCondition(contactor: .absent(since: SystemClock.now()), promise: .zero))
        }
        let lines = MeterLine.lines(of: meters)
        let mistakes = lines.flatMap(\.mistakes)
        if !mistakes.isEmpty { throw .configuration(mistakes) }
        let mainsDesk = MainsDesk(feed: feed, phases: mains?.phases ?? [], status: status, logger: logger)
        var buses: [ModbusBus] = []
        var access: [MeterAccess] = []
        for line in lines {
            var configurations: [MeterConfiguration] = []
            for meter in line.meters { configurations.append(try configuration(of: meter)) }
            let owners = line.meters.map(\.owner)
            let loads = owners.map { owner in
                if case .connector(let number) = owner { queues[Int(number) - 1].load } else { feed.load }
            }
            let bus = ModbusBus(link: try line.link(), meters: configurations, loads: loads) { index, event in
                guard case .connector(let number) = owners[index] else { return mainsDesk.handle(event) }
                // A full queue means that the control thread stands still; the coil gate has dropped by then.
                _ = queues[Int(number) - 1].meter.offer(MeterNews(event, at: SystemClock.now()))
                records.post { desk in desk.connector(.connector(number))?.handle(event) }
            }
            for (index, owner) in owners.enumerated() {
                let number: UInt32? = if case .connector(let number) = owner { number } else { nil }
                access.append(MeterAccess(bus: bus, index: index, owner: owner))
                status.watch(connector: number) { bus.statistics[index] }
            }
            buses.append(bus)
        }
        return (buses, access)
    }

    private func configuration(of meter: MeterLine.Meter) throws(FirmwareError) -> MeterConfiguration {
        let limits: PlausibilityLimits
        var role = MeterConfiguration.Role.billing
        switch meter.owner {
        case .connector(let number):
            limits = PlausibilityLimits(
                maximumPower: connectors[Int(number) - 1].identity.maximumPower, energyFactor: identity.energyFactor)
        case .mains:
            guard let mains else { invariantBroken("the mains meter's parts are there") }
            limits = mains.plausibility(energyFactor: identity.energyFactor)
            role = .supply
        }
        do throws(MeteringError) {
            return try MeterConfiguration(
                profile: meter.profile, unit: meter.choice.unit, pollInterval: meter.choice.pollPeriod, limits: limits,
                role: role)
        } catch {
            throw .configuration(["\(meter.owner.place).unit: \(error)"])
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
        queues: [ControlQueues], feed: MainsFeed, requests: HandoverQueue<ControlRequest>, bell: WakeUp,
        rings: [FlightRing], archive: FlightArchive, startedAt: MonotonicInstant
    ) -> ControlLoop {
        let setups = connectors.enumerated().map { index, connector in
            ConnectorLoop.Setup(
                number: connector.number, ring: rings[index], askForRecording: { archive.ask(connector: index) },
                board: connector.board, queues: queues[index], limits: connector.limits,
                registerRefresh: connector.meterProfile.link.refresh)
        }
        return ControlLoop(
            connectors: setups, supply: configuration.supply, gridFailSafe: configuration.gridFailSafe,
            gridRelay: configuration.gridRelay, mains: mains?.makeGuard(feed), requests: requests, bell: bell,
            startedAt: startedAt)
    }

    /// The platform link; its events go to the record thread.
    func makeLink(records: RecordThread, proven: ProvenTime, logger: Logger) throws(FirmwareError) -> PlatformLink {
        let ledger = configuration.ledger
        do {
            var link = PlatformLinkConfiguration(
                endpoint: try RPCEndpoint(ledger.rpc), chainID: identity.ledger,
                anchor: TrustAnchor(height: ledger.trustHeight, hash: try Hash(hex: ledger.trustHash)),
                trustingPeriod: .nanoseconds(ledger.trustingPeriod.rawValue),
                storeDirectory: LinkFolder.path(
                    of: identity.ledger, first: firstLedger ?? identity.ledger, under: linkFolder),
                device: identity.device,
                connectors: UInt32(connectors.count))
            link.witnesses = try ledger.witnesses.map { try RPCEndpoint($0) }
            link.clockDrift = .nanoseconds(ledger.clockDrift.rawValue)
            link.listensToEvents = ledger.events
            link.clientIdentity = ledger.client.map {
                TLSIdentity(
                    certificate: $0.certificate, key: $0.key, otherKeys: [keys.publicKeys.p256])
            }
            // Before the first look since the start, the newest header of the last run is the latest time that is proved.
            // A file that cannot be read is the link's to tell.
            if let left = try? TrustedStore(directory: link.storeDirectory).load(chainID: link.chainID.text) {
                proven.raise(to: left.header.time.unixMilliseconds)
            }
            let vouched: @Sendable () -> Bool = { SystemClock.kernelClock().isSynchronised }
            return try PlatformLink(
                link, source: records, logger: logger,
                utc: {
                    let utc = SystemClock.utcMilliseconds()
                    return utc >= SystemClock.earliestPlausible ? Timestamp(unixMilliseconds: utc) : nil
                },
                isVouchedFor: ledger.needsSynchronisedClock ? vouched : nil,
                monotonic: { SystemClock.now() },
                onEvent: { event in try? await records.perform { desk in desk.handle(event) } })
        } catch {
            throw .room("ledger", reason: "\(error)")
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
            case .live(let values): .live(values)
            case .refused(let refusal): refusal.isDistrust ? .distrusted(at: moment) : .refused(at: moment)
            case .lost: .lost(at: moment)
            }
    }
}
