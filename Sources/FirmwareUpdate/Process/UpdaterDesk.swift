public import SignedRecords

/// Answers requests, one at a time. All that it knows but the place of a transfer it reads from the disk at each of them.
public struct UpdaterDesk {
    /// What no slot says of a device; root alone writes it.
    public struct Board: Equatable, Sendable {
        public var id: String
        public var revision: UInt32

        public init(id: String, revision: UInt32) {
            self.id = id
            self.revision = revision
        }

        /// Reads `ID REVISION`, a line.
        public init(line: String) throws(FirmwareUpdateError) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count == 2, (1...32).contains(words[0].utf8.count), let revision = UInt32(words[1]) else {
                throw .missing("a line with the board's id and its revision, such as \"raspberry-pi-cm4 2\"")
            }
            self.init(id: words[0], revision: revision)
        }
    }

    private let disk: any UpdateDisk
    private let packagedRoots: any UpdateDisk
    private let board: Board
    private let architecture: String
    private let system: UInt32
    private let installer: SystemUpdates.Access?
    private let firstRelease: () -> ReleaseManifest?
    private let now: () -> UTCMilliseconds?
    private var inbox: Inbox?
    /// How the operating system's image stood when it was last looked at; nil before.
    private var standing: SystemStanding?
    /// Whether a request has come: the machine has started as far as the firmware.
    private var isAsked = false
    /// Whether the bootloader has heard that the machine has started well, and why it did not, the last time.
    private var isKept = false
    private var keepFault: String?

    /// - Parameters:
    ///   - disk: slots, boot record, inbox and accepted roots.
    ///   - packagedRoots: the roots that came with the operating system.
    ///   - architecture: the processor's name, as manifests have it.
    ///   - system: the number of the operating system's part of the firmware.
    ///   - installer: what installs images of the operating system; nil where the device has nothing that does.
    ///   - firstRelease: what the bundle says that came with the operating system; nil where there is none.
    ///   - now: UTC; nil where the clock may not be believed.
    public init(
        disk: any UpdateDisk, packagedRoots: any UpdateDisk, board: Board, architecture: String, system: UInt32,
        installer: SystemUpdates.Access? = nil, firstRelease: @escaping () -> ReleaseManifest? = { nil },
        now: @escaping () -> UTCMilliseconds?
    ) {
        self.disk = disk
        self.packagedRoots = packagedRoots
        self.board = board
        self.architecture = architecture
        self.system = system
        self.installer = installer
        self.firstRelease = firstRelease
        self.now = now
    }

    /// Looks after an image of the operating system that is on its way; to be called about once a second. The installer may keep it
    /// waiting: how a status answers, it decides here, so that a status does not.
    ///
    /// - Returns: What is new, for a log; nil where nothing is.
    public mutating func attend() -> String? {
        guard let installer else { return nil }
        let system = SystemUpdates(disk: disk, access: installer)
        let news = [look(system), keep(system)].compactMap { $0 }
        return news.isEmpty ? nil : news.joined(separator: "; ")
    }

    private mutating func look(_ system: SystemUpdates) -> String? {
        switch standing {
        // These do not change by themselves: the slot that runs stays until the next start.
        case SystemStanding.none?, .staged?, .onTrial?: return nil
        case .installing?, .restartDue?, .unknown?, nil: break
        }
        let before = standing
        do throws(FirmwareUpdateError) {
            standing = try system.attend()
        } catch {
            standing = .unknown("\(error)")
        }
        return standing == before ? nil : standing.map { "the operating system's image: \($0)" }
    }

    /// Once in the life of this process: an image that is on no trial has started, and its firmware asks. A bootloader that counts
    /// every start would go back from it otherwise, once it was started as often as an image that is tried.
    private mutating func keep(_ system: SystemUpdates) -> String? {
        guard isAsked, !isKept, standing == SystemStanding.none || standing == .staged else { return nil }
        let before = keepFault
        do throws(FirmwareUpdateError) {
            let slot = try system.keep()
            (isKept, keepFault) = (true, nil)
            return "slot \(slot) of the operating system has started well"
        } catch {
            keepFault = "\(error)"
        }
        guard let keepFault, keepFault != before else { return nil }
        return "the bootloader does not hear that the machine has started well: \(keepFault)"
    }

    /// Whether the last look at the installer had no answer: the next one is not worth as much hurry.
    public var isInstallerSilent: Bool { if case .unknown? = standing { true } else { keepFault != nil } }

    /// What was just changed is looked at anew.
    private mutating func attendAnew() {
        standing = nil
        _ = attend()
    }

    /// Carries a request out.
    public mutating func answer(_ request: UpdaterRequest) -> UpdaterReply {
        isAsked = true
        do throws(UpdateRefusal) {
            return try reply(to: request)
        } catch {
            var next: UInt64?
            if case .transferOffset(let expected, _) = error.reason { next = expected }
            return .refused(UpdaterRefusal(step: error.step, words: "\(error)", next: next))
        }
    }

    private mutating func reply(to request: UpdaterRequest) throws(UpdateRefusal) -> UpdaterReply {
        switch request {
        case .status: break
        case .technicians: return .status(try statusWithTechnicians())
        case .begin(let manifest):
            // What this process has in its memory, beyond the last whole chunk, goes on as well.
            if let manifest, let inbox, inbox.manifest == manifest { return .transfer(Self.progress(of: inbox)) }
            var box = Inbox(try updater())
            inbox = nil
            _ = try box.begin(manifest)
            inbox = box
            return .transfer(Self.progress(of: box))
        case .put(let bytes, let offset):
            guard var box = inbox else { throw UpdateRefusal(.format, .missing("the beginning of a transfer")) }
            defer { inbox = box }
            try box.receive(bytes, at: offset)
            return .transfer(Self.progress(of: box))
        case .stage:
            defer { attendAnew() }
            _ = try updater().stage()
            inbox = nil
        case .activate(let request, let standing, let manifest):
            let updater = try updater()
            if let manifest, case .success(let record)? = updater.systemRecord, record.staged?.manifest == manifest {
                defer { attendAnew() }
                try updater.activateSystem(request, standing: standing)
            } else {
                _ = try updater.activate(request, standing: standing, of: manifest)
            }
        case .confirm(let slot):
            let updater = try updater()
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in _ = try updater.confirm(running: slot) }
        case .abandon:
            let updater = try updater()
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in _ = try updater.abandonTrial() }
        case .confirmSystem, .abandonSystem, .restart:
            defer { attendAnew() }
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in try answerSystem(request) }
        }
        return .status(try status())
    }

    private func answerSystem(_ request: UpdaterRequest) throws(FirmwareUpdateError) {
        guard let installer else { throw .noInstaller(.system) }
        let system = SystemUpdates(disk: disk, access: installer)
        switch request {
        case .confirmSystem: try system.confirm()
        case .abandonSystem: try system.abandon()
        case .restart(let request): try system.restart(request)
        case .status, .begin, .put, .stage, .activate, .confirm, .abandon, .technicians: break
        }
    }

    /// nil also where nothing ever was on its way: so a status reads as it did before there were such images.
    private func systemStatus(_ updater: Updater) -> SystemStatus? {
        guard case .success(let record)? = updater.systemRecord, record != SystemRecord() else { return nil }
        return SystemStatus(record, standing: standing ?? .unknown("it was not looked at yet"))
    }

    private static func progress(of inbox: Inbox) -> TransferProgress {
        TransferProgress(next: inbox.nextOffset, length: inbox.length, isWhole: inbox.isWhole)
    }

    private func status() throws(UpdateRefusal) -> UpdaterStatus {
        let updater = try updater()
        return try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in
            UpdaterStatus(
                record: try updater.record(), transfer: inbox.map(Self.progress),
                confirmSeconds: try updater.trial()?.seconds, system: systemStatus(updater))
        }
    }

    /// The newest root is the one that decides about bundles, too. It is only read.
    private func statusWithTechnicians() throws(UpdateRefusal) -> UpdaterStatus {
        var status = try status()
        let known = status.record.rootVersion
        status.technicians = try UpdateRefusal.at(.roots) { () throws(FirmwareUpdateError) in
            let roots = RootFolder(disk: disk, packaged: packagedRoots)
            return RootTechnicians(try roots.newestRoot(atLeast: known).root)
        }
        return status
    }

    /// The updater of the device as it is now.
    private func updater() throws(UpdateRefusal) -> Updater {
        try UpdateRefusal.at(.device) { () throws(FirmwareUpdateError) in
            let slots = SlotFolder(disk: disk)
            guard let file = try slots.bootFile() else { throw .missing("a boot record") }
            let (manifest, isOfRunning) = try said(by: slots, try BootRecordStore(reading: file).record)
            let noted = try slots.notedSchema()
            // What only waits in a slot, or came with the operating system, was not what wrote here, where better is known.
            let schema = isOfRunning ? max(manifest.dataSchema.writes, noted ?? 0) : noted ?? manifest.dataSchema.writes
            return Updater(
                disk: disk, packagedRoots: packagedRoots,
                device: VerifiedBundle.Device(
                    product: manifest.product, architecture: architecture, board: board.id,
                    revision: board.revision, system: system, dataSchema: schema),
                system: installer, now: now)
        }
    }

    /// The manifest that says what this device is for, and whether it is of the release that has written here last: the active slot's.
    /// Where that slot is bad, the one on trial stands in for it in this, too: otherwise nobody could confirm it. Where nothing starts
    /// any more, slots that are bad or cannot be read are asked what they were, and then the operating system's own bundle: otherwise
    /// nobody could bring a release that does.
    private func said(
        by slots: SlotFolder, _ record: BootRecord
    ) throws(FirmwareUpdateError) -> (manifest: ReleaseManifest, isOfRunning: Bool) {
        var slot = record.active
        if case .bad = record[slot], let trial = record.trial { slot = trial }
        if case .bootable(let image) = record[slot], let release = readable(slots, slot) {
            let envelope = try BundleEnvelope(decoding: release)
            guard ContentHash(hashing: envelope.manifestBytes) == image.manifest else { throw .otherManifest }
            return (try ReleaseManifest(decoding: envelope.manifestBytes), true)
        }
        if let active = slots.keptManifest(of: record.active, in: record) { return (active, true) }
        guard let other = slots.keptManifest(of: record.inactive, in: record) ?? firstRelease() else {
            throw .missing("a slot, or a bundle of the operating system's, that says what this device is")
        }
        return (other, false)
    }

    /// A block that cannot be read is no damage that a slot is marked bad for, and says nothing about the device either.
    private func readable(_ slots: SlotFolder, _ slot: Slot) -> [UInt8]? {
        do throws(FirmwareUpdateError) { return try slots.release(of: slot) } catch { return nil }
    }
}
