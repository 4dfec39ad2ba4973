public import SignedRecords

/// What is kept of a grant that was released or replaced: a begin record that reaches the ledger late still names it, and
/// its chain must go on; such a session is recorded and unpaid.
public struct ReleasedGrant: StateValue {
    public static let noun = "released grant"

    /// Who had set the money aside.
    public let payer: AccountID
    /// Where.
    public let device: DeviceID
    /// At which connector.
    public let chain: ChainNumber
    /// Under which tariff.
    public let tariff: TariffHash

    /// What is kept of `grant`, which stood at this connector.
    public init(_ grant: Grant, device: DeviceID, chain: ChainNumber) {
        payer = grant.payer
        self.device = device
        self.chain = chain
        tariff = grant.tariff
    }

    public var items: [CBOR] {
        [.bytes(payer.bytes), .bytes(device.bytes), .unsigned(UInt64(chain.rawValue)), .bytes(tariff.bytes)]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        payer = try values.identifier("payer", as: AccountID.self)
        device = try values.identifier("device", as: DeviceID.self)
        chain = ChainNumber(rawValue: try values.number("chain", as: UInt32.self))
        tariff = try values.identifier("tariff", as: TariffHash.self)
    }
}
