/// Fills slot a of a device that has none, from a bundle, and makes its boot record.
///
/// The boot record comes last: as long as it is not there, whatever a stop left behind is thrown away and done again.
public struct FirstSlot {
    private let slots: SlotFolder
    private let root: SignedRoot
    private let architecture: String

    public init(slots: SlotFolder, root: SignedRoot, architecture: String) {
        self.slots = slots
        self.root = root
        self.architecture = architecture
    }

    /// - Parameter read: gives the bundle's next bytes, as many as asked for, or fewer at its end.
    /// - Returns: the image that will start.
    /// - Throws: where the device has a boot record, of whatever content: its slots are changed by signed bundles alone.
    public func install(
        reading read: (Int) throws(FirmwareUpdateError) -> [UInt8]
    ) throws(FirmwareUpdateError) -> Image {
        guard try slots.bootFile() == nil else {
            throw .transition("the first slot", expected: "a device without a boot record")
        }
        let preamble = try read(BundleEnvelope.preambleLength)
        let end = try BundleEnvelope.headerEnd(preamble: preamble)
        let release = preamble + (try read(end - preamble.count))
        let bundle = try BundleEnvelope(decoding: release).verified(by: try root.root.keys(of: .release))
        do throws(UpdateRefusal) {
            try slots.fill(.a, release: release, with: bundle, isFirst: true, reading: read)
        } catch {
            throw error.reason
        }
        let verifier = SlotVerifier(storage: slots, roots: [root], architecture: architecture)
        let image = try verifier.verify(.a, image: bundle.image, floor: 0).image
        try slots.note(schema: bundle.manifest.dataSchema.writes)
        let record = BootRecord(factory: image, rootVersion: root.root.version)
        try slots.createBootFile(BootRecordStore.file(of: record))
        return image
    }
}
