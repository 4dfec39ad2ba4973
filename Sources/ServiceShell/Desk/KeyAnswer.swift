/// The device's keys, as far as anyone may see them.
public struct KeyAnswer: Equatable, Sendable, Reportable {
    /// The device's id: SHA-256 of its first Ed25519 public key.
    public var device: [UInt8]
    public var epoch: UInt32
    /// What keeps the private ones: "software" and so on.
    public var protection: String
    public var ed25519: [UInt8]
    public var p256: [UInt8]

    public init(device: [UInt8], epoch: UInt32, protection: String, ed25519: [UInt8], p256: [UInt8]) {
        self.device = device
        self.epoch = epoch
        self.protection = protection
        self.ed25519 = ed25519
        self.p256 = p256
    }

    var report: Report {
        var report = Report()
        report.add("device", .bytes(device))
        report.add("epoch", .count(UInt64(epoch)))
        report.add("protection", .text(protection))
        report.add("ed25519", .bytes(ed25519))
        report.add("p256", .bytes(p256))
        return report
    }
}
