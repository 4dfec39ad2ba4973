import Foundation
import Testing

/// A disk of its own for a test: a file behind a loop device, with ext4, mounted. Needs root.
final class LoopDisk {
    /// Where it is mounted.
    let path: String
    private let device: String

    /// What went to the device since it was attached.
    struct Counters {
        /// Bytes written.
        var bytes: Int
        /// Write requests.
        var writes: Int
        /// Flushes.
        var flushes: Int
    }

    init(megabytes: Int, in folder: URL) throws {
        let image = folder.appendingPathComponent("disk.img").path
        path = folder.appendingPathComponent("disk").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Rig.run("/usr/bin/truncate", ["--size=\(megabytes)M", image])
        try Rig.run("/usr/sbin/mkfs.ext4", ["-q", "-b", "4096", image])
        device = try Rig.run("/usr/sbin/losetup", ["--find", "--show", image])
        do { try Rig.run("/usr/bin/mount", [device, path]) } catch {
            _ = try? Rig.run("/usr/sbin/losetup", ["--detach", device])
            throw error
        }
    }

    /// The kernel's counters of the block device (Documentation/block/stat.rst): fields 5, 7 and 16.
    func counters() throws -> Counters {
        let name = device.split(separator: "/").last.map(String.init) ?? ""
        let text = try String(contentsOfFile: "/sys/block/\(name)/stat", encoding: .utf8)
        let fields = text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        try #require(fields.count >= 16, "the kernel counts no flushes: \(text)")
        return Counters(bytes: fields[6] * 512, writes: fields[4], flushes: fields[15])
    }

    /// Unmounts and detaches; whoever still has files there is told by the error.
    func detach() throws {
        try Rig.run("/usr/bin/umount", [path])
        try Rig.run("/usr/sbin/losetup", ["--detach", device])
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs only where loop devices can be mounted.
    static var needsLoopDevices: Self {
        .enabled(
            if: geteuid() == 0 && FileManager.default.fileExists(atPath: "/dev/loop-control"),
            "loop devices need root and /dev/loop-control")
    }

    /// Runs only where a process can be killed at a chosen system call.
    static var needsStrace: Self {
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed")
    }
}
