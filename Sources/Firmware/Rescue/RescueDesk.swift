internal import FirmwareUpdate
internal import Quantities
internal import ServiceShell
internal import SignedRecords
internal import Synchronization

/// Answers the technician's shell while no firmware may start: who the device is, what was found, and how a release comes in that
/// does start. It moves no output and signs nothing; what is done is kept for the records of the next firmware.
struct RescueDesk: PartialDesk {
    /// What a technician reads first.
    static let notice = [
        "no slot may start, the outputs are off: fw status and log tell more",
        "fw recv, fw verify and fw activate override bring another release, reboot starts it",
    ]

    let facts: RescueFacts
    let updater: UpdaterAccess
    let notes: TechnicianNotes
    /// Whether somebody starts the launcher again when this process has ended.
    let isSupervised: Bool
    /// When somebody did something, and whether the end was asked for.
    let use: RescueUse

    let answered: Set<ServiceCommand> = [
        .log, .firmware, .receiveFirmware, .putFirmware, .receiveFirmwareFile, .verifyFirmware, .activateFirmware,
        .overrideFirmware, .restart,
    ]
    let absence = "no firmware runs; ident says more"

    func identity() throws(ServiceShellError) -> IdentityAnswer {
        IdentityAnswer(
            product: facts.configuration.product, serial: facts.configuration.serial, board: facts.board,
            device: facts.device?.bytes ?? [], keyProtection: "not known", firmwareVersion: FirmwareVersion.text,
            firmwareDigest: facts.digest.bytes, isBench: facts.isBench,
            energyFactor: facts.configuration.energyFactor, bootCount: facts.bootCount,
            uptime: SystemClock.now() - facts.startedAt, rescue: Self.notice)
    }

    /// What was found wrong.
    func log(lines: Int) throws(ServiceShellError) -> [String] {
        use.note()
        return facts.findings.suffix(lines)
    }

    func firmware() throws(ServiceShellError) -> FirmwareAnswer {
        use.note()
        return FirmwareAnswer(try updater.status(), running: nil)
    }

    func put(_ bytes: [UInt8], at offset: UInt64) throws(ServiceShellError) -> TransferAnswer {
        use.note()
        return try updater.put(bytes, at: offset)
    }

    func obstacle(to change: ServiceChange) -> String? {
        switch change {
        case .firmware(.receive), .firmware(.verify), .firmware(.activate(isOverridden: true)): nil
        case .firmware(.takeIn): updater.transfers?.obstacle
        case .firmware(.activate(isOverridden: false)):
            "the ledger is not asked while no firmware runs; fw activate override takes that on"
        case .restart: isSupervised ? nil : "nobody would start anything: it runs without a supervisor"
        default: absence
        }
    }

    func carryOut(_ change: ServiceChange, by technician: Technician) throws(ServiceShellError) {
        if let obstacle = obstacle(to: change) { throw .interlock(obstacle) }
        switch change {
        case .firmware(.receive(let manifest)): try updater.begin(manifest)
        case .firmware(.takeIn): try updater.takeIn()
        case .firmware(.verify): try updater.stage()
        case .firmware(.activate): try activate(by: technician)
        case .restart(let reason):
            // As far as there is room: the reason must not keep the charger from starting.
            try? RestartNote(home: facts.configuration.home).leave("\(reason) (\(technician.name))")
            use.end()
        default: throw .unavailable(absence)
        }
    }

    private func activate(by technician: Technician) throws(ServiceShellError) {
        let status = try updater.status()
        if status.system?.standing == .staged {
            throw .interlock("an image of the operating system waits: it is installed by firmware that runs")
        }
        let image = try UpdaterAccess.otherSlot(status.record)
        try updater.change(
            .activate(
                .withoutFirmware, standing: .overridden(by: technician.name), of: image.manifest),
            within: FirmwareUpdates.patienceForInstaller)
    }

    func record(_ entry: AuditEntry) throws(ServiceShellError) {
        try notes.keep(entry)
        // A login that was refused is nobody's.
        if entry.outcome != .refused { use.note() }
    }
}
