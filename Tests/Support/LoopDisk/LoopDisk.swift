import Glibc

/// A disk of its own for a test: a file behind a loop device with 512-byte sectors, an ext4 with 4096-byte blocks on it,
/// mounted. Needs root.
public final class LoopDisk {
    /// Where it is mounted.
    public let path: String
    private let device: String

    /// What went to the device since it was attached.
    public struct Counters: Hashable, Sendable {
        /// Bytes written.
        public var bytes: Int
        /// Write requests.
        public var writes: Int
        /// Flushes.
        public var flushes: Int

        /// What went to the device between two looks.
        public static func - (later: Counters, earlier: Counters) -> Counters {
            Counters(
                bytes: later.bytes - earlier.bytes, writes: later.writes - earlier.writes,
                flushes: later.flushes - earlier.flushes)
        }
    }

    /// A program that failed, or counters that are not as the kernel documents them.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Whether this process may attach and mount loop devices, and has what that takes.
    public static var isAvailable: Bool {
        geteuid() == 0 && (["/dev/loop-control"] + programs).allSatisfy { access($0, F_OK) == 0 }
    }

    /// Why a test is skipped where there are none.
    public static let need = "loop devices need root, /dev/loop-control, mkfs.ext4 and losetup"

    private static let format = "/usr/sbin/mkfs.ext4"
    private static let attach = "/usr/sbin/losetup"
    private static let programs = [
        format, attach, "/usr/bin/mount", "/usr/bin/umount", "/usr/bin/truncate", "/usr/bin/cat",
    ]

    /// Makes the disk and mounts it below a folder.
    public init(megabytes: Int, in folder: String) throws {
        let image = folder + "/disk.img"
        path = folder + "/disk"
        guard mkdir(path, 0o755) == 0 else { throw Failure(description: "\(path): mkdir failed with errno \(errno)") }
        try LoopDisk.run("/usr/bin/truncate", ["--size=\(megabytes)M", image])
        // All tables at once: the kernel would write the rest of them when it likes, and the counters would count it.
        try LoopDisk.run(
            LoopDisk.format, ["-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image])
        device = try LoopDisk.run(LoopDisk.attach, ["--find", "--show", "--sector-size", "512", image])
        do { try LoopDisk.run("/usr/bin/mount", [device, path]) } catch {
            _ = try? LoopDisk.run(LoopDisk.attach, ["--detach", device])
            throw error
        }
    }

    /// The kernel's counters of the block device (Documentation/block/stat.rst): fields 5, 7 and 16, counted from 1.
    public func counters() throws -> Counters {
        let name = device.split(separator: "/").last.map(String.init) ?? ""
        let text = try LoopDisk.run("/usr/bin/cat", ["/sys/block/\(name)/stat"])
        let fields = text.split { $0 == " " || $0 == "\n" }.compactMap { Int($0) }
        guard fields.count >= 16 else { throw Failure(description: "the kernel counts no flushes: \(text)") }
        // A sector of these counters has 512 bytes, whatever the device's.
        return Counters(bytes: fields[6] * 512, writes: fields[4], flushes: fields[15])
    }

    /// Everything that is still in memory goes to the device.
    public func settle() throws { try LoopDisk.run("/usr/bin/sync", ["--file-system", path]) }

    /// Unmounts and detaches; whoever still has files there is told by the error.
    public func detach() throws {
        try LoopDisk.run("/usr/bin/umount", [path])
        try LoopDisk.run(LoopDisk.attach, ["--detach", device])
    }

    @discardableResult
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let words = ([program] + arguments).map { "'" + $0 + "'" }.joined(separator: " ")
        guard let output = popen(words + " 2>&1 </dev/null", "r") else {
            throw Failure(description: "\(words): popen failed with errno \(errno)")
        }
        var bytes: [UInt8] = []
        while true {
            let byte = fgetc(output)
            if byte == EOF { break }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        let status = pclose(output)
        while bytes.last == 0x0A { bytes.removeLast() }
        let text = String(decoding: bytes, as: UTF8.self)
        guard status == 0 else { throw Failure(description: "\(words): \(status): \(text)") }
        return text
    }
}
