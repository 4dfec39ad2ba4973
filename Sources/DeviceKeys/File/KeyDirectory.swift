import Glibc
import SignedRecords

/// A directory of key files on the disk: its user's own, no link, files of mode 0600.
final class KeyDirectory: KeyStorage {
    /// Who but the owner may do what with the directory.
    enum Privacy {
        /// Mode 0700 exactly; made where only its parent exists.
        case own
        /// Of any mode without write permission for others; must exist.
        case shared
    }

    let path: String
    private let descriptor: Int32

    init(_ path: String, _ privacy: Privacy) throws(KeyStoreError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        if privacy == .own {
            if mkdir(path, 0o700) == 0 {
                try KeyDirectory.syncParent(of: path)
            } else if errno != EEXIST {
                throw .system(call: "mkdir", path: path, errno: errno)
            }
        }
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ELOOP || errno == ENOTDIR {
                throw .wrongFileType(path: path, expected: "a directory, not a link or a file")
            }
            throw .system(call: "open", path: path, errno: errno)
        }
        let status = try KeyDirectory.check(descriptor, path: path, type: S_IFDIR)
        let mode = status.st_mode & 0o7777
        switch privacy {
        case .own:
            guard mode == 0o700 else { throw .wrongMode(path: path, expected: 0o700, found: mode) }
        case .shared:
            guard mode & 0o022 == 0 else { throw .wrongMode(path: path, expected: mode & ~0o022, found: mode) }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The directory that holds a path, and the last name of it.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return (directory, String(path[path.index(after: slash)...]))
    }

    func exclusively<Answer>(_ body: () throws(KeyStoreError) -> Answer) throws(KeyStoreError) -> Answer {
        // Two first starts at once must not make two keys.
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .system(call: "flock", path: path, errno: errno) }
        }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }

    func names() throws(KeyStoreError) -> [String] {
        guard let stream = opendir(path) else { throw .system(call: "opendir", path: path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func read(_ name: String, maximum: Int) throws(KeyStoreError) -> [UInt8]? {
        guard let file = try openFile(name, O_RDONLY) else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: maximum + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(call: "read", path: place(name), errno: errno) }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    func create(_ name: String, _ bytes: [UInt8]) throws(KeyStoreError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = openat(descriptor, name, flags, 0o600)
        guard file >= 0 else { throw .system(call: "create", path: place(name), errno: errno) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0 else { throw .system(call: "fchmod", path: place(name), errno: errno) }
        try write(bytes, to: file, name)
    }

    func overwrite(_ name: String) throws(KeyStoreError) {
        guard let file = try openFile(name, O_WRONLY) else { return }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .system(call: "fstat", path: place(name), errno: errno) }
        try write([UInt8](repeating: 0, count: Int(min(status.st_size, 1 << 16))), to: file, name)
    }

    func sync(_ name: String) throws(KeyStoreError) {
        guard let file = try openFile(name, O_RDONLY) else { return }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .system(call: "fsync", path: place(name), errno: errno) }
    }

    func rename(_ name: String, to new: String) throws(KeyStoreError) {
        guard renameat(descriptor, name, descriptor, new) == 0 else {
            throw .system(call: "rename", path: place(name), errno: errno)
        }
    }

    func remove(_ name: String) throws(KeyStoreError) {
        if unlinkat(descriptor, name, 0) != 0, errno != ENOENT {
            throw .system(call: "unlink", path: place(name), errno: errno)
        }
    }

    func syncDirectory() throws(KeyStoreError) {
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: path, errno: errno) }
    }

    private func place(_ name: String) -> String { "\(path)/\(name)" }

    private func write(_ bytes: [UInt8], to file: Int32, _ name: String) throws(KeyStoreError) {
        let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        guard written == bytes.count else {
            throw .system(call: "write", path: place(name), errno: written < 0 ? errno : ENOSPC)
        }
    }

    /// A file that only its owner may touch, or nil where there is none.
    private func openFile(_ name: String, _ access: Int32) throws(KeyStoreError) -> Int32? {
        let file = openat(descriptor, name, access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if file < 0 {
            switch errno {
            case ENOENT: return nil
            case ELOOP:
                throw .wrongFileType(path: place(name), expected: "a regular file, not a symbolic link")
            default: throw .system(call: "open", path: place(name), errno: errno)
            }
        }
        do throws(KeyStoreError) {
            let status = try KeyDirectory.check(file, path: place(name), type: S_IFREG)
            let mode = status.st_mode & 0o7777
            guard mode == 0o600 else { throw .wrongMode(path: place(name), expected: 0o600, found: mode) }
        } catch {
            close(file)
            throw error
        }
        return file
    }

    /// The type and the owner.
    private static func check(_ descriptor: Int32, path: String, type: mode_t) throws(KeyStoreError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", path: path, errno: errno) }
        guard status.st_mode & S_IFMT == type else {
            throw .wrongFileType(path: path, expected: type == S_IFDIR ? "a directory" : "a regular file")
        }
        guard status.st_uid == geteuid() else {
            throw .wrongOwner(path: path, expected: geteuid(), found: status.st_uid)
        }
        return status
    }

    private static func syncParent(of path: String) throws(KeyStoreError) {
        let parent = split(path).directory
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: parent, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: parent, errno: errno) }
    }
}
