import Glibc
import SignedRecords

/// The directory of the key file: mode 0700, its user's own, locked while keys are read or made.
struct KeyDirectory: ~Copyable {
    let path: String
    let descriptor: Int32

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Opens the directory, makes it where its parent exists, and waits for its lock.
    static func open(_ path: String) throws(KeyStoreError) -> KeyDirectory {
        if mkdir(path, 0o700) == 0 {
            try syncParent(of: path)
        } else if errno != EEXIST {
            throw .system(call: "mkdir", path: path, errno: errno)
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ELOOP || errno == ENOTDIR {
                throw .wrongFileType(path: path, expected: "a directory, not a link or a file")
            }
            throw .system(call: "open", path: path, errno: errno)
        }
        let directory = KeyDirectory(path: path, descriptor: descriptor)
        try check(descriptor, path: path, type: S_IFDIR, mode: 0o700)
        // Two first starts at once must not make two keys.
        guard flock(descriptor, LOCK_EX) == 0 else { throw .system(call: "flock", path: path, errno: errno) }
        return directory
    }

    deinit { close(descriptor) }

    borrowing func sync() throws(KeyStoreError) {
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: path, errno: errno) }
    }

    /// The type, the owner, and exactly this mode.
    static func check(_ descriptor: Int32, path: String, type: mode_t, mode: mode_t) throws(KeyStoreError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", path: path, errno: errno) }
        guard status.st_mode & S_IFMT == type else {
            throw .wrongFileType(path: path, expected: type == S_IFDIR ? "a directory" : "a regular file")
        }
        guard status.st_uid == geteuid() else {
            throw .wrongOwner(path: path, expected: geteuid(), found: status.st_uid)
        }
        guard status.st_mode & 0o7777 == mode else {
            throw .wrongMode(path: path, expected: mode, found: status.st_mode & 0o7777)
        }
    }

    private static func syncParent(of path: String) throws(KeyStoreError) {
        let parent: String
        switch path.lastIndex(of: "/") {
        case .some(path.startIndex): parent = "/"
        case .some(let slash): parent = String(path[..<slash])
        case .none: parent = "."
        }
        let descriptor = Glibc.open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: parent, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: parent, errno: errno) }
    }
}
