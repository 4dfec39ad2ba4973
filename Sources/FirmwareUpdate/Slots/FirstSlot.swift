import FoundationEssentials
import Glibc
import SignedRecords

/// Fills slot a of a device that has none, from a bundle, and makes its boot record.
///
/// The boot record comes last: as long as it is not there, whatever a stop left behind is thrown away and done again.
public struct FirstSlot {
    private let folder: SlotFolder
    private let root: ReleaseRoot
    private let architecture: String

    public init(folder: SlotFolder, root: ReleaseRoot, architecture: String) {
        self.folder = folder
        self.root = root
        self.architecture = architecture
    }

    /// - Parameter read: gives the bundle's next bytes, as many as asked for, or fewer at its end.
    /// - Returns: the image that will start.
    /// - Throws: where the device has a boot record, of whatever content: its slots are changed by signed bundles alone.
    public func install(
        reading read: (Int) throws(FirmwareUpdateError) -> [UInt8]
    ) throws(FirmwareUpdateError) -> Image {
        guard try folder.bootFile() == nil else {
            throw .transition("the first slot", expected: "a device without a boot record")
        }
        let preamble = try read(BundleEnvelope.preambleLength)
        let end = try BundleEnvelope.headerEnd(preamble: preamble)
        let release = preamble + (try read(end - preamble.count))
        let bundle = try BundleEnvelope(decoding: release).verified(by: root.keys)
        let place = "\(folder.path)/\(Slot.a.name)"
        try Self.remove(place)
        try Self.makeFolder(place)
        try Self.makeFolder("\(place)/files")
        try Self.writeFile("\(place)/release", isExecutable: false) { file throws(FirmwareUpdateError) in
            try PlainFile.write(release[...], to: file, at: 0, "release")
        }
        try unpack(bundle, read)
        for slot in [place, folder.path] { try PlainFile.flush(slot) }
        let verifier = SlotVerifier(storage: folder, keys: root.keys, architecture: architecture)
        let image = try verifier.verify(.a, image: bundle.image, floor: 0).image
        let record = BootRecord(factory: image, rootVersion: root.version)
        try folder.createBootFile(BootRecordStore.file(of: record))
        return image
    }

    private func unpack(
        _ bundle: VerifiedBundle, _ read: (Int) throws(FirmwareUpdateError) -> [UInt8]
    ) throws(FirmwareUpdateError) {
        var reader = PayloadReader(bundle)
        var open: (number: Int, file: PlainFile.Descriptor, length: Int)?
        while let length = reader.nextLength {
            for piece in try reader.accept(try read(length)) {
                let path = folder.place(of: bundle.manifest.files[piece.file].path, in: .a)
                if open?.number != piece.file {
                    try makeFolders(above: bundle.manifest.files[piece.file].path)
                    let isExecutable = bundle.manifest.files[piece.file].isExecutable
                    open = (piece.file, try Self.created(path, isExecutable: isExecutable), 0)
                }
                guard let now = open else { continue }
                try PlainFile.write(piece.bytes[...], to: now.file, at: now.length, path)
                open?.length += piece.bytes.count
                guard piece.isLast else { continue }
                guard fsync(now.file.number) == 0 else { throw .storage(call: "fsync", path: path, errno: errno) }
                open = nil
            }
        }
        try reader.finish()
        guard try read(1).isEmpty else {
            throw .payloadLength(expected: bundle.manifest.payload.length, found: bundle.manifest.payload.length + 1)
        }
        for file in bundle.manifest.files {
            var folderPath = file.path[...]
            while let slash = folderPath.lastIndex(of: "/") {
                folderPath = folderPath[..<slash]
                try PlainFile.flush(folder.place(of: String(folderPath), in: .a))
            }
        }
        try PlainFile.flush(folder.place(of: ".", in: .a))
    }

    private func makeFolders(above path: String) throws(FirmwareUpdateError) {
        for (index, byte) in zip(path.indices, path.utf8) where byte == UInt8(ascii: "/") {
            try Self.makeFolder(folder.place(of: String(path[..<index]), in: .a))
        }
    }

    private static func makeFolder(_ path: String) throws(FirmwareUpdateError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw .storage(call: "mkdir", path: path, errno: errno)
        }
    }

    private static func created(
        _ path: String, isExecutable: Bool
    ) throws(FirmwareUpdateError) -> PlainFile.Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = Glibc.open(path, flags, isExecutable ? 0o755 : 0o644)
        guard descriptor >= 0 else { throw .storage(call: "open", path: path, errno: errno) }
        return PlainFile.Descriptor(descriptor)
    }

    private static func writeFile(
        _ path: String, isExecutable: Bool, _ body: (PlainFile.Descriptor) throws(FirmwareUpdateError) -> Void
    ) throws(FirmwareUpdateError) {
        let file = try created(path, isExecutable: isExecutable)
        try body(file)
        guard fsync(file.number) == 0 else { throw .storage(call: "fsync", path: path, errno: errno) }
    }

    /// Removes a folder and all in it; nothing there is fine. Links are removed, not followed.
    private static func remove(_ path: String) throws(FirmwareUpdateError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw .storage(call: "lstat", path: path, errno: errno)
        }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw .storage(call: "remove", path: path, errno: EIO)
        }
    }
}
