public import SignedRecords

/// Steps 2 to 9 of the check, without a disk: who signed it, and whether it is for this device now.
public struct BundleExaminer: Sendable {
    public let device: VerifiedBundle.Device
    public let record: BootRecord
    /// The newest root that was accepted.
    public let root: SignedRoot
    /// nil where the clock may not be believed.
    public let now: UTCMilliseconds?
    /// The most bytes that a release's files may have here.
    public let room: UInt64
    /// What is known of the operating system's images; nil where the device has nothing that installs one.
    public let system: Result<SystemRecord, FirmwareUpdateError>?

    public init(
        device: VerifiedBundle.Device, record: BootRecord, root: SignedRoot, now: UTCMilliseconds?, room: UInt64,
        system: Result<SystemRecord, FirmwareUpdateError>? = nil
    ) {
        self.device = device
        self.record = record
        self.root = root
        self.now = now
        self.room = room
        self.system = system
    }

    /// Step 2: the roots that the bundle brings and this device does not have yet, oldest first. They are to be made durable before
    /// step 3 is taken with the last of them.
    public func newRoots(of front: BundleFront) throws(UpdateRefusal) -> [SignedRoot] {
        try UpdateRefusal.at(.roots) { () throws(FirmwareUpdateError) in
            var newest = root
            var found: [SignedRoot] = []
            for bytes in front.roots {
                let next = try SignedRoot(decoding: bytes)
                // A bundle brings every root since some earlier one: what this device has already must be the very same.
                guard next.root.version > root.root.version else {
                    try next.checkOwn()
                    guard next.root.version < root.root.version || next.root == root.root else {
                        throw .root(.field("version", expected: "the root \(next.root.version) that was accepted"))
                    }
                    continue
                }
                try newest.check(next: next)
                newest = next
                found.append(next)
            }
            if case .expired = newest.root.freshness(at: now) {
                throw .root(.expired(version: newest.root.version, since: newest.root.expires))
            }
            return found
        }
    }

    /// Steps 3 to 8, with a root that is durable.
    public func manifest(of front: BundleFront, by newest: SignedRoot) throws(UpdateRefusal) -> ReleaseManifest {
        try UpdateRefusal.at(.signatures) { () throws(FirmwareUpdateError) in
            try front.checkSignatures(by: try newest.root.keys(of: .release))
        }
        let manifest = try UpdateRefusal.at(.manifest) { () throws(FirmwareUpdateError) -> ReleaseManifest in
            let manifest = try ReleaseManifest(decoding: front.manifestBytes)
            if manifest.kind == .system { try manifest.checkSystemFile() }
            return manifest
        }
        try UpdateRefusal.at(.device) { () throws(FirmwareUpdateError) in
            try checkInstaller(of: manifest.kind)
            try manifest.check(for: device)
            guard manifest.rootVersion == newest.root.version else {
                throw .notForThisDevice(
                    field: "root version", expected: "\(newest.root.version)", found: "\(manifest.rootVersion)")
            }
        }
        try UpdateRefusal.at(.counter) { () throws(FirmwareUpdateError) in
            guard manifest.kind == .system else {
                return try manifest.checkCounter(record, named: front.manifestHash)
            }
            try system?.get().check(manifest.securityCounter, named: front.manifestHash)
        }
        try UpdateRefusal.at(.dataSchema) { () throws(FirmwareUpdateError) in
            try manifest.checkSchema(device)
        }
        try UpdateRefusal.at(.space) { () throws(FirmwareUpdateError) in
            // The bound of what a header may make the device write, whatever was signed.
            guard manifest.payload.length <= room else {
                throw .noSpace(expected: manifest.payload.length, found: room)
            }
        }
        return manifest
    }

    /// Slots hold applications; an operating system needs its installer, and nothing installs the rest.
    private func checkInstaller(of kind: ReleaseManifest.Kind) throws(FirmwareUpdateError) {
        switch kind {
        case .application: return
        case .system where system != nil: return
        case .system, .configuration, .root: throw .noInstaller(kind)
        }
    }
}

extension ReleaseManifest {
    /// An operating system is one image.
    public func checkSystemFile() throws(FirmwareUpdateError) {
        guard files.count == 1, let file = files.first, file.path.hasSuffix(".raucb"), !file.isExecutable,
            file.length > 0
        else {
            throw .manifestField("files", expected: "one image, *.raucb, where the kind is an operating system")
        }
    }

    /// Refuses a release for another device.
    func check(for device: VerifiedBundle.Device) throws(FirmwareUpdateError) {
        try require(product == device.product, "product", device.product, product)
        try require(architecture == device.architecture, "architecture", device.architecture, architecture)
        try require(
            boards.contains { $0.id == device.board && $0.revisions.contains(device.revision) }, "board",
            "\(device.board) revision \(device.revision)",
            boards.map { "\($0.id) \($0.revisions.lowerBound) to \($0.revisions.upperBound)" }
                .joined(separator: ", "))
        try require(needsSystem <= device.system, "system", "at most \(device.system)", "\(needsSystem)")
        try require(
            needsBootRecordFormat <= BootRecord.format, "boot record format", "at most \(BootRecord.format)",
            "\(needsBootRecordFormat)")
    }

    /// Refuses what lies below the floor, and what has spent its tries here.
    func checkCounter(_ record: BootRecord, named hash: ContentHash) throws(FirmwareUpdateError) {
        guard securityCounter >= record.counterFloor else {
            throw .rolledBack(floor: record.counterFloor, found: securityCounter)
        }
        guard !record.failed.contains(hash) else { throw .alreadyBad(hash) }
    }

    /// Refuses a release that cannot read the device's data.
    func checkSchema(_ device: VerifiedBundle.Device) throws(FirmwareUpdateError) {
        try require(
            dataSchema.reads(device.dataSchema), "data schema", "\(device.dataSchema)",
            "\(dataSchema.readsFrom) to \(dataSchema.readsTo)")
    }

    private func require(
        _ condition: Bool, _ field: String, _ expected: String, _ found: String
    ) throws(FirmwareUpdateError) {
        if !condition { throw .notForThisDevice(field: field, expected: expected, found: found) }
    }
}
