internal import Logging
internal import ServiceShell
internal import SignedRecords

extension DaemonParts {
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
        return try ShellServer.start(
            configuration.shell, desk: StatusDesk(board: status, parts: facts, reach: reach), gate: gate,
            logger: logger)
    }
}
