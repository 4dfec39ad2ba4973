public import SignedRecords

/// A bundle whose manifest the release keys have signed, and whose chunk table the manifest names. The payload is still to
/// come (`PayloadReader`).
public struct VerifiedBundle: Equatable, Sendable {
    public let manifest: ReleaseManifest
    /// What the boot record names the image by.
    public let manifestHash: ContentHash
    let chunkHashes: [[UInt8]]

    /// What the boot record keeps of it.
    public var image: Image {
        Image(manifest: manifestHash, version: manifest.version, securityCounter: manifest.securityCounter)
    }

    /// What the device is, as far as a release may depend on it.
    public struct Device: Equatable, Sendable {
        public var product: String
        public var architecture: String
        public var board: String
        public var revision: UInt32
        public var system: UInt32
        public var dataSchema: UInt32

        public init(
            product: String, architecture: String, board: String, revision: UInt32, system: UInt32, dataSchema: UInt32
        ) {
            self.product = product
            self.architecture = architecture
            self.board = board
            self.revision = revision
            self.system = system
            self.dataSchema = dataSchema
        }
    }

    /// Refuses a release for another device, an older one than the floor, one that was tried and found bad, and one that
    /// cannot read the device's data.
    public func check(for device: Device, record: BootRecord) throws(FirmwareUpdateError) {
        try require(manifest.product == device.product, "product", device.product, manifest.product)
        try require(
            manifest.architecture == device.architecture, "architecture", device.architecture, manifest.architecture)
        try require(
            manifest.boards.contains { $0.id == device.board && $0.revisions.contains(device.revision) }, "board",
            "\(device.board) revision \(device.revision)",
            manifest.boards.map { "\($0.id) \($0.revisions.lowerBound) to \($0.revisions.upperBound)" }
                .joined(separator: ", "))
        try require(
            manifest.needsSystem <= device.system, "system", "at most \(device.system)", "\(manifest.needsSystem)")
        try require(
            manifest.needsBootRecordFormat <= BootRecord.format, "boot record format", "at most \(BootRecord.format)",
            "\(manifest.needsBootRecordFormat)")
        try require(
            manifest.rootVersion == record.rootVersion, "root version", "\(record.rootVersion)",
            "\(manifest.rootVersion)")
        guard manifest.securityCounter >= record.counterFloor else {
            throw .rolledBack(floor: record.counterFloor, found: manifest.securityCounter)
        }
        for slot in Slot.allCases {
            if case .bad(let image) = record[slot], image.manifest == manifestHash {
                throw .notForThisDevice(
                    field: "image", expected: "one that has not failed here", found: manifestHash.hex)
            }
        }
        let readable = manifest.dataSchema.readsFrom...manifest.dataSchema.writes
        try require(
            readable.contains(device.dataSchema), "data schema", "\(device.dataSchema)",
            "\(readable.lowerBound) to \(readable.upperBound)")
    }

    private func require(
        _ condition: Bool, _ field: String, _ expected: String, _ found: String
    ) throws(FirmwareUpdateError) {
        if !condition { throw .notForThisDevice(field: field, expected: expected, found: found) }
    }
}
