public import SignedRecords

/// A firmware image that devices may install: its digest stands on the ledger by the word of a release authority.
public struct FirmwareRelease: StateValue {
    public static let noun = "firmware release"

    /// The product that it is for, as genesis records name it.
    public let product: String
    /// For people.
    public let version: String
    /// SHA-256 of the image.
    public let digest: ContentHash
    /// Devices never go below the highest counter that they have run.
    public let securityCounter: UInt32
    /// It must not be installed any more.
    public var isWithdrawn: Bool

    /// Throws `LedgerError.refused` for an empty text, a product over 64 bytes, a version over 32.
    public init(
        product: String, version: String, digest: ContentHash, securityCounter: UInt32, isWithdrawn: Bool = false
    ) throws(LedgerError) {
        try Tariff.check(text: product, what: "product", maximum: 64)
        try Tariff.check(text: version, what: "version", maximum: 32)
        self.product = product
        self.version = version
        self.digest = digest
        self.securityCounter = securityCounter
        self.isWithdrawn = isWithdrawn
    }

    public var items: [CBOR] {
        [
            .text(product), .text(version), .bytes(digest.bytes), .unsigned(UInt64(securityCounter)),
            .bool(isWithdrawn),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        try self.init(
            product: try values.text("product", maximum: 64), version: try values.text("version", maximum: 32),
            digest: try values.identifier("digest", as: ContentHash.self),
            securityCounter: try values.number("security counter", as: UInt32.self),
            isWithdrawn: try values.bool("withdrawn"))
    }
}

/// What a product's devices should run: the newest release, and the least security counter.
public struct ProductFirmware: StateValue {
    public static let noun = "product's firmware"

    /// The newest release's digest.
    public var newest: ContentHash
    /// No release below it is to be installed.
    public var minimumCounter: UInt32

    /// One from its places.
    public init(newest: ContentHash, minimumCounter: UInt32) {
        self.newest = newest
        self.minimumCounter = minimumCounter
    }

    public var items: [CBOR] { [.bytes(newest.bytes), .unsigned(UInt64(minimumCounter))] }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        newest = try values.identifier("newest", as: ContentHash.self)
        minimumCounter = try values.number("minimum counter", as: UInt32.self)
    }
}
