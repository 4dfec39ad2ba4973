import Glibc

/// The slots in a folder that only root may write:
///
///     boot              the boot record's two copies
///     a/release, a/files/…
///     b/release, b/files/…
public struct SlotFolder: SlotStorage {
    let path: String

    public init(path: String) { self.path = path }

    /// Where a slot's file lies.
    public func place(of file: String, in slot: Slot) -> String { "\(path)/\(slot.name)/files/\(file)" }

    private var bootPath: String { "\(path)/boot" }

    public func bootFile() throws(FirmwareUpdateError) -> [UInt8]? {
        try PlainFile.bytes(of: bootPath, atMost: 1 << 20)
    }

    public func createBootFile(_ bytes: [UInt8]) throws(FirmwareUpdateError) {
        let new = "\(bootPath).new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .storage(call: "open", path: new, errno: errno) }
        let file = PlainFile.Descriptor(descriptor)
        try PlainFile.write(bytes[...], to: file, at: 0, new)
        guard fsync(descriptor) == 0 else { throw .storage(call: "fsync", path: new, errno: errno) }
        guard rename(new, bootPath) == 0 else { throw .storage(call: "rename", path: bootPath, errno: errno) }
        try PlainFile.flush(path)
    }

    public func write(_ write: BootRecordStore.Write) throws(FirmwareUpdateError) {
        // A copy is one page of the cache: its neighbour, which counts, is not written with it.
        let descriptor = open(bootPath, O_WRONLY | O_DSYNC | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .storage(call: "open", path: bootPath, errno: errno) }
        try PlainFile.write(write.bytes[...], to: PlainFile.Descriptor(descriptor), at: write.offset, bootPath)
    }

    public func release(of slot: Slot) throws(FirmwareUpdateError) -> [UInt8]? {
        try PlainFile.bytes(
            of: "\(path)/\(slot.name)/release", atMost: BundleEnvelope.preambleLength + BundleEnvelope.mostHeader)
    }

    public func digest(of path: String, in slot: Slot) throws(FirmwareUpdateError) -> FileDigest? {
        try PlainFile.digest(of: place(of: path, in: slot))
    }
}

extension Slot {
    /// `a` or `b`: the name of its folder.
    public var name: String { self == .a ? "a" : "b" }
}
