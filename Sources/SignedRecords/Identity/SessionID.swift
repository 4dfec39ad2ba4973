/// A charging session, derived from what opened it, so that anyone can recompute it.
public struct SessionID: FixedBytes {
    public static let byteCount = 16
    public static let noun = "session id"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }

    /// The first 16 bytes of SHA-256 over CBOR `[grant hash, device id, chain, begin sequence]`.
    public static func derive(
        grant: GrantHash, device: DeviceID, chain: ChainNumber, beginSequence: UInt64
    ) -> SessionID {
        let subject = CBOR.array([
            .bytes(grant.bytes), .bytes(device.bytes), .unsigned(UInt64(chain.rawValue)), .unsigned(beginSequence),
        ])
        return SessionID(exactly: Array(ContentHash(hashing: subject.encode()).bytes.prefix(byteCount)))
    }
}
