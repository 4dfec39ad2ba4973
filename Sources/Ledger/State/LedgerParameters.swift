public import Quantities
public import SignedRecords

// This file owns the format of the parameters. Version 1, written at genesis: [1, commission, minimum grant, tolerance, evidence
// window, platform]. Version 2, written by governance: the same and [revision, first commission].

/// The rules of this ledger; written at genesis, changed by governance.
public struct LedgerParameters: StateValue {
    public static let noun = "parameters"

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
    /// How often they were changed.
    public let revision: UInt64
    /// The platform's share at genesis: that of every settlement which names no other.
    public let firstCommission: BasisPoints

    /// Throws `LedgerError.refused` for a commission outside 0 to 10 000 basis points, or a negative number.
    public init(
        commission: BasisPoints, minimumGrant: Microunits, toleranceMilliseconds: Int64, evidenceWindowSeconds: Int64,
        platform: AccountID, revision: UInt64 = 0, firstCommission: BasisPoints? = nil
    ) throws(LedgerError) {
        for share in [commission, firstCommission ?? commission] {
            guard (0...BasisPoints.whole.rawValue).contains(share.rawValue) else {
                throw .refused(what: "commission", expected: "0 to 10000 basis points", found: "\(share.rawValue)")
            }
        }
        guard minimumGrant > .zero else {
            throw .refused(what: "minimum grant", expected: "at least 1", found: "\(minimumGrant.rawValue)")
        }
        guard (0...Self.maximumTolerance).contains(toleranceMilliseconds), evidenceWindowSeconds > 0 else {
            throw .refused(
                what: "parameters",
                expected: "a tolerance of 0 to \(Self.maximumTolerance) ms and an evidence window of at least 1 s",
                found: "\(toleranceMilliseconds) ms and \(evidenceWindowSeconds) s")
        }
        self.commission = commission
        self.minimumGrant = minimumGrant
        self.toleranceMilliseconds = toleranceMilliseconds
        self.evidenceWindowSeconds = evidenceWindowSeconds
        self.platform = platform
        self.revision = revision
        self.firstCommission = firstCommission ?? commission
    }

    /// A day.
    public static let maximumTolerance: Int64 = 86_400_000

    public var items: [CBOR] {
        [
            .unsigned(revision == 0 ? 1 : 2), .unsigned(UInt64(commission.rawValue)), .integer(minimumGrant.rawValue),
            .integer(toleranceMilliseconds), .integer(evidenceWindowSeconds), .bytes(platform.bytes),
        ] + (revision == 0 ? [] : [.unsigned(revision), .unsigned(UInt64(firstCommission.rawValue))])
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let version = try values.unsigned("version")
        guard (1...2).contains(version) else {
            throw .malformed(what: Self.noun, reason: "version \(version), expected 1 or 2")
        }
        let commission = BasisPoints(try values.number("commission", as: Int32.self))
        try self.init(
            commission: commission,
            minimumGrant: try values.quantity("minimum grant", as: Microunits.self),
            toleranceMilliseconds: try values.number("tolerance", as: Int64.self),
            evidenceWindowSeconds: try values.number("evidence window", as: Int64.self),
            platform: try values.identifier("platform", as: AccountID.self),
            revision: version == 1 ? 0 : try values.unsigned("revision"),
            firstCommission: version == 1
                ? commission : BasisPoints(try values.number("first commission", as: Int32.self)))
        guard version == 1 || revision > 0 else { throw .malformed(what: Self.noun, reason: "revision 0 in version 2") }
    }
}
