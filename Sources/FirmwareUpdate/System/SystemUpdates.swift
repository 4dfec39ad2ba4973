internal import SignedRecords

/// The steps of an operating system's image behind its staging: installed, started, confirmed or given up. Each becomes true by one
/// durable write.
///
/// What decides is what the bootloader says, never what the updater remembers of having asked: a slot that runs, and is another
/// one than before; a slot that the next start tries.
public struct SystemUpdates {
    /// What the device has for it.
    public struct Access {
        public var installer: any SystemInstaller
        /// Which start of the machine this is, as the kernel names it.
        public var bootID: String
        /// Where the image lies for the installer, which is another process.
        public var imagePath: String
        /// Has the machine start again.
        public var restart: () throws(FirmwareUpdateError) -> Void

        public init(
            installer: any SystemInstaller, bootID: String, imagePath: String,
            restart: @escaping () throws(FirmwareUpdateError) -> Void
        ) {
            self.installer = installer
            self.bootID = bootID
            self.imagePath = imagePath
            self.restart = restart
        }
    }

    let folder: SystemFolder
    private let access: Access

    public init(disk: any UpdateDisk, access: Access) {
        folder = SystemFolder(disk: disk)
        self.access = access
    }

    /// The record that counts.
    public func record() throws(FirmwareUpdateError) -> SystemRecord { try folder.record() }

    private func asking<Answer>(
        _ body: (any SystemInstaller) throws(SystemInstallerFault) -> Answer
    ) throws(FirmwareUpdateError) -> Answer {
        do throws(SystemInstallerFault) { return try body(access.installer) } catch { throw .installer(error) }
    }

    /// The slot that runs. A machine that was started past its bootloader has none that could be gone back to.
    private func bootSlot() throws(FirmwareUpdateError) -> String {
        let name = try asking { (installer) throws(SystemInstallerFault) in try installer.bootSlot() }
        guard (1...SystemRecord.mostName).contains(name.utf8.count), !name.hasPrefix("_"),
            name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw .transition("installing", expected: "a slot that the bootloader started, not \"\(name)\"")
        }
        return name
    }

    private func nextSlot() throws(FirmwareUpdateError) -> String {
        try asking { (installer) throws(SystemInstallerFault) in try installer.nextSlot() }
    }

    // MARK: Installing

    /// Has the staged image installed. Step 15; returns when that has begun.
    func activate(_ request: ActivationRequest, standing: ReleaseStanding) throws(FirmwareUpdateError) {
        let blocks = request.blocks
        guard blocks.isEmpty else { throw .notNow(blocks) }
        let record = try record()
        guard let image = record.staged else { throw .transition("installing", expected: "a staged image") }
        if case .notProved = standing { throw .notOnLedger(image.manifest) }
        let running = try bootSlot()
        // A start that is due for another reason would be taken for this image's.
        let next = try nextSlot()
        guard next == running else {
            throw .transition(
                "installing", expected: "slot \(running), which runs, to be the next to start, not \(next)")
        }
        if case .underWay = try asking({ (installer) throws(SystemInstallerFault) in try installer.installation() }) {
            throw .transition("installing", expected: "no other installation under way")
        }
        let installing = try record.installing(from: running, bootID: access.bootID, excusing: request.excused)
        try folder.write(installing)
        do throws(SystemInstallerFault) {
            try access.installer.install(access.imagePath)
        } catch {
            // Where no answer came it may have begun; `attend` finds out.
            guard case .unanswered = error else {
                try folder.write(try installing.notInstalled("\(error)"))
                throw .installer(error)
            }
        }
    }

    /// Looks how things stand, and makes durable what has come to its end. Nothing is decided while the installer does not answer.
    func attend() throws(FirmwareUpdateError) -> SystemStanding {
        let record = try record()
        guard let transaction = record.transaction else { return record.staged == nil ? .none : .staged }
        let running: String
        do throws(FirmwareUpdateError) { running = try bootSlot() } catch { return .unknown("\(error)") }
        if transaction.bootID != access.bootID {
            return try attend(record, transaction, startedFrom: running)
        }
        guard case .installing = record.phase else { return .restartDue }
        do throws(FirmwareUpdateError) {
            return try attendInstallation(record, running)
        } catch {
            guard case .installer(let fault) = error else { throw error }
            return .unknown("\(fault)")
        }
    }

    /// The machine was started since.
    private func attend(
        _ record: SystemRecord, _ transaction: SystemRecord.Transaction, startedFrom running: String
    ) throws(FirmwareUpdateError) -> SystemStanding {
        let isOther = running != transaction.bootSlot
        switch record.phase {
        case .none, .staged: return .none
        case .installing where isOther:
            // It was done when the power went; only nobody had written that down.
            try folder.write(try record.installed())
            return .onTrial
        case .installing:
            try folder.write(try record.notInstalled("the machine was started anew meanwhile"))
            return .staged
        case .installed where isOther: return .onTrial
        case .abandoned where isOther: return .restartDue
        case .installed, .abandoned:
            try folder.write(try record.fellBack())
            removeImage()
            return .none
        }
    }

    private func attendInstallation(
        _ record: SystemRecord, _ running: String
    ) throws(FirmwareUpdateError) -> SystemStanding {
        let found = try asking { (installer) throws(SystemInstallerFault) in try installer.installation() }
        let next: String
        let words: String
        switch found {
        case .underWay(let percent, let step): return .installing(percent: percent, step: step)
        case .ended(0, let lastError), .idle(let lastError):
            next = try nextSlot()
            if next != running {
                try folder.write(try record.installed())
                return .restartDue
            }
            words = lastError.isEmpty ? "the installer has stopped" : lastError
        case .ended(let code, let lastError):
            next = try nextSlot()
            words = lastError.isEmpty ? "the installer ended with code \(code)" : lastError
            // What was not installed as a whole must not start by itself.
            if next != running {
                try asking { (installer) throws(SystemInstallerFault) in try installer.mark(.active) }
            }
        }
        try folder.write(try record.notInstalled(words))
        return .staged
    }

    /// Has the machine start again, into the installed image or out of one that was given up.
    ///
    /// - Throws: `notNow` where the charger's state is against it: an installation takes minutes, and a car may have come.
    func restart(_ request: ActivationRequest) throws(FirmwareUpdateError) {
        let blocks = request.restartBlocks
        guard blocks.isEmpty else { throw .notNow(blocks) }
        let standing = try attend()
        guard standing == .restartDue else {
            throw .transition("starting the machine anew", expected: "an image that waits for it")
        }
        if case .abandoned = try record().phase {
            // Said once more at each try: the bootloader must not come back to it.
            try asking { (installer) throws(SystemInstallerFault) in try installer.mark(.bad) }
        }
        // What is in sight may not be on the disk yet, and is all that the next start knows.
        try folder.flush()
        try access.restart()
    }

    // MARK: The trial

    /// The machine runs from the new image, and that has passed its gate: the bootloader hears of it, and then the floor follows.
    func confirm() throws(FirmwareUpdateError) {
        let record = try onTrial("confirming")
        try asking { (installer) throws(SystemInstallerFault) in try installer.mark(.good) }
        try folder.write(try record.confirmed())
        removeImage()
    }

    /// Gives the trial up: the next start is the image's before. This one is not blamed.
    func abandon() throws(FirmwareUpdateError) {
        let record = try onTrial("abandoning")
        try asking { (installer) throws(SystemInstallerFault) in try installer.mark(.bad) }
        try folder.write(try record.abandoned())
    }

    /// The machine has started from an image that is on no trial: its tries are whole again. Answers the slot's name.
    func keep() throws(FirmwareUpdateError) -> String {
        guard try record().transaction == nil else {
            throw .transition("keeping the running image", expected: "no image on its way")
        }
        let slot = try bootSlot()
        try asking { (installer) throws(SystemInstallerFault) in try installer.mark(.good) }
        return slot
    }

    private func onTrial(_ change: String) throws(FirmwareUpdateError) -> SystemRecord {
        let standing = try attend()
        let record = try record()
        guard standing == .onTrial, case .installed = record.phase else {
            throw .transition(change, expected: "an image of the operating system on trial")
        }
        return record
    }

    /// It has done its part. Where it stays it only takes room, until the next one is staged.
    private func removeImage() { try? folder.disk.remove(SystemFolder.image) }
}
