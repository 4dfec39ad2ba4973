import Crypto
import SignedRecords

/// What the updater asks of a folder on a disk; nothing else of it touches one. Only root may write there.
///
/// Paths are relative, of plain names; the empty path is the folder itself. A link in the last place is never followed. What
/// is written is durable after `flush`, a change of names after `flushFolder` of the folder that they stand in. After any of
/// these has failed, nothing about what it concerned may be assumed. All throw `storage`.
public protocol UpdateDisk: AnyObject {
    /// The names in a folder; nil where there is none.
    func names(in folder: String) throws(FirmwareUpdateError) -> [String]?
    /// A plain file's length and right to execute; nil where there is none, or something else.
    func status(of path: String) throws(FirmwareUpdateError) -> DiskFile?
    /// Fewer bytes than asked for only at the file's end.
    func read(_ path: String, at offset: UInt64, count: Int) throws(FirmwareUpdateError) -> [UInt8]
    /// Makes a folder; one that is there is fine.
    func makeFolder(_ path: String) throws(FirmwareUpdateError)
    /// Makes an empty file, where there is nothing of its name.
    func create(_ path: String, isExecutable: Bool) throws(FirmwareUpdateError)
    /// Gives a file this length at least, with room on the disk for all of it; what is new in it is zero.
    func reserve(_ path: String, length: UInt64) throws(FirmwareUpdateError)
    func write(_ bytes: ArraySlice<UInt8>, to path: String, at offset: UInt64) throws(FirmwareUpdateError)
    /// Writes and flushes these bytes alone, not their neighbours.
    func writeThrough(_ bytes: [UInt8], to path: String, at offset: UInt64) throws(FirmwareUpdateError)
    func truncate(_ path: String, to length: UInt64) throws(FirmwareUpdateError)
    func flush(_ path: String) throws(FirmwareUpdateError)
    func flushFolder(_ path: String) throws(FirmwareUpdateError)
    /// Gives a file a new name, in one step; a file of that name is replaced.
    func rename(_ path: String, to newPath: String) throws(FirmwareUpdateError)
    /// Removes a file, or a folder with all in it; nothing there is fine.
    func remove(_ path: String) throws(FirmwareUpdateError)
    /// Has the file's next reading come from the disk itself, as far as the system does that.
    func forgetCache(of path: String) throws(FirmwareUpdateError)
}

/// A plain file, seen from outside.
public struct DiskFile: Equatable, Sendable {
    /// In bytes.
    public var length: UInt64
    public var isExecutable: Bool

    public init(length: UInt64, isExecutable: Bool) {
        self.length = length
        self.isExecutable = isExecutable
    }
}

extension UpdateDisk {
    private static var readLength: Int { 256 << 10 }

    /// A file's bytes; nil where there is none.
    func bytes(of path: String, atMost limit: Int) throws(FirmwareUpdateError) -> [UInt8]? {
        guard let file = try status(of: path) else { return nil }
        guard file.length <= UInt64(limit) else {
            throw .missing("\(path) of at most \(limit) bytes; it has \(file.length)")
        }
        return try read(path, at: 0, count: limit)
    }

    /// A file's length, right to execute and hash; nil where there is none.
    func digest(of path: String) throws(FirmwareUpdateError) -> FileDigest? {
        guard let file = try status(of: path) else { return nil }
        var hash = SHA256()
        var length: UInt64 = 0
        while true {
            let bytes = try read(path, at: length, count: Self.readLength)
            hash.update(data: bytes)
            length += UInt64(bytes.count)
            if bytes.count < Self.readLength { break }
        }
        return FileDigest(
            length: length, isExecutable: file.isExecutable, hash: ContentHash(exactly: Array(hash.finalize())))
    }
}
