import SignedRecords

/// Holds what stands in a slot against what the boot record and the release keys say of it.
public struct SlotVerifier {
    private let storage: any SlotStorage
    private let keys: ReleaseKeys
    private let architecture: String

    /// - Parameter architecture: the processor's name, as manifests have it: `x86_64`, `aarch64`.
    public init(storage: any SlotStorage, keys: ReleaseKeys, architecture: String) {
        self.storage = storage
        self.keys = keys
        self.architecture = architecture
    }

    /// Reads the whole slot. The manifest is believed only once the release keys' signatures fit it.
    ///
    /// - Parameters:
    ///   - image: what the boot record says of the slot; nil where there is no record to believe.
    ///   - floor: the least security counter that may start.
    public func verify(
        _ slot: Slot, image: Image?, floor: UInt32
    ) throws(FirmwareUpdateError) -> VerifiedBundle {
        guard let bytes = try storage.release(of: slot) else { throw .missing("release") }
        let envelope = try BundleEnvelope(decoding: bytes)
        if let image, ContentHash(hashing: envelope.manifestBytes) != image.manifest {
            throw .otherManifest
        }
        let bundle = try envelope.verified(by: keys)
        let manifest = bundle.manifest
        guard manifest.kind == .application else {
            throw .manifestField("kind", expected: "an application, which a slot holds")
        }
        guard manifest.architecture == architecture else {
            throw .notForThisDevice(field: "architecture", expected: architecture, found: manifest.architecture)
        }
        guard manifest.needsBootRecordFormat <= BootRecord.format else {
            throw .notForThisDevice(
                field: "boot record format", expected: "at most \(BootRecord.format)",
                found: "\(manifest.needsBootRecordFormat)")
        }
        guard manifest.securityCounter >= floor else {
            throw .rolledBack(floor: floor, found: manifest.securityCounter)
        }
        for file in manifest.files { try check(file, in: slot) }
        return bundle
    }

    private func check(_ file: ReleaseManifest.File, in slot: Slot) throws(FirmwareUpdateError) {
        guard let found = try storage.digest(of: file.path, in: slot) else { throw .missing(file.path) }
        guard found.length == file.length, found.hash == file.hash else {
            throw .hashMismatch(of: "the file \(file.path)")
        }
        guard found.isExecutable || !file.isExecutable else { throw .missing("the right to execute \(file.path)") }
    }
}
