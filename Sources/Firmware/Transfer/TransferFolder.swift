internal import FoundationEssentials
internal import Glibc
internal import ServiceShell
internal import Synchronization

/// The folder that a file comes in to, before anything about it is known. It is empty but during a transfer; a crash may leave
/// something, which the next start removes.
final class TransferFolder: Sendable {
    let path: String
    /// The program that receives.
    let program: String
    private let longestFile: UInt64
    private let ending = Atomic<Bool>(false)

    /// - Parameters:
    ///   - home: the folder of everything that the device keeps.
    ///   - longestFile: in bytes; no bundle is longer than 256 MiB (docs/updates.md).
    init(home: String, program: String = "/usr/bin/rz", longestFile: UInt64 = 256 << 20) {
        path = home + "/transfer"
        self.program = program
        self.longestFile = longestFile
    }

    /// Whether the firmware ends; a file that is being handed on is given up then.
    var isEnding: Bool { ending.load(ordering: .acquiring) }

    func end() { ending.store(true, ordering: .releasing) }

    /// Whether a file is coming in, or being handed on.
    var isUsed: Bool { access(path, F_OK) == 0 }

    /// Why nothing can come in now; nil where it can.
    var obstacle: String? {
        guard access(program, X_OK) == 0 else {
            return "\(program) is not there; on Debian it comes with the package lrzsz"
        }
        return nil
    }

    /// Removes whatever is there.
    func clear() throws(ServiceShellError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw .unavailable("the folder \(path) cannot be removed: \(error)")
        }
    }

    /// Makes it anew, empty.
    ///
    /// - Returns: the longest file that it takes: half of the room that the disk has, since records and slots need theirs.
    func prepare() throws(ServiceShellError) -> UInt64 {
        if let obstacle { throw .unavailable(obstacle) }
        try clear()
        guard mkdir(path, 0o700) == 0 else { throw .unavailable("mkdir \(path): \(systemMessage(errno))") }
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { throw .unavailable("statvfs \(path): \(systemMessage(errno))") }
        let free = UInt64(disk.f_bavail) * UInt64(disk.f_frsize)
        let longest = min(longestFile, free / 2)
        guard longest >= 1 << 20 else { throw .unavailable("the disk has no room: \(free) bytes free") }
        return longest
    }

    /// What lies in it. What cannot be looked at counts as something that does not belong there.
    var content: ReceivedContent {
        var content = ReceivedContent(files: 0, others: 0, bytes: 0)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            content.others = 1
            return content
        }
        for name in names {
            var status = stat()
            if lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 {
                content.files += 1
                content.bytes += UInt64(max(status.st_size, 0))
            } else {
                content.others += 1
            }
        }
        return content
    }

    /// Opens the one file that came in, whatever its name.
    ///
    /// - Returns: its descriptor, which the caller closes, and its length in bytes.
    func openFile() throws(ServiceShellError) -> (descriptor: Int32, length: UInt64) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let found = content
        guard names.count == 1, found.files == 1, found.others == 0 else {
            throw .notReceived("expected one file, found \(found.files) and \(found.others) others")
        }
        let name = "\(path)/\(names[0])"
        // The sender chose its mode; nobody else writes here any more.
        chmod(name, 0o600)
        let descriptor = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .notReceived("open \(name): \(systemMessage(errno))") }
        return (descriptor, found.bytes)
    }
}
