internal import FirmwareUpdate
internal import Glibc
public import Logging
internal import ServiceShell
internal import SignedRecords

/// The technician's shell where no firmware may start (docs/updates.md, "When no slot starts"): the operating system's own copy of
/// the daemon's program, which the launcher becomes instead of a slot's.
public final class Rescue: Sendable {
    private let shell: ShellServer
    let use: RescueUse
    let transfers: TransferFolder
    private let isSupervised: Bool

    /// Starts the shell that the configuration names.
    ///
    /// - Parameters:
    ///   - isSupervised: Somebody starts the launcher again when this process has ended.
    ///   - logger: gets what the shell's lines have to say.
    /// - Throws: `FirmwareError` where the line cannot be had, or what technicians do cannot be kept.
    public static func start(
        _ configuration: RescueConfiguration, isSupervised: Bool, logger: Logger
    ) throws(FirmwareError) -> Rescue {
        let findings = getenv("WATTSEAL_FINDINGS").map { String(cString: $0).split(separator: "\n").map(String.init) }
        let facts = try RescueFacts(configuration, findings: findings ?? [])
        let notes = try TechnicianNotes(home: configuration.home, boot: facts.boot)
        let transfers = TransferFolder(home: configuration.home)
        do throws(ServiceShellError) { try transfers.clear() } catch { logger.warning("\(error)") }
        let use = RescueUse()
        let client = UpdaterClient(path: configuration.updaterSocket)
        let desk = RescueDesk(
            facts: facts, updater: UpdaterAccess(client: client, transfers: transfers), notes: notes,
            isSupervised: isSupervised, use: use)
        let shell = try ShellServer.start(
            configuration.shell, desk: desk, transfers: transfers,
            gate: try gate(facts, logger), logger: logger)
        logger.critical("no slot may start: the shell lets a technician bring another release")
        return Rescue(shell, use, transfers, isSupervised)
    }

    private init(_ shell: ShellServer, _ use: RescueUse, _ transfers: TransferFolder, _ isSupervised: Bool) {
        (self.shell, self.use, self.transfers, self.isSupervised) = (shell, use, transfers, isSupervised)
    }

    /// Logins rest on the same files as those of the firmware, so that what a failed one costs, and a raised epoch, hold in both.
    static func gate(_ facts: RescueFacts, _ logger: Logger) throws(FirmwareError) -> TechnicianGate {
        let configuration = facts.configuration
        // A device without a genesis has no name yet; a challenge is bound to this boot and to its own random bytes in any case.
        let device = facts.device ?? DeviceID(exactly: [UInt8](repeating: 0, count: 32))
        let identity = LoginIdentity(
            device: device, boot: facts.boot, serial: configuration.serial, site: configuration.shell.site)
        let memory = LoginMemory(folder: configuration.home + "/logins")
        let trust = DeviceTrust(
            configuration.shell, memory: memory, logger: logger,
            source: DeviceTrust.roots(by: configuration.updaterSocket))
        return try TechnicianGate(
            configuration.shell, identity: identity, proven: facts.proven, memory: memory, trust: trust)
    }

    /// Whether the launcher is to look again: a technician wants it, or nobody has done anything for a quarter of an hour. A file that
    /// comes in over the line is something, and its login bounds it; without a supervisor nobody would look.
    public var isOver: Bool { isSupervised && !transfers.isUsed && use.isOver() }

    /// Ends the sessions.
    public func stop() { shell.stop() }
}
