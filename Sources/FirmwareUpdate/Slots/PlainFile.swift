import Crypto
import Glibc
import SignedRecords

/// Plain files, read and written whole. A link in the last place is never followed.
enum PlainFile {
    /// A descriptor that is closed when it goes.
    final class Descriptor {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(number) }
    }

    /// The file's bytes; nil where there is none.
    static func bytes(of path: String, atMost limit: Int) throws(FirmwareUpdateError) -> [UInt8]? {
        guard let (file, status) = try opened(path) else { return nil }
        guard status.st_size <= limit else {
            throw .missing("\(path) of at most \(limit) bytes; it has \(status.st_size)")
        }
        var bytes: [UInt8] = []
        try read(file, path) { bytes += $0 }
        return bytes
    }

    /// Length, right to execute and hash; nil where there is none.
    static func digest(of path: String) throws(FirmwareUpdateError) -> FileDigest? {
        guard let (file, status) = try opened(path) else { return nil }
        var hash = SHA256()
        var length: UInt64 = 0
        try read(file, path) {
            hash.update(data: $0)
            length += UInt64($0.count)
        }
        return FileDigest(
            length: length, isExecutable: status.st_mode & 0o111 == 0o111,
            hash: ContentHash(exactly: Array(hash.finalize())))
    }

    /// nil where nothing is there, or something that is no plain file.
    private static func opened(_ path: String) throws(FirmwareUpdateError) -> (file: Descriptor, status: stat)? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ELOOP || errno == ENOTDIR { return nil }
            throw .storage(call: "open", path: path, errno: errno)
        }
        let file = Descriptor(descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .storage(call: "fstat", path: path, errno: errno) }
        return status.st_mode & S_IFMT == S_IFREG ? (file, status) : nil
    }

    private static func read(
        _ file: Descriptor, _ path: String, _ take: (ArraySlice<UInt8>) -> Void
    ) throws(FirmwareUpdateError) {
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = Glibc.read(file.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .storage(call: "read", path: path, errno: errno) }
            if count == 0 { return }
            take(chunk[..<count])
        }
    }

    /// Writes all of it at an offset.
    static func write(
        _ bytes: ArraySlice<UInt8>, to file: Descriptor, at offset: Int, _ path: String
    ) throws(FirmwareUpdateError) {
        var (rest, offset) = (bytes, offset)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, off_t(offset)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .storage(call: "write", path: path, errno: count < 0 ? errno : EIO) }
            rest = rest.dropFirst(count)
            offset += count
        }
    }

    /// Makes what a folder lists durable, or a file's content.
    static func flush(_ path: String) throws(FirmwareUpdateError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .storage(call: "open", path: path, errno: errno) }
        let file = Descriptor(descriptor)
        guard fsync(file.number) == 0 else { throw .storage(call: "fsync", path: path, errno: errno) }
    }
}
