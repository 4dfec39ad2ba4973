import FoundationEssentials
import Glibc

/// A folder of Linux as the updater's disk.
public final class FolderDisk: UpdateDisk {
    /// The folder's place.
    public let path: String

    public init(path: String) { self.path = path }

    /// A descriptor that is closed when it goes.
    private final class Descriptor {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { close(number) }
    }

    /// Where a path of this disk lies.
    public func place(of path: String) -> String { path.isEmpty ? self.path : "\(self.path)/\(path)" }

    private func opened(_ path: String, _ flags: Int32) throws(FirmwareUpdateError) -> Descriptor {
        let place = place(of: path)
        let descriptor = open(place, flags | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .storage(call: "open", path: place, errno: errno) }
        return Descriptor(descriptor)
    }

    private func require(_ holds: Bool, _ call: String, _ path: String) throws(FirmwareUpdateError) {
        let code = errno
        guard holds else { throw .storage(call: call, path: place(of: path), errno: code) }
    }

    public func names(in folder: String) throws(FirmwareUpdateError) -> [String]? {
        guard let stream = opendir(place(of: folder)) else {
            if errno == ENOENT { return nil }
            throw .storage(call: "opendir", path: place(of: folder), errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                try require(errno == 0, "readdir", folder)
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    public func status(of path: String) throws(FirmwareUpdateError) -> DiskFile? {
        var status = stat()
        guard lstat(place(of: path), &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .storage(call: "lstat", path: place(of: path), errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        return DiskFile(length: UInt64(status.st_size), isExecutable: status.st_mode & 0o111 == 0o111)
    }

    public func read(_ path: String, at offset: UInt64, count: Int) throws(FirmwareUpdateError) -> [UInt8] {
        let file = try opened(path, O_RDONLY | O_NONBLOCK)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    file.number, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .storage(call: "read", path: place(of: path), errno: failure) }
        return bytes
    }

    public func makeFolder(_ path: String) throws(FirmwareUpdateError) {
        try require(mkdir(place(of: path), 0o755) == 0 || errno == EEXIST, "mkdir", path)
    }

    public func create(_ path: String, isExecutable: Bool) throws(FirmwareUpdateError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(place(of: path), flags, isExecutable ? 0o755 : 0o644)
        try require(descriptor >= 0, "open", path)
        close(descriptor)
    }

    public func reserve(_ path: String, length: UInt64) throws(FirmwareUpdateError) {
        let file = try opened(path, O_RDWR)
        let code = posix_fallocate(file.number, 0, off_t(length))
        guard code == 0 else { throw .storage(call: "posix_fallocate", path: place(of: path), errno: code) }
    }

    public func write(_ bytes: ArraySlice<UInt8>, to path: String, at offset: UInt64) throws(FirmwareUpdateError) {
        try write(bytes, to: try opened(path, O_WRONLY), path, at: offset)
    }

    public func writeThrough(_ bytes: [UInt8], to path: String, at offset: UInt64) throws(FirmwareUpdateError) {
        try write(bytes[...], to: try opened(path, O_WRONLY | O_DSYNC), path, at: offset)
    }

    private func write(
        _ bytes: ArraySlice<UInt8>, to file: Descriptor, _ path: String, at offset: UInt64
    ) throws(FirmwareUpdateError) {
        var (rest, offset) = (bytes, off_t(offset))
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .storage(call: "write", path: place(of: path), errno: count < 0 ? errno : EIO)
            }
            rest = rest.dropFirst(count)
            offset += off_t(count)
        }
    }

    public func truncate(_ path: String, to length: UInt64) throws(FirmwareUpdateError) {
        let file = try opened(path, O_WRONLY)
        try require(ftruncate(file.number, off_t(length)) == 0, "ftruncate", path)
    }

    public func flush(_ path: String) throws(FirmwareUpdateError) {
        let file = try opened(path, O_RDONLY)
        try require(fsync(file.number) == 0, "fsync", path)
    }

    public func flushFolder(_ path: String) throws(FirmwareUpdateError) {
        let folder = try opened(path, O_RDONLY | O_DIRECTORY)
        try require(fsync(folder.number) == 0, "fsync", path)
    }

    public func rename(_ path: String, to newPath: String) throws(FirmwareUpdateError) {
        try require(Glibc.rename(place(of: path), place(of: newPath)) == 0, "rename", newPath)
    }

    public func remove(_ path: String) throws(FirmwareUpdateError) {
        var status = stat()
        guard lstat(place(of: path), &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw .storage(call: "lstat", path: place(of: path), errno: errno)
        }
        // Links are removed, not followed.
        do { try FileManager.default.removeItem(atPath: place(of: path)) } catch {
            throw .storage(call: "remove", path: place(of: path), errno: EIO)
        }
    }

    public func forgetCache(of path: String) throws(FirmwareUpdateError) {
        let file = try opened(path, O_RDONLY | O_NONBLOCK)
        // Only advice: the pages are clean after the flush, and Linux drops them.
        let code = posix_fadvise(file.number, 0, 0, POSIX_FADV_DONTNEED)
        guard code == 0 else { throw .storage(call: "posix_fadvise", path: place(of: path), errno: code) }
    }
}
