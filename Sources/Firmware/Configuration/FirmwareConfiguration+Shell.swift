internal import ConfigurationText
internal import SignedRecords

extension FirmwareConfiguration {
    /// Where the technician's shell is, and who may log in to it.
    public struct Shell: Sendable, Equatable {
        /// Path of the serial device, or nil for none.
        public var device: String?
        /// Bits a second.
        public var baud = 115_200
        /// Whether the cable has a carrier wire whose loss logs out.
        public var watchesCarrier = false
        /// Path of the local socket, or nil for none.
        public var socket: String?
        /// Ed25519 public keys of the authorities that sign technicians' certificates, 32 bytes each.
        public var authorities: [[UInt8]] = []
        /// Certificates of earlier epochs are refused.
        public var epoch: UInt32 = 0
        /// Numbers of certificates that are refused.
        public var denied: Set<UInt64> = []
        /// The site's name, for certificates of a site.
        public var site: String?
        /// Path of the key that phone codes are made with, or nil for none.
        public var phoneKey: String?

        /// No shell.
        public init() {}
    }

    /// Reads `[shell]`.
    static func readShell(_ table: TomlTable, folder: String) -> Shell {
        var shell = Shell()
        shell.device = table.string("device", required: false).map { resolve($0, in: folder) }
        shell.socket = table.string("socket", length: 1...100, required: false).map { resolve($0, in: folder) }
        if shell.device == nil, shell.socket == nil {
            table.report("device", expected: "a device, a socket, or both", found: "neither")
        }
        let bauds: [Int64] = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600]
        if let baud = table.integer("baud", oneOf: bauds, required: false) { shell.baud = Int(baud) }
        shell.watchesCarrier = table.boolean("carrier", required: false) ?? false
        for (index, text) in (table.strings("authorities", count: 0...8, required: false) ?? []).enumerated() {
            guard let key = Hexadecimal.decode(text), key.count == 32 else {
                table.report("authorities", at: index, expected: "64 hexadecimal digits", found: "\"\(text)\"")
                continue
            }
            shell.authorities.append(key)
        }
        shell.epoch = UInt32(table.integer("epoch", in: 0...Int64(UInt32.max), required: false) ?? 0)
        let denied = table.integers("denied", in: 0...Int64.max, count: 0...1_000, required: false) ?? []
        shell.denied = Set(denied.map { UInt64($0) })
        shell.site = table.string("site", length: 1...32, required: false)
        shell.phoneKey = table.string("phone_key", required: false).map { resolve($0, in: folder) }
        return shell
    }
}
