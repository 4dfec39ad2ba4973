internal import Glibc
internal import Logging
internal import ServiceShell
internal import SignedRecords

extension DaemonParts {
    /// The way to the updater, where one is configured.
    func makeUpdates(status: StatusBoard, logger: Logger) throws(FirmwareError) -> FirmwareUpdates? {
        guard let socket = configuration.updaterSocket else { return nil }
        let slot = getenv("WATTSEAL_SLOT").map { String(cString: $0) }
        return try FirmwareUpdates(socket: socket, slot: slot, board: status, logger: logger)
    }

    /// The technician's shell, where it is configured.
    func startShell(
        status: StatusBoard, reach: ServiceReach, logger: Logger
    ) throws(FirmwareError) -> ShellServer {
        let reason = try RestartNote(home: configuration.home).take()
        if let reason { logger.notice("restarted by a technician: \(reason)") }
        let facts = ServiceFacts(
            identity: identity, keyProtection: keys.protection, bootCount: clock.boot.count,
            endpoint: configuration.ledger.rpc, startedAt: SystemClock.now(), connectors: connectors.map(\.identity),
            restartReason: reason)
        let login = LoginIdentity(
            device: identity.device, boot: clock.boot.boot, serial: identity.serial, site: configuration.shell.site)
        let gate = try TechnicianGate(
            configuration.shell, identity: login, proven: reach.proven, home: configuration.home)
        var reach = reach
        let transfers = TransferFolder(home: configuration.home)
        // What a crash has left there is nobody's any more.
        do throws(ServiceShellError) { try transfers.clear() } catch { logger.warning("\(error)") }
        if reach.updates != nil { reach.transfers = transfers }
        reach.archive = ArchiveShelf(configuration, device: identity.device, keys: keys)
        let desk = StatusDesk(board: status, parts: facts, reach: reach)
        try reach.updates?.start(desk)
        return try ShellServer.start(configuration.shell, desk: desk, gate: gate, logger: logger)
    }
}
