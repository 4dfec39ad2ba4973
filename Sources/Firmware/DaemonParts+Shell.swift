internal import FirmwareUpdate
internal import Glibc
internal import Logging
internal import Quantities
internal import ServiceShell
internal import SignedRecords

extension DaemonParts {
    /// The way to the updater, where one is configured.
    func makeUpdates(status: StatusBoard, logger: Logger) throws(FirmwareError) -> FirmwareUpdates? {
        guard let socket = configuration.updaterSocket else { return nil }
        return try FirmwareUpdates(socket: socket, slot: Self.slot, board: status, logger: logger)
    }

    /// The slot that the launcher has started.
    private static var slot: String? { getenv("WATTSEAL_SLOT").map { String(cString: $0) } }

    /// The technician's shell, where it is configured.
    func startShell(
        status: StatusBoard, reach: ServiceReach, logger: Logger
    ) throws(FirmwareError) -> ShellServer {
        let reason = try RestartNote(home: configuration.home).take()
        if let reason { logger.notice("restarted by a technician: \(reason)") }
        let facts = ServiceFacts(
            identity: identity, keyProtection: keys.protection, bootCount: clock.boot.count,
            endpoint: configuration.ledger.rpc, startedAt: SystemClock.now(), connectors: connectors.map(\.identity),
            slot: Self.slot, restartReason: reason)
        let login = LoginIdentity(
            device: identity.device, boot: clock.boot.boot, serial: identity.serial, site: configuration.shell.site)
        let memory = LoginMemory(folder: configuration.home + "/logins")
        let trust = DeviceTrust(
            configuration.shell, memory: memory, logger: logger,
            source: DeviceTrust.roots(by: configuration.updaterSocket))
        let gate = try TechnicianGate(
            configuration.shell, identity: login, proven: reach.proven, memory: memory, trust: trust)
        var reach = reach
        reach.trust = trust
        let transfers = TransferFolder(home: configuration.home)
        // What a crash has left there is nobody's any more.
        do throws(ServiceShellError) { try transfers.clear() } catch { logger.warning("\(error)") }
        if reach.updates != nil { reach.transfers = transfers }
        reach.archive = ArchiveShelf(configuration, device: identity.device, keys: keys)
        let desk = StatusDesk(board: status, parts: facts, reach: reach)
        try reach.updates?.start(desk)
        return try ShellServer.start(
            configuration.shell, desk: desk, transfers: reach.transfers, gate: gate, logger: logger)
    }
}
