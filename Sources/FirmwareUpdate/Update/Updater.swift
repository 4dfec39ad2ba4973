public import SignedRecords

/// The updater's steps on a disk: each decision is a pure function, and each becomes true by one durable write.
///
/// One user at a time; all that it knows it reads from the disk at each step.
public struct Updater {
    let disk: any UpdateDisk
    let slots: SlotFolder
    let roots: RootFolder
    /// nil where the device has nothing that installs an operating system.
    let system: SystemUpdates?
    private let device: VerifiedBundle.Device
    private let room: UInt64
    private let now: () -> UTCMilliseconds?

    /// - Parameters:
    ///   - disk: slots, boot record, inbox and accepted roots.
    ///   - packagedRoots: the roots that came with the operating system.
    ///   - room: the most bytes that a release's files may have here.
    ///   - system: what installs images of the operating system; nil where the device has nothing that does.
    ///   - now: UTC; nil where the clock may not be believed.
    public init(
        disk: any UpdateDisk, packagedRoots: any UpdateDisk, device: VerifiedBundle.Device,
        room: UInt64 = ReleaseManifest.mostPayload, system: SystemUpdates.Access? = nil,
        now: @escaping () -> UTCMilliseconds?
    ) {
        self.disk = disk
        self.system = system.map { SystemUpdates(disk: disk, access: $0) }
        slots = SlotFolder(disk: disk)
        roots = RootFolder(disk: disk, packaged: packagedRoots)
        self.device = device
        self.room = room
        self.now = now
    }

    /// The boot record that counts.
    public func record() throws(FirmwareUpdateError) -> BootRecord { try store().record }

    private func store() throws(FirmwareUpdateError) -> BootRecordStore {
        guard let file = try slots.bootFile() else { throw .missing("a boot record") }
        return try BootRecordStore(reading: file)
    }

    /// The one durable write of a transition.
    @discardableResult
    private func write(
        _ change: (BootRecord) throws(FirmwareUpdateError) -> BootRecord
    ) throws(FirmwareUpdateError) -> BootRecord {
        let store = try store()
        let next = try change(store.record)
        try slots.write(try store.write(next))
        return next
    }

    // MARK: Roots

    /// Takes the root after the newest one, as its file has it; durable when it returns.
    public func acceptRoot(_ bytes: [UInt8]) throws(FirmwareUpdateError) {
        let next = try SignedRoot(decoding: bytes)
        try newestRoot().check(next: next)
        try keep([next])
    }

    private func keep(_ new: [SignedRoot]) throws(FirmwareUpdateError) {
        for root in new { try roots.keep(root) }
        _ = try newestRoot()
    }

    /// The newest root, durable, and known to the record. One that a stop left in sight but not on the disk could be gone after the
    /// next cut, and with it the right to what was accepted by it: it is flushed before it is used.
    private func newestRoot() throws(FirmwareUpdateError) -> SignedRoot {
        let known = try record().rootVersion
        let newest = try roots.newestRoot(atLeast: known)
        guard newest.root.version > known else { return newest }
        try roots.flush()
        try write { (record) throws(FirmwareUpdateError) in try record.raisingRoot(to: newest.root.version) }
        return newest
    }

    // MARK: Receiving and staging

    /// Steps 2 to 8 of the check: whether a bundle with this beginning is for this device now. Roots that it brings are durable
    /// when this returns.
    func examine(_ front: BundleFront) throws(UpdateRefusal) -> ReleaseManifest {
        let root = try UpdateRefusal.at(.roots) { () throws(FirmwareUpdateError) in try newestRoot() }
        let record = try UpdateRefusal.at(.counter) { () throws(FirmwareUpdateError) in try self.record() }
        let examiner = BundleExaminer(
            device: device, record: record, root: root, now: now(), room: room, system: systemRecord)
        let new = try examiner.newRoots(of: front)
        try UpdateRefusal.at(.roots) { () throws(FirmwareUpdateError) in try keep(new) }
        return try examiner.manifest(of: front, by: new.last ?? root)
    }

    /// Unpacks the bundle that came in into the inactive slot, reads it back, and makes it bootable: steps 1 to 14. Nothing is
    /// believed because the inbox believed it. Nothing starts because of it.
    public func stage() throws(UpdateRefusal) -> VerifiedBundle {
        let path = Inbox.bundle
        let release = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) -> [UInt8] in
            guard try disk.status(of: path) != nil else { throw .missing("a bundle that came in whole") }
            let preamble = try disk.read(path, at: 0, count: BundleEnvelope.preambleLength)
            return try disk.read(path, at: 0, count: try BundleEnvelope.headerEnd(preamble: preamble))
        }
        let envelope = try UpdateRefusal.at(.format) { () throws(FirmwareUpdateError) in
            try BundleEnvelope(decoding: release)
        }
        let manifest = try examine(envelope.front)
        let bundle = try UpdateRefusal.at(.chunkTable) { () throws(FirmwareUpdateError) in
            try envelope.verified(manifest: manifest)
        }
        guard manifest.kind == .application else {
            try stageSystem(bundle, behind: UInt64(release.count), of: path)
            try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in try disk.remove(path) }
            return bundle
        }
        let record = try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            try makeWayForFirmware()
            // Comes before the first byte: no half-written image counts.
            return try write { (record) throws(FirmwareUpdateError) in try record.clearingInactive() }
        }
        let slot = record.inactive
        let isUnasked = if case .bootable = record[record.active] { false } else { true }
        var offset = UInt64(release.count)
        try slots.fill(slot, release: release, with: bundle, isFirst: false, isUnasked: isUnasked) {
            (count) throws(FirmwareUpdateError) in
            let bytes = try disk.read(path, at: offset, count: count)
            offset += UInt64(bytes.count)
            return bytes
        }
        try UpdateRefusal.at(.readBack) { () throws(FirmwareUpdateError) in
            try write { (record) throws(FirmwareUpdateError) in try record.staging(bundle.image) }
            try readBack(slot, bundle)
        }
        try UpdateRefusal.at(.bootable) { () throws(FirmwareUpdateError) in
            try write { (record) throws(FirmwareUpdateError) in try record.verifyingStaged() }
            try disk.remove(path)
        }
        return bundle
    }

    private func readBack(_ slot: Slot, _ bundle: VerifiedBundle) throws(FirmwareUpdateError) {
        for file in bundle.manifest.files { try disk.forgetCache(of: SlotFolder.path(of: file.path, in: slot)) }
        let root = try roots.newestRoot(atLeast: 0)
        let verifier = SlotVerifier(storage: slots, roots: [root], architecture: device.architecture)
        _ = try verifier.verify(slot, image: bundle.image, floor: 0)
    }

    // MARK: Switching

    /// Puts the inactive slot on trial from the next start on: step 15. Also the way back to the previous image.
    ///
    /// - Parameters:
    ///   - request: the charger's state now.
    ///   - standing: what the ledger was proved to say of the release.
    ///   - manifest: the release that it was said of; nil where whoever asks does not say.
    public func activate(
        _ request: ActivationRequest, standing: ReleaseStanding, of manifest: ContentHash? = nil
    ) throws(UpdateRefusal) -> BootRecord {
        try UpdateRefusal.at(.activate) { () throws(FirmwareUpdateError) in
            let blocks = request.blocks
            guard blocks.isEmpty else { throw .notNow(blocks) }
            try requireNoSystemUpdate("activating")
            let record = try self.record()
            guard case .bootable(let image) = record[record.inactive] else {
                throw .transition("activating", expected: "a bootable slot")
            }
            guard manifest ?? image.manifest == image.manifest else { throw .otherManifest }
            if case .notProved = standing { throw .notOnLedger(image.manifest) }
            let next = try self.manifest(of: record.inactive, image)
            try noteSchema(of: next, behind: record)
            // A cut behind its confirmation may have left that.
            try slots.noteConfirmed(record.active)
            try slots.noteAsked(record.inactive)
            return try write { (record) throws(FirmwareUpdateError) in
                try record.activating(tries: next.tries, excusing: request.excused)
            }
        }
    }

    /// Either release must read what the other leaves behind: the next one what stands here, and the one before it, for as long as it may
    /// be gone back to, what the trial writes. Notes what no slot's manifest will say any more.
    private func noteSchema(of next: ReleaseManifest, behind record: BootRecord) throws(FirmwareUpdateError) {
        try next.checkSchema(device)
        let writes = next.dataSchema.writes
        // One whose manifest is lost or cannot be read is no way back.
        if case .bootable = record[record.active],
            let schema = slots.keptManifest(of: record.active, in: record)?.dataSchema, !schema.reads(writes)
        {
            throw .noWayBack(writes: writes, readsFrom: schema.readsFrom, to: schema.readsTo)
        }
        let highest = max(writes, device.dataSchema)
        guard writes != device.dataSchema, try slots.notedSchema() ?? 0 < highest else { return }
        try slots.note(schema: highest)
    }

    /// What a slot says of itself.
    private func manifest(of slot: Slot, _ image: Image) throws(FirmwareUpdateError) -> ReleaseManifest {
        guard let bytes = try slots.release(of: slot) else { throw .missing("release") }
        let envelope = try BundleEnvelope(decoding: bytes)
        guard envelope.front.manifestHash == image.manifest else { throw .otherManifest }
        return try ReleaseManifest(decoding: envelope.manifestBytes)
    }

    /// The gate that the slot on trial has to pass; nil where none is. `seconds` is what its manifest asks for.
    public func trial() throws(FirmwareUpdateError) -> (slot: Slot, seconds: UInt16, excused: ConfirmConditions)? {
        let record = try record()
        guard let slot = record.trial else { return nil }
        guard let bytes = try slots.release(of: slot) else { throw .missing("release") }
        let manifest = try ReleaseManifest(decoding: try BundleEnvelope(decoding: bytes).manifestBytes)
        return (slot, manifest.confirmSeconds, record.excused)
    }

    /// The trial has passed its gate: it is the active slot, and only then the floor follows.
    ///
    /// - Parameter slot: the slot that asks; only the one on trial can earn its place.
    public func confirm(running slot: Slot) throws(FirmwareUpdateError) -> BootRecord {
        try write { (record) throws(FirmwareUpdateError) in
            guard record.trial == slot else {
                throw .transition("confirming", expected: "a trial of the slot that runs")
            }
            return try record.confirming()
        }
        let record = try raiseFloorIfDue()
        // It is confirmed; where the note stays, the next activation removes it.
        do throws(FirmwareUpdateError) { try slots.noteConfirmed(slot) } catch {}
        return record
    }

    /// Raises the floor to the confirmed image's counter, where a cut came between the two; to be called at each start.
    @discardableResult
    public func raiseFloorIfDue() throws(FirmwareUpdateError) -> BootRecord {
        let record = try record()
        guard record.isFloorDue else { return record }
        return try write { (record) throws(FirmwareUpdateError) in try record.raisingFloor() }
    }

    /// Gives a trial up: the next start is the active slot's. The image is not blamed, and may be activated again.
    public func abandonTrial() throws(FirmwareUpdateError) -> BootRecord {
        try write { (record) throws(FirmwareUpdateError) in try record.abandoningTrial() }
    }
}
