import Glibc

/// Files of one piece: read whole, replaced whole and durably.
enum SmallFile {
    /// The text of a file of at most so many bytes, or nil where it does not exist; a longer one is cut.
    static func read(_ path: String, limit: Int = 65_536) throws(FirmwareError) -> String? {
        try readBytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same as bytes.
    static func readBytes(_ path: String, limit: Int) throws(FirmwareError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var length = 0
        while length < bytes.count {
            let capacity = bytes.count - length
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: length), capacity)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read \(path)", errno: errno) }
            if count == 0 { break }
            length += count
        }
        return Array(bytes[..<length])
    }

    /// Whether its owner alone may read a file; true where there is none.
    static func isPrivate(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 || status.st_mode & 0o077 == 0
    }

    /// Replaces a file so that after a power cut the old or the new text is there: temporary file, flush, rename, flush of
    /// the folder.
    static func replace(_ path: String, with text: String) throws(FirmwareError) {
        try replace(path, with: Array(text.utf8))
    }

    /// The same with bytes.
    static func replace(_ path: String, with bytes: [UInt8]) throws(FirmwareError) {
        let draft = "\(path).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(call: "open \(draft)", errno: errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        let failure: Int32? = rest.isEmpty && fsync(descriptor) == 0 ? nil : errno
        close(descriptor)
        if let failure { throw .system(call: "write \(draft)", errno: failure) }
        guard rename(draft, path) == 0 else { throw .system(call: "rename \(draft)", errno: errno) }
        try flushFolder(of: path)
    }

    private static func flushFolder(of path: String) throws(FirmwareError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open \(folder)", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync \(folder)", errno: errno) }
    }
}
