/// A diagnostics archive that the device has made and signed (docs/diagnostics.md).
public struct ArchiveAnswer: Equatable, Sendable, Reportable {
    /// Bytes of the tar.
    public var size: Int
    /// SHA-256 of the tar.
    public var hash: [UInt8]
    /// The names of its files, without the archive's own.
    public var files: [String]
    /// What could not be gathered, and why.
    public var missing: [String]
    /// The Ed25519 key that signed, its epoch, and its signature over the archive's statement.
    public var publicKey: [UInt8]
    public var epoch: UInt32
    public var signature: [UInt8]

    public init(
        size: Int, hash: [UInt8], files: [String], missing: [String], publicKey: [UInt8], epoch: UInt32,
        signature: [UInt8]
    ) {
        self.size = size
        self.hash = hash
        self.files = files
        self.missing = missing
        self.publicKey = publicKey
        self.epoch = epoch
        self.signature = signature
    }

    var report: Report {
        var report = Report()
        report.add("size", .count(UInt64(size)))
        report.add("sha256", .bytes(hash))
        report.add("files", .text(files.joined(separator: ", ")))
        report.add("missing", missing.isEmpty ? .nothing : .text(missing.joined(separator: "; ")))
        report.add("epoch", .count(UInt64(epoch)))
        report.add("ed25519", .bytes(publicKey))
        report.add("signature", .bytes(signature))
        return report
    }
}

/// A part of the archive that was made last.
public struct ArchivePiece: Equatable, Sendable, Reportable {
    /// SHA-256 of the whole tar: pieces of two archives are never put together.
    public var hash: [UInt8]
    /// Where it begins, in bytes.
    public var offset: Int
    public var bytes: [UInt8]
    /// Where the next one begins; nil behind the last.
    public var next: Int?

    public init(hash: [UInt8], offset: Int, bytes: [UInt8], next: Int?) {
        self.hash = hash
        self.offset = offset
        self.bytes = bytes
        self.next = next
    }

    var report: Report {
        var report = Report()
        report.add("sha256", .bytes(hash))
        report.add("offset", .count(UInt64(offset)))
        report.add("bytes", .bytes(bytes))
        report.add("go on from", next.map { .count(UInt64($0)) } ?? .nothing)
        return report
    }
}
