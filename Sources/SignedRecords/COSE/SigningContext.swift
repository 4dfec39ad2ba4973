/// What a signature is for: the second half of external_aad, so that a key's signature over one kind of message never
/// counts for another.
public enum SigningContext: String, Hashable, Sendable {
    case record = "wattseal-record/1"
    case transaction = "wattseal-tx/1"
    case voucher = "wattseal-voucher/1"

    /// external_aad: deterministic CBOR `[ledger chain id, context]`.
    public func additionalData(ledger: LedgerChainID) -> [UInt8] {
        CBOR.array([.text(ledger.text), .text(rawValue)]).encode()
    }
}
