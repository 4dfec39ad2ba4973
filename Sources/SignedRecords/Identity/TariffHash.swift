/// A published tariff: SHA-256 of its CBOR.
public struct TariffHash: DigestBytes {
    public static let noun = "tariff hash"
    public let bytes: [UInt8]

    public init(exactly bytes: [UInt8]) { self.bytes = Self.require(bytes) }
}
