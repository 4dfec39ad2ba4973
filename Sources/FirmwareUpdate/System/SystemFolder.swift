internal import SignedRecords

/// The operating system's image and its record on a disk that only root may write:
///
///     os/record         what is known of it
///     os/image.raucb    the image that came in last
public struct SystemFolder {
    static let folder = "os"
    /// The image's file, as the disk names it.
    public static let image = "os/image.raucb"
    private static let record = "os/record"
    private static let new = "os/record.new"

    let disk: any UpdateDisk

    public init(disk: any UpdateDisk) { self.disk = disk }

    /// The record; that of a new device where there is none.
    ///
    /// - Throws: `systemRecord` where it is damaged: without a floor no image is taken.
    public func record() throws(FirmwareUpdateError) -> SystemRecord {
        guard let bytes = try disk.bytes(of: Self.record, atMost: SystemRecord.mostBytes + 32) else {
            return SystemRecord()
        }
        return try SystemRecord(decoding: bytes)
    }

    /// Replaces the record in one durable step.
    func write(_ record: SystemRecord) throws(FirmwareUpdateError) {
        try disk.makeFolder(Self.folder)
        try disk.remove(Self.new)
        try disk.create(Self.new, isExecutable: false)
        try disk.write(record.encoded()[...], to: Self.new, at: 0)
        try disk.flush(Self.new)
        try disk.rename(Self.new, to: Self.record)
        try flush()
    }

    /// Makes durable what the folder shows: a process that was killed behind a renaming has left that in sight alone.
    func flush() throws(FirmwareUpdateError) {
        guard try disk.names(in: Self.folder) != nil else { return }
        try disk.flushFolder(Self.folder)
        // The folder's own name: it may be new, too.
        try disk.flushFolder("")
    }

    /// Writes the bundle's one file, and makes it durable. Steps 10 to 12 of the check.
    ///
    /// - Parameter read: gives the payload's next bytes, as many as asked for, or fewer at its end.
    func fill(
        with bundle: VerifiedBundle, reading read: (Int) throws(FirmwareUpdateError) -> [UInt8]
    ) throws(UpdateRefusal) {
        try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            try disk.makeFolder(Self.folder)
            try disk.remove(Self.image)
            try disk.create(Self.image, isExecutable: false)
        }
        var reader = PayloadReader(bundle)
        var written: UInt64 = 0
        while let length = reader.nextLength {
            let bytes = try UpdateRefusal.at(.chunk) { () throws(FirmwareUpdateError) -> [UInt8] in
                let bytes = try read(length)
                _ = try reader.accept(bytes)
                return bytes
            }
            try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
                try disk.write(bytes[...], to: Self.image, at: written)
            }
            written += UInt64(bytes.count)
        }
        try UpdateRefusal.at(.payload) { () throws(FirmwareUpdateError) in
            try reader.finish()
            guard try read(1).isEmpty else {
                let length = bundle.manifest.payload.length
                throw .payloadLength(expected: length, found: length + 1)
            }
        }
        try UpdateRefusal.at(.unpack) { () throws(FirmwareUpdateError) in
            try disk.flush(Self.image)
            try flush()
        }
    }

    /// Reads the image from the disk itself, and holds it against the manifest. Step 13.
    func readBack(_ manifest: ReleaseManifest) throws(FirmwareUpdateError) {
        guard let file = manifest.files.first else { throw .missing("a file of the manifest") }
        try disk.forgetCache(of: Self.image)
        guard let found = try disk.digest(of: Self.image) else { throw .missing(Self.image) }
        guard found.length == file.length, found.hash == file.hash else {
            throw .hashMismatch(of: "the file \(Self.image)")
        }
    }
}
