import Glibc

/// Whole files that are either the old bytes or the new ones, whenever the power goes: written beside, flushed, renamed
/// over, and the folder flushed.
enum DurableFile {
    /// Replaces or creates a file of mode 0600.
    ///
    /// - Throws: `storeFailed` naming the call that failed.
    static func write(_ bytes: [UInt8], to path: String) throws(PlatformLinkError) {
        let (folder, name) = split(path)
        let temporary = "\(folder)/.\(name).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failed("open", temporary) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                let rest = UnsafeRawBufferPointer(rebasing: all[written...])
                return Glibc.write(file, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = failed("write", temporary)
                abandon(file, temporary)
                throw error
            }
            written += count
        }
        // A flush that failed once may succeed the second time without the data: the file is given up.
        guard fsync(file) == 0 else {
            let error = failed("fsync", temporary)
            abandon(file, temporary)
            throw error
        }
        guard Glibc.close(file) == 0 else { throw failed("close", temporary) }
        guard rename(temporary, path) == 0 else {
            let error = failed("rename", path)
            unlink(temporary)
            throw error
        }
        try flushFolder(folder)
    }

    /// Takes a file away, durably; one that is not there is no mistake.
    static func remove(_ path: String) throws(PlatformLinkError) {
        guard unlink(path) == 0 else {
            guard errno == ENOENT else { throw failed("unlink", path) }
            return
        }
        try flushFolder(split(path).folder)
    }

    /// The whole file; nil when there is none.
    ///
    /// - Throws: `storeFailed`, also for a file longer than `limit`.
    static func read(_ path: String, limit: Int) throws(PlatformLinkError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failed("open", path)
        }
        defer { Glibc.close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failed("read", path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw .storeFailed(path: path, reason: "longer than \(limit) bytes")
            }
        }
    }

    /// Makes a folder of mode 0700 when it is missing.
    static func makeFolder(_ path: String) throws(PlatformLinkError) {
        guard mkdir(path, 0o700) == 0 else {
            guard errno == EEXIST else { throw failed("mkdir", path) }
            var status = stat()
            guard stat(path, &status) == 0 else { throw failed("stat", path) }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw .storeFailed(path: path, reason: "it is not a folder")
            }
            return
        }
        try flushFolder(split(path).folder)
    }

    private static func flushFolder(_ path: String) throws(PlatformLinkError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failed("open", path) }
        defer { Glibc.close(folder) }
        guard fsync(folder) == 0 else { throw failed("fsync", path) }
    }

    private static func abandon(_ file: Int32, _ path: String) {
        Glibc.close(file)
        unlink(path)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }

    private static func failed(_ call: String, _ path: String) -> PlatformLinkError {
        .storeFailed(path: path, reason: "\(call): \(String(cString: strerror(errno)))")
    }
}
