public import Quantities
public import SignedRecords

/// What a kilowatt-hour costs. Published once, named by the SHA-256 of its encoding, never changed.
public struct Tariff: StateValue {
    public static let noun = "tariff"

    /// The version of this format: one price, no windows.
    public static let version: UInt64 = 1
    /// The longest name.
    public static let maximumNameBytes = 64
    /// The highest price: a million units for a kilowatt-hour.
    public static let maximumPrice = PricePerKilowattHour(1_000_000_000_000)

    /// What drivers see.
    public let name: String
    /// The price, which needs no clock.
    public let price: PricePerKilowattHour

    /// Throws `LedgerError.refused` for an empty or long name and a price outside 0 to `maximumPrice`.
    public init(name: String, price: PricePerKilowattHour) throws(LedgerError) {
        guard (1...Self.maximumNameBytes).contains(name.utf8.count) else {
            throw .refused(
                what: "tariff name", expected: "1 to \(Self.maximumNameBytes) bytes", found: "\(name.utf8.count)")
        }
        guard name.unicodeScalars.allSatisfy({ !($0.value < 0x20 || (0x7F...0x9F).contains($0.value)) }) else {
            throw .refused(what: "tariff name", expected: "no control characters", found: "one")
        }
        guard price >= .zero, price <= Self.maximumPrice else {
            throw .refused(
                what: "price", expected: "0 to \(Self.maximumPrice.rawValue) microunits a kWh",
                found: "\(price.rawValue)")
        }
        self.name = name
        self.price = price
    }

    /// The tariff's name on the ledger.
    public var hash: TariffHash { TariffHash(hashing: encoded()) }

    public var items: [CBOR] {
        [.unsigned(Self.version), .text(name), .integer(price.rawValue), .array([])]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let version = try values.unsigned("version")
        guard version == Self.version else {
            throw .malformed(what: Self.noun, reason: "version \(version), expected \(Self.version)")
        }
        let name = try values.text("name", maximum: Self.maximumNameBytes)
        let price = try values.quantity("price", as: PricePerKilowattHour.self)
        try values.emptyArray("windows")
        try self.init(name: name, price: price)
    }
}
