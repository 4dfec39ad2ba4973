public import SignedRecords

/// What the device asks of who wants to log in: 89 bytes, shown in Base64 (docs/service-shell.md, "Login").
public struct LoginChallenge: Equatable, Sendable {
    /// Bytes of a challenge.
    public static let byteCount = 89
    private static let version: UInt8 = 1
    /// Stands before what a technician's key signs.
    private static let domain = Array("wattseal-login/1\0".utf8)

    public var device: DeviceID
    public var boot: BootID
    /// 32 random bytes, for one answer.
    public var nonce: [UInt8]
    /// The latest time that the device has proof of: seconds since 1970.
    public var time: UInt32
    /// The technicians' epoch that it was told of last.
    public var epoch: UInt32

    public init(device: DeviceID, boot: BootID, nonce: [UInt8], time: UInt32, epoch: UInt32) {
        self.device = device
        self.boot = boot
        self.nonce = nonce
        self.time = time
        self.epoch = epoch
    }

    /// All 89 bytes.
    public func encoded() -> [UInt8] {
        var bytes = [Self.version] + device.bytes + boot.bytes + nonce
        bytes.appendBigEndian(time)
        bytes.appendBigEndian(epoch)
        return bytes
    }

    /// Reads a challenge.
    public init(decoding bytes: [UInt8]) throws(LoginRefusal) {
        guard bytes.count == Self.byteCount, bytes[0] == Self.version else {
            throw .malformed("a challenge of \(Self.byteCount) bytes of version \(Self.version)")
        }
        device = DeviceID(exactly: Array(bytes[1..<33]))
        boot = BootID(exactly: Array(bytes[33..<49]))
        nonce = Array(bytes[49..<81])
        time = UInt32(bigEndianBytes: bytes[81..<85])
        epoch = UInt32(bigEndianBytes: bytes[85..<89])
    }

    /// What the technician's key signs to take a role with a certificate.
    public func statement(role: AccessRole, certificate: ContentHash) -> [UInt8] {
        Self.domain + device.bytes + boot.bytes + nonce + [role.rawValue] + certificate.bytes
    }
}
