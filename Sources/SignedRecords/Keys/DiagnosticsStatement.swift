/// What a device signs under a diagnostics archive (docs/format.md, "Diagnostics archive"): who it is, when, and the hash of the
/// archive's list of files. The signer makes these bytes itself, so nobody gets others signed this way.
public struct DiagnosticsStatement: Hashable, Sendable {
    public let device: DeviceID
    /// By the device's clock, which nobody vouches for.
    public let time: UTCMilliseconds
    /// SHA-256 of the manifest.
    public let manifest: ContentHash
    /// The Ed25519 key in force, 32 bytes, and its epoch.
    public let publicKey: [UInt8]
    public let epoch: UInt32

    public init(device: DeviceID, time: UTCMilliseconds, manifest: ContentHash, publicKey: [UInt8], epoch: UInt32) {
        self.device = device
        self.time = time
        self.manifest = manifest
        self.publicKey = publicKey
        self.epoch = epoch
    }

    private static let prefix = "wattseal-diagnostics/1"

    /// Deterministic CBOR `["wattseal-diagnostics/1", device, time in ms, manifest hash, Ed25519 key, epoch]`: what is signed.
    public var signedBytes: [UInt8] {
        CBOR.array([
            .text(Self.prefix), .bytes(device.bytes), .unsigned(UInt64(max(0, time.rawValue))),
            .bytes(manifest.bytes), .bytes(publicKey), .unsigned(UInt64(epoch)),
        ]).encode()
    }

    /// Reads such bytes; every other form is refused.
    public init(decoding bytes: [UInt8]) throws(CBORError) {
        let item = try CBOR.decode(bytes, limits: CBORLimits(maximumBytes: 256, maximumDepth: 2))
        func wrong(_ found: String) -> CBORError {
            .field(path: "statement", problem: .outOfRange(expected: "a diagnostics statement", found: found))
        }
        guard let parts = item.arrayValue, parts.count == 6, parts[0].textValue == Self.prefix else {
            throw wrong("another item")
        }
        device = DeviceID(exactly: try CBORFields.bytes(parts[1], "statement.device", count: 32...32))
        let milliseconds = try CBORFields.unsigned(parts[2], "statement.time")
        manifest = ContentHash(exactly: try CBORFields.bytes(parts[3], "statement.manifest", count: 32...32))
        publicKey = try CBORFields.bytes(parts[4], "statement.key", count: 32...32)
        let number = try CBORFields.unsigned(parts[5], "statement.epoch")
        guard let epoch = UInt32(exactly: number), epoch >= 1, let time = Int64(exactly: milliseconds) else {
            throw wrong("epoch \(number), time \(milliseconds)")
        }
        self.epoch = epoch
        self.time = UTCMilliseconds(time)
        guard signedBytes == bytes else { throw wrong("another encoding") }
    }
}
