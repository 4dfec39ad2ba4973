/// The slots on a disk that only root may write:
///
///     boot              the boot record's two copies
///     schema            the highest data schema that may stand on the device, since its first slot
///     a/release, a/files/…, a/unconfirmed, a/unasked
///     b/release, b/files/…, b/unconfirmed, b/unasked
public struct SlotFolder: SlotStorage {
    private static let boot = "boot"
    let disk: any UpdateDisk

    public init(disk: any UpdateDisk) { self.disk = disk }

    /// A slot's file, as the disk names it.
    public static func path(of file: String, in slot: Slot) -> String { "\(slot.name)/files/\(file)" }

    public func bootFile() throws(FirmwareUpdateError) -> [UInt8]? {
        try disk.bytes(of: Self.boot, atMost: 1 << 20)
    }

    public func createBootFile(_ bytes: [UInt8]) throws(FirmwareUpdateError) {
        let new = "\(Self.boot).new"
        try disk.remove(new)
        try disk.create(new, isExecutable: false)
        try disk.write(bytes[...], to: new, at: 0)
        try disk.flush(new)
        try disk.rename(new, to: Self.boot)
        try disk.flushFolder("")
    }

    public func flushBootFile() throws(FirmwareUpdateError) {
        try disk.flush(Self.boot)
        // Its name, too: a process that was killed behind the renaming has left that in sight alone.
        try disk.flushFolder("")
    }

    public func write(_ write: BootRecordStore.Write) throws(FirmwareUpdateError) {
        // Otherwise a cut in this write could cost both copies: this one torn, and the other never on the disk.
        try flushBootFile()
        // A copy is one page of the cache: its neighbour, which counts, is not written with it.
        try disk.writeThrough(write.bytes, to: Self.boot, at: UInt64(write.offset))
    }

    public func release(of slot: Slot) throws(FirmwareUpdateError) -> [UInt8]? {
        try disk.bytes(
            of: "\(slot.name)/release", atMost: BundleEnvelope.preambleLength + BundleEnvelope.mostHeader)
    }

    public func digest(of path: String, in slot: Slot) throws(FirmwareUpdateError) -> FileDigest? {
        try disk.digest(of: Self.path(of: path, in: slot))
    }

    /// Empties a slot, unpacks a bundle into it, and makes all of it durable. Steps 10 to 12 of the check.
    ///
    /// - Parameters:
    ///   - release: the bundle's bytes up to its payload.
    ///   - isFirst: whether it is what a device without a slot begins with; every other one is noted as not confirmed.
    ///   - isUnasked: whether it comes in where nothing starts: it must not start by itself then.
    ///   - read: gives the payload's next bytes, as many as asked for, or fewer at its end.
    func fill(
        _ slot: Slot, release: [UInt8], with bundle: VerifiedBundle, isFirst: Bool, isUnasked: Bool = false,
        reading read: (Int) throws(FirmwareUpdateError) -> [UInt8]
    ) throws(UpdateRefusal) {
        let folders = Self.folders(of: bundle.manifest.files, in: slot)
        try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            try disk.remove(slot.name)
            for folder in folders { try disk.makeFolder(folder) }
            let path = "\(slot.name)/release"
            try disk.create(path, isExecutable: false)
            try disk.write(release[...], to: path, at: 0)
            try disk.flush(path)
            // Empty: its name says it, which is durable with the folder.
            if !isFirst { try disk.create(Self.unconfirmed(slot), isExecutable: false) }
            if isUnasked { try disk.create(Self.unasked(slot), isExecutable: false) }
        }
        var reader = PayloadReader(bundle)
        var written: UInt64 = 0
        while let length = reader.nextLength {
            let pieces = try UpdateRefusal.at(.chunk) { () throws(FirmwareUpdateError) in
                try reader.accept(try read(length))
            }
            for piece in pieces {
                try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
                    written = try write(piece, of: bundle.manifest.files, to: slot, behind: written)
                }
            }
        }
        try UpdateRefusal.at(.payload) { () throws(FirmwareUpdateError) in
            try reader.finish()
            guard try read(1).isEmpty else {
                let length = bundle.manifest.payload.length
                throw .payloadLength(expected: length, found: length + 1)
            }
        }
        try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            for folder in folders.reversed() { try disk.flushFolder(folder) }
            try disk.flushFolder("")
        }
    }

    /// Writes a file's next bytes; says how many bytes it has now, 0 where it has ended.
    private func write(
        _ piece: PayloadReader.Piece, of files: [ReleaseManifest.File], to slot: Slot, behind written: UInt64
    ) throws(FirmwareUpdateError) -> UInt64 {
        let path = Self.path(of: files[piece.file].path, in: slot)
        if written == 0 { try disk.create(path, isExecutable: files[piece.file].isExecutable) }
        try disk.write(piece.bytes[...], to: path, at: written)
        guard piece.isLast else { return written + UInt64(piece.bytes.count) }
        try disk.flush(path)
        return 0
    }

    /// The folders that a slot has, each behind the one that it stands in.
    private static func folders(of files: [ReleaseManifest.File], in slot: Slot) -> [String] {
        var folders: Set<String> = []
        for file in files {
            var path = file.path[...]
            while let slash = path.lastIndex(of: "/") {
                path = path[..<slash]
                folders.insert(String(path))
            }
        }
        return [slot.name, "\(slot.name)/files"]
            + folders.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }.map { Self.path(of: $0, in: slot) }
    }
}

extension Slot {
    /// `a` or `b`: the name of its folder.
    public var name: String { self == .a ? "a" : "b" }
}
