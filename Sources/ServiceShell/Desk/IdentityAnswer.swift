public import Quantities

/// Which charger this is, and what runs on it.
public struct IdentityAnswer: Equatable, Sendable, Reportable {
    public var product: String
    public var serial: String
    public var board: String
    /// The device's id: SHA-256 of its first Ed25519 public key.
    public var device: [UInt8]
    /// What keeps the key: "software" and so on.
    public var keyProtection: String
    public var firmwareVersion: String
    /// SHA-256 of the running firmware.
    public var firmwareDigest: [UInt8]
    /// The slot that runs, where there are slots.
    public var slot: String?
    /// The board lacks a hardware safety path, and sells nothing.
    public var isBench: Bool
    /// How much faster than life the energy counts; 1 on a real charger.
    public var energyFactor: UInt32
    public var bootCount: UInt32?
    /// Since the firmware started.
    public var uptime: Nanoseconds
    /// Why a technician ended the firmware before this start, where one did.
    public var restartReason: String?
    /// Why no firmware runs, and what is left to do, a line each; empty where it runs.
    public var rescue: [String]

    public init(
        product: String, serial: String, board: String, device: [UInt8], keyProtection: String, firmwareVersion: String,
        firmwareDigest: [UInt8], slot: String? = nil, isBench: Bool, energyFactor: UInt32, bootCount: UInt32? = nil,
        uptime: Nanoseconds, restartReason: String? = nil, rescue: [String] = []
    ) {
        self.product = product
        self.serial = serial
        self.board = board
        self.device = device
        self.keyProtection = keyProtection
        self.firmwareVersion = firmwareVersion
        self.firmwareDigest = firmwareDigest
        self.slot = slot
        self.isBench = isBench
        self.energyFactor = energyFactor
        self.bootCount = bootCount
        self.uptime = uptime
        self.restartReason = restartReason
        self.rescue = rescue
    }

    var report: Report {
        var report = Report()
        report.add("product", .text(product))
        report.add("serial", .text(serial))
        report.add("board", .text(board))
        report.add("bench", .flag(isBench))
        report.add("device", .bytes(device))
        report.add("key protection", .text(keyProtection))
        report.add("firmware", .text(firmwareVersion))
        report.add("firmware digest", .bytes(firmwareDigest))
        report.add("slot", slot.map { .text($0) } ?? .nothing)
        report.add("energy factor", .count(UInt64(energyFactor)))
        report.add("boots", .count(bootCount.map(UInt64.init)))
        report.add("uptime", .duration(uptime))
        if !rescue.isEmpty { report.add("rescue", .text(rescue.joined(separator: "; "))) }
        if let restartReason { report.add("restarted for", .text(restartReason)) }
        return report
    }
}
