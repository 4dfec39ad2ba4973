/// One run of the machine between power-ups: 16 random bytes that the kernel or the daemon made at boot.
public struct BootID: FixedBytes {
    public static let byteCount = 16
    public static let noun = "boot id"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
