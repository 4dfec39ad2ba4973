import Glibc

/// A directory on a real file system.
///
/// Durable writes go past the page cache (`O_DIRECT | O_DSYNC`) where the file system takes that; otherwise they are buffered
/// and followed by `fdatasync`. Reads go past the cache too, so that what recovery believes is on the disk is on the disk.
/// A writer holds an exclusive lock on the directory for as long as it lives.
public final class FileStorage: JournalStorage {
    public let sectorBytes: Int
    /// Whether reads and durable writes go past the page cache.
    public let isDirect: Bool
    /// The directory's path, for messages.
    public let path: String

    private let directory: Int32
    private let isWritable: Bool
    private let buffer: UnsafeMutableRawPointer
    private static let bufferBytes = 1 << 18
    private static let alignment = 4_096
    private var openFiles: [String: OpenFile] = [:]

    private struct OpenFile {
        var direct: Int32
        var buffered: Int32
    }

    /// Opens a journal directory for its one writer, making it (mode 0700) where its parent exists.
    ///
    /// Throws a fault of `.lock` with `EWOULDBLOCK` where another process has it.
    public static func writer(directory path: String) throws(StorageFault) -> FileStorage {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw StorageFault(.openDirectory, path, errno: errno) }
        return try FileStorage(path: path, isWritable: true)
    }

    /// Opens a journal directory for reading only, also while a writer has it.
    public static func reader(directory path: String) throws(StorageFault) -> FileStorage {
        try FileStorage(path: path, isWritable: false)
    }

    private init(path: String, isWritable: Bool) throws(StorageFault) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageFault(.openDirectory, path, errno: errno) }
        if isWritable, flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            Glibc.close(descriptor)
            throw StorageFault(.lock, path, errno: code)
        }
        self.path = path
        self.isWritable = isWritable
        directory = descriptor
        buffer = UnsafeMutableRawPointer.allocate(
            byteCount: FileStorage.bufferBytes, alignment: FileStorage.alignment)
        buffer.initializeMemory(as: UInt8.self, repeating: 0, count: FileStorage.bufferBytes)
        let probed = isWritable ? FileStorage.probe(directory: descriptor, buffer: buffer) : nil
        // A reader asks for direct reads file by file; the journal's own header tells it the slot size.
        isDirect = isWritable ? probed != nil : true
        sectorBytes = probed ?? 512
    }

    deinit {
        for file in openFiles.values { FileStorage.closeBoth(file) }
        buffer.deallocate()
        Glibc.close(directory)
    }

    /// The smallest direct write that the file system takes, or `nil` where it takes none.
    private static func probe(directory: Int32, buffer: UnsafeMutableRawPointer) -> Int? {
        let name = "probe.tmp"
        unlinkat(directory, name, 0)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | FileFlags.direct | O_DSYNC
        let file = openat(directory, name, flags, 0o600)
        guard file >= 0 else { return nil }
        defer {
            Glibc.close(file)
            unlinkat(directory, name, 0)
        }
        for count in [512, 4_096] where pwrite(file, buffer, count, 0) == count { return count }
        return nil
    }

    public func names() throws(StorageFault) -> [String] {
        // A second descriptor: reading a directory moves its offset.
        let descriptor = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
            throw StorageFault(.list, path, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func byteCount(of name: String) throws(StorageFault) -> Int {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw StorageFault(.status, name, errno: errno)
        }
        return Int(status.st_size)
    }

    public func read(_ name: String, at offset: Int, count: Int) throws(StorageFault) -> [UInt8] {
        let file = try opened(name)
        if file.direct < 0 {
            // Without direct reads, at least the clean pages of the cache are given back first.
            posix_fadvise(file.buffered, off_t(offset), off_t(count), POSIX_FADV_DONTNEED)
        }
        let descriptor = file.direct >= 0 ? file.direct : file.buffered
        var output: [UInt8] = []
        output.reserveCapacity(count)
        // Direct reads are whole sectors: start at the sector below, and cut.
        var position = offset - offset % FileStorage.alignment
        while output.count < count {
            let wanted = offset - position + count - output.count
            let rounded = (max(wanted, 1) + FileStorage.alignment - 1) / FileStorage.alignment * FileStorage.alignment
            let request = min(rounded, FileStorage.bufferBytes)
            let received = pread(descriptor, buffer, request, off_t(position))
            if received < 0, errno == EINTR { continue }
            guard received >= 0 else { throw StorageFault(.read, name, errno: errno) }
            let skipped = max(0, offset - position)
            if received <= skipped { break }
            let usable = min(received - skipped, count - output.count)
            let start = buffer.advanced(by: skipped)
            output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: usable))
            position += received
            if received < request { break }
        }
        return output
    }

    public func create(_ name: String) throws(StorageFault) {
        let file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StorageFault(.create, name, errno: errno) }
        Glibc.close(file)
    }

    public func write(_ bytes: [UInt8], to name: String, at offset: Int, durably: Bool) throws(StorageFault) {
        let file = try opened(name)
        guard durably, file.direct >= 0, bytes.count <= FileStorage.bufferBytes else {
            try writeBuffered(bytes, file.buffered, name, at: offset)
            if durably, fdatasync(file.buffered) != 0 { throw StorageFault(.sync, name, errno: errno) }
            return
        }
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: $0.count)
        }
        let written = pwrite(file.direct, buffer, bytes.count, off_t(offset))
        // A short write is an error: nothing says which part will survive.
        guard written == bytes.count else { throw StorageFault(.write, name, errno: written < 0 ? errno : EIO) }
    }

    private func writeBuffered(
        _ bytes: [UInt8], _ descriptor: Int32, _ name: String, at offset: Int
    ) throws(StorageFault) {
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        guard written == bytes.count else { throw StorageFault(.write, name, errno: written < 0 ? errno : ENOSPC) }
    }

    public func sync(_ name: String) throws(StorageFault) {
        let file = try opened(name)
        guard fdatasync(file.buffered) == 0 else { throw StorageFault(.sync, name, errno: errno) }
    }

    public func rename(_ name: String, to newName: String) throws(StorageFault) {
        guard renameat(directory, name, directory, newName) == 0 else {
            throw StorageFault(.rename, name, errno: errno)
        }
        forget(newName)
        if let file = openFiles.removeValue(forKey: name) { openFiles[newName] = file }
    }

    public func remove(_ name: String) throws(StorageFault) {
        forget(name)
        guard unlinkat(directory, name, 0) == 0 else { throw StorageFault(.remove, name, errno: errno) }
    }

    public func syncDirectory() throws(StorageFault) {
        guard fsync(directory) == 0 else { throw StorageFault(.syncDirectory, path, errno: errno) }
    }

    private func opened(_ name: String) throws(StorageFault) -> OpenFile {
        if let file = openFiles[name] { return file }
        let access = (isWritable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC
        let buffered = openat(directory, name, access)
        guard buffered >= 0 else { throw StorageFault(.read, name, errno: errno) }
        let direct = isDirect ? openat(directory, name, access | FileFlags.direct | O_DSYNC) : -1
        let file = OpenFile(direct: direct, buffered: buffered)
        // A reader must not hold a segment that was pruned under it; a writer has few files.
        if openFiles.count >= 8 { closeAll() }
        openFiles[name] = file
        return file
    }

    /// Closes every file, so that names are looked up again.
    public func closeAll() {
        for file in openFiles.values { FileStorage.closeBoth(file) }
        openFiles.removeAll()
    }

    private func forget(_ name: String) {
        if let file = openFiles.removeValue(forKey: name) { FileStorage.closeBoth(file) }
    }

    private static func closeBoth(_ file: OpenFile) {
        if file.direct >= 0 { Glibc.close(file.direct) }
        Glibc.close(file.buffered)
    }
}
