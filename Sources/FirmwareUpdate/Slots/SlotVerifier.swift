import SignedRecords

/// Holds what stands in a slot against what the boot record and the release keys say of it.
public struct SlotVerifier {
    private let storage: any SlotStorage
    private let roots: [SignedRoot]
    private let architecture: String

    /// - Parameters:
    ///   - roots: newest first. A slot stays what it was when a newer root names other keys: one of the roots must have
    ///     released it. That an image was new enough was decided when it was staged, by the newest root alone.
    ///   - architecture: the processor's name, as manifests have it: `x86_64`, `aarch64`.
    public init(storage: any SlotStorage, roots: [SignedRoot], architecture: String) {
        self.storage = storage
        self.roots = roots
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
        let bundle = try verified(envelope)
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

    /// By the first root that says so; where none does, the newest one's reason.
    private func verified(_ envelope: BundleEnvelope) throws(FirmwareUpdateError) -> VerifiedBundle {
        var reason: FirmwareUpdateError?
        for root in roots {
            do throws(FirmwareUpdateError) {
                return try envelope.verified(by: try root.root.keys(of: .release))
            } catch {
                reason = reason ?? error
            }
        }
        throw reason ?? .missing("root.N")
    }

    private func check(_ file: ReleaseManifest.File, in slot: Slot) throws(FirmwareUpdateError) {
        guard let found = try storage.digest(of: file.path, in: slot) else { throw .missing(file.path) }
        guard found.length == file.length, found.hash == file.hash else {
            throw .hashMismatch(of: "the file \(file.path)")
        }
        guard found.isExecutable || !file.isExecutable else { throw .missing("the right to execute \(file.path)") }
    }
}
