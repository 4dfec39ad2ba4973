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
    private let now: () -> UTCMilliseconds?
    private var inbox: Inbox?

    /// - Parameters:
    ///   - disk: slots, boot record, inbox and accepted roots.
    ///   - packagedRoots: the roots that came with the operating system.
    ///   - architecture: the processor's name, as manifests have it.
    ///   - system: the number of the operating system's part of the firmware.
    ///   - now: UTC; nil where the clock may not be believed.
    public init(
        disk: any UpdateDisk, packagedRoots: any UpdateDisk, board: Board, architecture: String, system: UInt32,
        now: @escaping () -> UTCMilliseconds?
    ) {
        self.disk = disk
        self.packagedRoots = packagedRoots
        self.board = board
        self.architecture = architecture
        self.system = system
        self.now = now
    }

    /// Carries a request out.
    public mutating func answer(_ request: UpdaterRequest) -> UpdaterReply {
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
            _ = try updater().stage()
            inbox = nil
        case .activate(let request, let standing): _ = try updater().activate(request, standing: standing)
        case .confirm(let slot):
            let updater = try updater()
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in _ = try updater.confirm(running: slot) }
        case .abandon:
            let updater = try updater()
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in _ = try updater.abandonTrial() }
        }
        return .status(try status())
    }

    private static func progress(of inbox: Inbox) -> TransferProgress {
        TransferProgress(next: inbox.nextOffset, length: inbox.length, isWhole: inbox.isWhole)
    }

    private func status() throws(UpdateRefusal) -> UpdaterStatus {
        let updater = try updater()
        return try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in
            UpdaterStatus(
                record: try updater.record(), transfer: inbox.map(Self.progress),
                confirmSeconds: try updater.trial()?.seconds
            )
        }
    }

    /// The updater of the device as it is now: what it is for and what it has written, the active slot's manifest says.
    private func updater() throws(UpdateRefusal) -> Updater {
        try UpdateRefusal.at(.device) { () throws(FirmwareUpdateError) in
            let slots = SlotFolder(disk: disk)
            guard let file = try slots.bootFile() else { throw .missing("a boot record") }
            let record = try BootRecordStore(reading: file).record
            guard case .bootable(let image) = record[record.active], let release = try slots.release(of: record.active)
            else {
                throw .missing("an active slot that says what this device is")
            }
            let envelope = try BundleEnvelope(decoding: release)
            guard ContentHash(hashing: envelope.manifestBytes) == image.manifest else { throw .otherManifest }
            let manifest = try ReleaseManifest(decoding: envelope.manifestBytes)
            return Updater(
                disk: disk, packagedRoots: packagedRoots,
                device: VerifiedBundle.Device(
                    product: manifest.product, architecture: architecture, board: board.id, revision: board.revision,
                    system: system, dataSchema: manifest.dataSchema.writes), now: now)
        }
    }
}
