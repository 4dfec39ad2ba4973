internal import Glibc

/// Small files in which keys and the genesis document live: written whole or not at all, and durable when `write` returns.
public enum SecretFile {
    /// The most bytes that are read.
    static let maximumBytes = 16 << 20

    /// Whether something stands at this path.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Writes a new file with mode 0600 (or another); refuses to replace one.
    public static func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws(LedgerNodeError) {
        guard !exists(path) else { throw .system(call: "create", path: path, reason: "exists already") }
        let temporary = path + ".new"
        // A half-written file of an earlier attempt may stand here; it was never named by `path`.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("open", temporary) }
        do throws(LedgerNodeError) {
            // The umask can only have taken rights away that the owner needs.
            guard fchmod(descriptor, mode) == 0 else { throw failure("fchmod", temporary) }
            var written = 0
            while written < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
                }
                guard count > 0 else { throw failure("write", temporary) }
                written += count
            }
            guard fsync(descriptor) == 0 else { throw failure("fsync", temporary) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        // link refuses to replace, where rename would.
        guard link(temporary, path) == 0 else {
            let error = failure("link", path)
            unlink(temporary)
            throw error
        }
        unlink(temporary)
        try syncDirectory(of: path)
    }

    /// Reads a file; one that others can read is refused unless `isSecret` is false.
    public static func read(_ path: String, isSecret: Bool = true) throws(LedgerNodeError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("stat", path) }
        if isSecret {
            guard status.st_mode & 0o077 == 0 else { throw .unsafeMode(path: path, mode: status.st_mode & 0o777) }
            guard status.st_uid == geteuid() else {
                throw .system(call: "open", path: path, reason: "belongs to another user")
            }
        }
        guard status.st_size <= maximumBytes else {
            throw .system(call: "read", path: path, reason: "\(status.st_size) bytes, at most \(maximumBytes)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let room = bytes.count - filled
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, room)
            }
            guard count > 0 else { throw failure("read", path) }
            filled += count
        }
        return bytes
    }

    static func syncDirectory(of path: String) throws(LedgerNodeError) {
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", directory) }
    }

    static func failure(_ call: String, _ path: String) -> LedgerNodeError {
        .system(call: call, path: path, reason: String(cString: strerror(errno)))
    }
}
