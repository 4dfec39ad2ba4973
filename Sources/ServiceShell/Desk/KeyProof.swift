/// That the device has its private key now: a signature over a nonce that it could not know before.
public struct KeyProof: Equatable, Sendable, Reportable {
    public var device: [UInt8]
    public var epoch: UInt32
    public var publicKey: [UInt8]
    /// What was signed: `PossessionStatement`.
    public var statement: [UInt8]
    public var signature: [UInt8]

    public init(device: [UInt8], epoch: UInt32, publicKey: [UInt8], statement: [UInt8], signature: [UInt8]) {
        self.device = device
        self.epoch = epoch
        self.publicKey = publicKey
        self.statement = statement
        self.signature = signature
    }

    var report: Report {
        var report = Report()
        report.add("device", .bytes(device))
        report.add("epoch", .count(UInt64(epoch)))
        report.add("ed25519", .bytes(publicKey))
        report.add("statement", .bytes(statement))
        report.add("signature", .bytes(signature))
        return report
    }
}
