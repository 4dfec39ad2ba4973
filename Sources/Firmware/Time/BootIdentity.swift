import Glibc
import SignedRecords

/// Which boot of this machine it is: the kernel's random boot id, and a count that survives power cuts.
///
/// A record's monotonic time only means something together with them. The count stands beside the id in one small file;
/// an id that is not the file's means a new boot.
struct BootIdentity: Equatable, Sendable {
    let boot: BootID
    let count: UInt32

    /// Reads the kernel's boot id and counts this boot if it is new.
    ///
    /// - Throws: `FirmwareError.room` where the kernel gives no id, or the file is not what this type wrote.
    static func read(
        countFile: String, kernelFile: String = "/proc/sys/kernel/random/boot_id"
    ) throws(FirmwareError) -> BootIdentity {
        let boot = try kernelBoot(kernelFile)
        var count: UInt32 = 1
        if let known = try SmallFile.read(countFile) {
            let words = known.split(whereSeparator: { $0 == " " || $0 == "\n" })
            guard words.count == 2, let old = UInt32(words[1]), old < UInt32.max else {
                throw .room("boot", reason: "\(countFile): expected a boot id and a count, got '\(known)'")
            }
            if words[0] == boot.hex { return BootIdentity(boot: boot, count: old) }
            count = old + 1
        }
        try SmallFile.replace(countFile, with: "\(boot.hex) \(count)\n")
        return BootIdentity(boot: boot, count: count)
    }

    /// The kernel's id of this boot alone.
    static func kernelBoot(_ kernelFile: String = "/proc/sys/kernel/random/boot_id") throws(FirmwareError) -> BootID {
        guard let text = try SmallFile.read(kernelFile) else {
            throw .room("boot", reason: "\(kernelFile) is missing")
        }
        let digits = text.filter { $0 != "-" && $0 != "\n" }
        guard let boot = try? BootID(hex: digits) else {
            throw .room("boot", reason: "\(kernelFile): expected a boot id, got '\(text)'")
        }
        return boot
    }
}
