public import SignedRecords

/// A signature with the key that must have made it. It can be checked on any thread, ahead of the one that carries transactions
/// out; `CheckedSignature` then says that it held.
public enum OwedSignature: Sendable {
    /// A charger's record, under the Ed25519 key of its epoch.
    case record(SignedRecord, publicKey: [UInt8], ledger: LedgerChainID)
    /// An account's request, under the key that it names itself.
    case transaction(SignedTransaction, ledger: LedgerChainID)

    /// Throws `LedgerError.signature` where it does not hold.
    public func check() throws(LedgerError) {
        switch self {
        case .record(let signed, let publicKey, let ledger):
            do { try signed.verify(ed25519: publicKey, ledger: ledger) } catch {
                let place = "record \(signed.record.sequence) of chain \(signed.record.chain)"
                throw .signature(of: place, reason: error.description)
            }
        case .transaction(let transaction, let ledger):
            try transaction.verify(ledger: ledger)
        }
    }

    /// Its name among the signatures that hold; says nothing about this one before `check`.
    public var checked: CheckedSignature {
        switch self {
        case .record(let signed, let publicKey, _):
            CheckedSignature(publicKey: publicKey, messageHash: signed.hash.bytes, context: .record)
        case .transaction(let transaction, _):
            CheckedSignature(
                publicKey: transaction.senderKey, messageHash: transaction.hash, context: .transaction)
        }
    }
}
