import Crypto
import Glibc

/// Something that a key file is wrapped with: the random secret, or what sets this machine apart.
///
/// A machine's marks are not secret from whoever holds the machine; they keep a copy of the storage alone from being enough.
struct WrapSource: Sendable, Equatable {
    /// As it stands in key files: `secret`, `device-tree-serial`, `emmc-cid`, `machine-id`.
    let name: String
    /// What it may be; more than one where several parts of a kind are there. The first is used for new files.
    let values: [[UInt8]]

    static let secretName = "secret"

    /// Tells values of a source apart in messages: the first 4 bytes of the hash of `wattseal-wrap-source/1`, the name, a
    /// zero, and the value.
    static func fingerprint(_ name: String, _ value: [UInt8]) -> [UInt8] {
        let text = Array("wattseal-wrap-source/1".utf8) + Array(name.utf8) + [0] + value
        return Array(SHA256.hash(data: text).prefix(4))
    }

    /// What this machine shows of itself. `root` is where its file system begins, for tests.
    static func ofMachine(root: String = "") -> [WrapSource] {
        var sources: [WrapSource] = []
        for path in ["/proc/device-tree/serial-number", "/sys/firmware/devicetree/base/serial-number"] {
            if let serial = text(root + path), !serial.isEmpty {
                sources.append(WrapSource(name: "device-tree-serial", values: [serial]))
                break
            }
        }
        // An SD card comes and goes; only what is soldered counts.
        let cards = (0..<8).map { "\(root)/sys/block/mmcblk\($0)/device/" }.filter {
            text($0 + "type") == Array("MMC".utf8)
        }.compactMap { text($0 + "cid") }.filter { $0.count == 32 }
        if !cards.isEmpty { sources.append(WrapSource(name: "emmc-cid", values: cards)) }
        if let id = machineID(root: root) { sources.append(WrapSource(name: "machine-id", values: [id])) }
        return sources
    }

    /// The machine id, where it lasts: systemd mounts a file of the run-time directory over it where /etc cannot be written,
    /// and that one is another at each boot.
    private static func machineID(root: String) -> [UInt8]? {
        let path = "\(root)/etc/machine-id"
        var (file, folder) = (stat(), stat())
        guard stat(path, &file) == 0, stat("\(root)/etc", &folder) == 0, file.st_dev == folder.st_dev,
            let id = text(path), id.count == 32
        else { return nil }
        return id
    }

    /// A small file without the zero and the line ends behind its text; nil where it cannot be read.
    private static func text(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { return nil }
        bytes.removeLast(bytes.count - count)
        while let last = bytes.last, last == 0 || last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }
}
