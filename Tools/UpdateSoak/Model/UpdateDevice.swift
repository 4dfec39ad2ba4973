public import FirmwareUpdate
import SignedRecords
public import SimulatedFlash

/// A charger as far as its updater goes, on a disk that forgets; and what must be true of it, kept apart from its code.
///
/// The promises: what returned is durable. The oracle holds each restart against them: a slot that verifies always starts, its
/// counter is never below one that was confirmed, nor the floor above, a root that was accepted stays, a try is never won back.
/// Where the active slot has rotted, one that was confirmed before stands in for it, or another one on a paid trial, or nothing.
public final class UpdateDevice {
    public let flash: SimulatedFlash
    let maker: Maker
    private let packaged: SimulatedFlash
    /// The folder of the roots that came with the operating system.
    var packagedRoots: SimulatedFlash { packaged }
    /// The slot that runs since the last start; nil before.
    public private(set) var running: Slot?

    // The oracle's memory.
    private var record: BootRecord
    private var rootVersion: UInt32 = 1
    private var inbox: ContentHash?
    /// Starts of the slot on trial since it was activated.
    private var trialStarts = 0
    /// The image that starts where nothing is on trial; two where a stop came into the confirmation, until one is durable.
    private var confirmed: Set<ContentHash>
    /// All that ever passed a trial, and the highest counter among them.
    private var everConfirmed: Set<ContentHash>
    private var highestConfirmed: UInt32
    /// What has rotted in a slot: of which image, which byte of its program, and how that reads since.
    private var rots: [Slot: (manifest: ContentHash, place: UInt64, value: UInt8)] = [:]

    private init(_ other: UpdateDevice, _ flash: SimulatedFlash) {
        self.flash = flash
        (maker, packaged, record, confirmed) = (other.maker, other.packaged, other.record, other.confirmed)
        (everConfirmed, highestConfirmed) = (other.everConfirmed, other.highestConfirmed)
        (running, rots) = (other.running, other.rots)
    }

    /// A device with its first slot, as it leaves the factory.
    public init(_ maker: Maker) throws {
        self.maker = maker
        (flash, packaged) = (SimulatedFlash(seed: 0), SimulatedFlash(seed: 0))
        try packaged.create("root.1", isExecutable: false)
        try packaged.write(maker.roots[0].encoded()[...], to: "root.1", at: 0)
        try packaged.flush("root.1")
        try packaged.flushFolder("")
        let first = FirstSlot(
            slots: SlotFolder(disk: flash), root: maker.roots[0], architecture: Maker.architecture)
        var rest = maker.first.bundle[...]
        let image = try first.install { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        confirmed = [image.manifest]
        (everConfirmed, highestConfirmed) = ([image.manifest], image.securityCounter)
        record = BootRecord(factory: image, rootVersion: 1)
    }

    /// The same device, new, on a copy of the disk with a seed of its own.
    public func copy(seed: UInt64) -> UpdateDevice { UpdateDevice(self, flash.copy(seed: seed)) }

    public var updater: Updater {
        Updater(
            disk: flash, packagedRoots: packaged, device: Maker.device, now: { UTCMilliseconds(1_800_000_000_000) })
    }

    private var roots: RootFolder { RootFolder(disk: flash, packaged: packaged) }

    /// The newest root that was promised to stay.
    public var newestRoot: UInt32 { rootVersion }

    // MARK: What is done to it

    /// Receives a bundle in pieces of this length, going on where it can.
    public func receive(_ release: Maker.Release, pieces: Int) throws {
        inbox = inbox == release.manifest ? inbox : nil
        var box = Inbox(updater)
        var offset = Int(try box.begin(release.manifest))
        while offset < release.bundle.count {
            let piece = Array(release.bundle[offset..<min(offset + pieces, release.bundle.count)])
            try box.receive(piece, at: UInt64(offset))
            offset += piece.count
        }
        guard box.isWhole else {
            throw FirmwareUpdateError.payloadLength(expected: box.length ?? 0, found: UInt64(offset))
        }
        rootVersion = max(rootVersion, release.rootVersion)
        inbox = release.manifest
    }

    public func stage() throws {
        inbox = nil
        let bundle = try updater.stage()
        record = try updater.record()
        guard case .bootable(let image) = record[record.inactive], image.manifest == bundle.manifestHash else {
            throw SoakBreach("staging said that it made another image bootable")
        }
    }

    /// A bit of a slot's program flips where it lies; answers whether there was one that was whole.
    public func rot(_ slot: Slot, byte: Int, bit: UInt8) throws -> Bool {
        let now = try updater.record()
        guard case .bootable(let image) = now[slot], !isRotten(slot, now) else { return false }
        let path = Self.program(of: slot)
        flash.rot(path, byte: byte, bit: bit)
        guard let value = try flash.read(path, at: UInt64(byte), count: 1).first else { return false }
        rots[slot] = (image.manifest, UInt64(byte), value)
        return true
    }

    private static func program(of slot: Slot) -> String { SlotFolder.path(of: "bin/wattseald", in: slot) }

    /// Whether it is still the image that has rotted, and as it was then: the same release may have been unpacked anew.
    private func isRotten(_ slot: Slot, _ record: BootRecord) -> Bool {
        guard let rot = rots[slot], record[slot].image?.manifest == rot.manifest else { return false }
        return (try? flash.read(Self.program(of: slot), at: rot.place, count: 1)) == [rot.value]
    }

    /// Whether the slot that starts by default can no more.
    private func isActiveGone(_ record: BootRecord) -> Bool {
        if case .bootable = record[record.active] { isRotten(record.active, record) } else { true }
    }

    public func activate() throws {
        trialStarts = 0
        record = try updater.activate(Self.idle, standing: .proved)
    }

    public static let idle = ActivationRequest(
        isSessionOpen: false, isContactorClosed: false, isCarConnected: false, isTestPending: false,
        areTicksDurable: true, holding: .all)

    /// A start: what root does first, then the program that becomes the daemon.
    public func start() throws {
        let before = try updater.record()
        if record.trial == nil { trialStarts = 0 }
        let settled = launcher(isWriting: true).decide()
        guard !flash.isStopped else { throw SoakBreach.stopped }
        record = try updater.record()
        if isActiveGone(before) { takeOver(record) }
        if let active = record[record.active].image { confirmed.formIntersection([active.manifest]) }
        let ran = launcher(isWriting: false).decide()
        // For an active slot that has gone, nothing may stand in.
        guard settled.slot == ran.slot, ran.slot != nil || isActiveGone(record) else {
            throw SoakBreach("settle starts \(settled.slot?.name ?? "none"), run \(ran.slot?.name ?? "none")")
        }
        running = ran.slot
        guard let slot = ran.slot else { return }
        guard slot != record.active else {
            guard let manifest = ran.manifest, confirmed.contains(ContentHash(hashing: manifest.encoded())) else {
                throw SoakBreach("another image than the confirmed one starts: \(ran.findings)")
            }
            return
        }
        if record.trial == nil, isActiveGone(record) {
            guard let image = record[slot].image, everConfirmed.contains(image.manifest) else {
                throw SoakBreach("slot \(slot.name) stands in, and was never confirmed")
            }
            return
        }
        let isFallBack = before.trial == nil && isActiveGone(before)
        guard record.trial == slot, isFallBack || before.trial == slot,
            record.triesLeft < (isFallBack ? Maker.tries : before.triesLeft)
        else {
            throw SoakBreach("slot \(slot.name) is tried without paying")
        }
        trialStarts += 1
        guard trialStarts <= Int(Maker.tries) else { throw SoakBreach("\(trialStarts) starts of a trial") }
    }

    /// Where the active slot has gone, one that was confirmed before may be the active one now.
    private func takeOver(_ now: BootRecord) {
        guard now.trial == nil, let manifest = now[now.active].image?.manifest else { return }
        if everConfirmed.contains(manifest) { confirmed.insert(manifest) }
    }

    private func launcher(isWriting: Bool) -> SlotLauncher {
        SlotLauncher(
            storage: SlotFolder(disk: flash), roots: roots, architecture: Maker.architecture, isWriting: isWriting)
    }

    /// Confirms the trial that runs.
    public func confirm() throws {
        guard let running, let image = try updater.record()[running].image else { return }
        confirmed.insert(image.manifest)
        everConfirmed.insert(image.manifest)
        highestConfirmed = max(highestConfirmed, image.securityCounter)
        record = try updater.confirm(running: running)
        confirmed = [image.manifest]
        guard record.counterFloor >= image.securityCounter else { throw SoakBreach("confirmed without a floor") }
    }

    public func abandon() throws { record = try updater.abandonTrial() }

    public func accept(_ root: SignedRoot) throws {
        try updater.acceptRoot(root.encoded())
        rootVersion = max(rootVersion, root.root.version)
    }

    // MARK: What must hold

    /// The machine starts again, by a kill or a power cut, and everything is held against the promises.
    public func restart(cut: Bool) throws {
        running = nil
        if cut { flash.cutPower() } else { flash.killProcess() }
        try check()
        // What a cut left is durable; what a kill left is so once something was written behind it.
        guard cut else { return }
        record = try updater.record()
        if let active = record[record.active].image { confirmed = [active.manifest] }
    }

    public func check() throws {
        let now = try updater.record()
        guard now.generation >= record.generation, now.generation > record.generation || now == record else {
            throw SoakBreach("the boot record went back: \(record) became \(now)")
        }
        guard now.counterFloor >= record.counterFloor else { throw SoakBreach("the floor went down") }
        guard now.counterFloor <= highestConfirmed else {
            throw SoakBreach("the floor is \(now.counterFloor), and no image above \(highestConfirmed) was confirmed")
        }
        if isActiveGone(record) { takeOver(now) }
        guard let active = now[now.active].image, confirmed.contains(active.manifest) else {
            throw SoakBreach("slot \(now.active.name) is active, and nobody confirmed it")
        }
        try checkSlots(now)
        try checkRoots(now)
        try checkInbox()
    }

    private func checkSlots(_ now: BootRecord) throws {
        var known: [SignedRoot] = []
        for version in try roots.versions() { known.append(try roots.root(version: version)) }
        let verifier = SlotVerifier(storage: SlotFolder(disk: flash), roots: known, architecture: Maker.architecture)
        for slot in Slot.allCases {
            guard case .bootable(let image) = now[slot], !isRotten(slot, now) else { continue }
            do { _ = try verifier.verify(slot, image: image, floor: 0) } catch {
                throw SoakBreach("slot \(slot.name) is bootable, and does not verify: \(error)")
            }
        }
        let decision = launcher(isWriting: false).decide()
        guard let slot = decision.slot, let manifest = decision.manifest else {
            guard isActiveGone(now) else { throw SoakBreach("no slot starts: \(decision.findings)") }
            return
        }
        let standsIn = isActiveGone(now) && everConfirmed.contains(ContentHash(hashing: manifest.encoded()))
        guard manifest.securityCounter >= now.counterFloor, slot == now.active || slot == now.trial || standsIn else {
            throw SoakBreach("slot \(slot.name) with counter \(manifest.securityCounter) starts")
        }
        guard !isRotten(slot, now) else { throw SoakBreach("slot \(slot.name) has rotted, and starts") }
        for refused in maker.refused where now[slot].image?.manifest == refused.manifest {
            throw SoakBreach("\(refused.name) was taken")
        }
    }

    private func checkRoots(_ now: BootRecord) throws {
        rootVersion = max(now.rootVersion, rootVersion)
        // One in sight that no promise was made of may go again.
        let newest = try roots.newestRoot(atLeast: rootVersion)
        guard newest.root == maker.roots[Int(newest.root.version) - 1].root else {
            throw SoakBreach("a root of nobody was accepted")
        }
    }

    private func checkInbox() throws {
        let release = maker.releases.first { $0.manifest == inbox }
        let found =
            try flash.status(of: "inbox/bundle") != nil
            ? try flash.read("inbox/bundle", at: 0, count: ReleaseManifest.mostBytes * 8) : nil
        if let release, found != release.bundle { throw SoakBreach("\(release.name) came in whole, and is not there") }
        guard let found else { return }
        guard maker.releases.contains(where: { $0.bundle == found }) else {
            throw SoakBreach("the inbox names a bundle that is not whole")
        }
    }
}

extension SoakBreach {
    /// The machine has stopped where it should: no breach.
    static let stopped = SoakBreach("stopped")
}
