public import Quantities
public import SignedRecords

/// The rules of this ledger; written at genesis.
public struct LedgerParameters: StateValue {
    public static let noun = "parameters"

    /// The version of this value's format.
    public static let version: UInt64 = 1

    /// The platform's share of every payment.
    public let commission: BasisPoints
    /// The least amount of a grant.
    public let minimumGrant: Microunits
    /// How far a synchronised record time may stray from block times.
    public let toleranceMilliseconds: Int64
    /// How long validators answer for what they signed.
    public let evidenceWindowSeconds: Int64
    /// Where the commission goes.
    public let platform: AccountID

    /// Throws `LedgerError.refused` for a commission outside 0 to 10 000 basis points, or a negative number.
    public init(
        commission: BasisPoints, minimumGrant: Microunits, toleranceMilliseconds: Int64, evidenceWindowSeconds: Int64,
        platform: AccountID
    ) throws(LedgerError) {
        guard (0...BasisPoints.whole.rawValue).contains(commission.rawValue) else {
            throw .refused(what: "commission", expected: "0 to 10000 basis points", found: "\(commission.rawValue)")
        }
        guard minimumGrant > .zero else {
            throw .refused(what: "minimum grant", expected: "at least 1", found: "\(minimumGrant.rawValue)")
        }
        guard toleranceMilliseconds >= 0, evidenceWindowSeconds > 0 else {
            throw .refused(
                what: "parameters", expected: "a tolerance of at least 0 ms and an evidence window of at least 1 s",
                found: "\(toleranceMilliseconds) ms and \(evidenceWindowSeconds) s")
        }
        self.commission = commission
        self.minimumGrant = minimumGrant
        self.toleranceMilliseconds = toleranceMilliseconds
        self.evidenceWindowSeconds = evidenceWindowSeconds
        self.platform = platform
    }

    public var items: [CBOR] {
        [
            .unsigned(Self.version), .unsigned(UInt64(commission.rawValue)), .integer(minimumGrant.rawValue),
            .integer(toleranceMilliseconds), .integer(evidenceWindowSeconds), .bytes(platform.bytes),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let version = try values.unsigned("version")
        guard version == Self.version else {
            throw .malformed(what: Self.noun, reason: "version \(version), expected \(Self.version)")
        }
        try self.init(
            commission: BasisPoints(try values.number("commission", as: Int32.self)),
            minimumGrant: try values.quantity("minimum grant", as: Microunits.self),
            toleranceMilliseconds: try values.number("tolerance", as: Int64.self),
            evidenceWindowSeconds: try values.number("evidence window", as: Int64.self),
            platform: try values.identifier("platform", as: AccountID.self))
    }
}
