internal import Glibc

/// How much room the file system of a folder has for this process.
struct DiskRoom: Equatable, Sendable {
    /// In bytes.
    let free: UInt64
    let total: UInt64

    /// nil where the system does not say.
    init?(of folder: String) {
        var room = statvfs()
        guard statvfs(folder, &room) == 0 else { return nil }
        free = UInt64(room.f_bavail) * UInt64(room.f_frsize)
        total = UInt64(room.f_blocks) * UInt64(room.f_frsize)
    }

    init(free: UInt64, total: UInt64) {
        self.free = free
        self.total = total
    }
}
