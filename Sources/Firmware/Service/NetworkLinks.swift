import Glibc
import ServiceShell

/// The machine's network links, as the kernel shows them below /sys and /proc.
///
/// The daemon may open no netlink socket, so addresses come from an ioctl (IPv4, the link's first) and from /proc (IPv6).
struct NetworkLinks {
    private let sysfs: String
    private let addressesV6: String

    /// By the kernel's names.
    private static let counters = ["rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"]

    init(sysfs: String = "/sys/class/net", addressesV6: String = "/proc/net/if_inet6") {
        self.sysfs = sysfs
        self.addressesV6 = addressesV6
    }

    func all() throws(FirmwareError) -> [LinkAnswer] {
        guard let folder = opendir(sysfs) else { throw .system(call: "open \(sysfs)", errno: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // `bonding_masters` and its like are no links.
            if !name.hasPrefix("."), value("\(name)/operstate") != nil { names.append(name) }
        }
        let sixes = (try? SmallFile.read(addressesV6)) ?? nil
        return names.sorted().map { name in
            LinkAnswer(
                name: name, state: value("\(name)/operstate") ?? "unknown",
                hasCarrier: value("\(name)/carrier").map { $0 == "1" }, addresses: addresses(of: name, sixes),
                counters: Self.counters.map { ($0, value("\(name)/statistics/\($0)").flatMap { UInt64($0) }) })
        }
    }

    /// The one line of a file; nil where it cannot be read (the carrier of a link that is down).
    private func value(_ path: String) -> String? {
        guard let text = (try? SmallFile.read("\(sysfs)/\(path)", limit: 64)) ?? nil else { return nil }
        return String(text.prefix { $0 != "\n" })
    }

    private func addresses(of name: String, _ sixes: String?) -> [String]? {
        let four = Self.addressV4(of: name)
        guard four != nil || sixes != nil else { return nil }
        return (four ?? []) + Self.addressesV6(of: name, in: sixes ?? "")
    }

    /// The first IPv4 address of a link, empty for none; nil where the system does not tell.
    private static func addressV4(of name: String) -> [String]? {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // struct ifreq of 40 bytes: the name, 16, and a sockaddr_in, whose address begins 4 bytes in.
        var request = [UInt8](repeating: 0, count: 40)
        for (index, byte) in name.utf8.prefix(15).enumerated() { request[index] = byte }
        let code = request.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { ioctl(descriptor, UInt(SIOCGIFADDR), $0) } ?? -1
        }
        guard code == 0 else { return errno == EADDRNOTAVAIL ? [] : nil }
        return [request[20..<24].map { String($0) }.joined(separator: ".")]
    }

    /// Lines of eight groups in one word, index, prefix, scope, flags, name.
    static func addressesV6(of name: String, in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 6, words[5] == name, words[0].utf8.count == 32 else { return nil }
            let digits = Array(words[0])
            let groups = stride(from: 0, to: 32, by: 4).map { String(digits[$0..<($0 + 4)]) }.joined(separator: ":")
            var binary = in6_addr()
            var shown = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            guard inet_pton(AF_INET6, groups, &binary) == 1,
                inet_ntop(AF_INET6, &binary, &shown, socklen_t(shown.count)) != nil
            else { return nil }
            return String(decoding: shown.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
