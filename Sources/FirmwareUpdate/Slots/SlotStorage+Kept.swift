import SignedRecords

extension SlotStorage {
    /// What a slot says of itself, where that is what the boot record names: a slot that is bad has often kept it. nil where it does
    /// not, or cannot be read.
    func keptManifest(of slot: Slot, in record: BootRecord) -> ReleaseManifest? {
        guard let image = record[slot].image else { return nil }
        do throws(FirmwareUpdateError) {
            guard let release = try release(of: slot) else { return nil }
            let bytes = try BundleEnvelope(decoding: release).manifestBytes
            guard ContentHash(hashing: bytes) == image.manifest else { return nil }
            return try ReleaseManifest(decoding: bytes)
        } catch {
            return nil
        }
    }
}
