public import Crypto

/// A signature that the rules of a chain ask for: this message, by this key, for this ledger.
///
/// It stands apart from the rules so that the signatures of many records can be checked at the same time.
public struct SignatureClaim: Sendable {
    /// The record.
    public let signed: SignedRecord
    /// The key of the record's epoch.
    public let key: Curve25519.Signing.PublicKey
    /// The ledger that the signature names.
    public let ledger: LedgerChainID

    public init(signed: SignedRecord, key: Curve25519.Signing.PublicKey, ledger: LedgerChainID) {
        self.signed = signed
        self.key = key
        self.ledger = ledger
    }

    /// What is done with a claim: checked at once, or kept for later.
    public typealias Check = (SignatureClaim) throws(ChainFault) -> Void

    /// Checks it at once; throws `ChainFault.signature`.
    public static func checkNow(_ claim: SignatureClaim) throws(ChainFault) { try claim.check() }

    /// Throws `ChainFault.signature` where the signature does not hold.
    public func check() throws(ChainFault) {
        do { try signed.verify(key: key, ledger: ledger) } catch {
            if case .envelope(let error) = error { throw .signature(error) }
            throw .signature(.signatureMismatch)
        }
    }

    /// The fault at the record's place, as the rules would have thrown it, or `nil`.
    public var fault: RecordError? {
        do {
            try check()
            return nil
        } catch {
            return .chain(signed.record.chain, sequence: signed.record.sequence, problem: error)
        }
    }
}
