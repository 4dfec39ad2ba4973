public import Ledger
public import LightClient
public import SignedRecords

/// Why a receipt, or a proof bundle, is refused: what was expected, what came, and where.
public enum ReceiptError: Error, Equatable, Sendable {
    /// The bytes are not the format; `place` names the item.
    case malformed(place: String, reason: String)
    /// The bytes decode and are not the one encoding of what they say.
    case notCanonical(offset: Int)
    /// The genesis record does not hold.
    case genesis(RecordError)
    /// Key-change `index` (from 0) does not hold.
    case keyChange(index: Int, reason: RecordError)
    /// A key-change that no record of the session needs.
    case keyChangeNotNeeded(epoch: UInt32)
    /// Record `index` (from 0) among the close and open records does not hold.
    case move(index: Int, reason: String)
    /// An OCMF record cannot be made, or does not hold.
    case ocmf(reason: String)
    /// Record `index` (from 0) of the session does not hold.
    case record(index: Int, reason: RecordError)
    /// The records are not one whole session.
    case notOneSession(reason: String)
    /// The voucher that paid is none, or none for this charger, tariff and payer.
    case voucher(LedgerError)
    /// The tariff's bytes are not the ones that the begin record names.
    case tariffMismatch(expected: TariffHash, found: TariffHash)
    /// The header is of another ledger than the session's records.
    case wrongLedger(expected: String, found: String)
    /// A commit signature, the validator set, or the header does not hold.
    case block(LightClientError)
    /// A validator whose address does not follow from its key here, so that it cannot be checked.
    case validatorNotCheckable(index: Int, keyType: String)
    /// A proof does not lead to the header's app hash, or proves another key or value.
    case proof(key: String, reason: String)
    /// A proved value cannot be read.
    case state(key: String, reason: String)
    /// The proved settlement and the signed records disagree about a field.
    case settlementMismatch(field: String, records: String, ledger: String)
    /// The anchor does not lead to the receipt's block.
    case anchor(reason: String)
    /// The builder did not find the session.
    case sessionNotFound(SessionID)
    /// The builder found no end record of the session.
    case sessionNotEnded(SessionID)
}

extension ReceiptError: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .malformed(let place, let reason): return "\(place): \(reason)"
        case .notCanonical(let offset): return "byte \(offset): not the one encoding of a receipt"
        case .genesis(let reason): return "genesis record: \(reason)"
        case .keyChange(let index, let reason): return "key-change \(index): \(reason)"
        case .keyChangeNotNeeded(let epoch): return "the key-change to epoch \(epoch) serves no record of this session"
        case .move(let index, let reason): return "move, record \(index): \(reason)"
        case .ocmf(let reason): return "OCMF: \(reason)"
        case .record(let index, let reason): return "record \(index) of the session: \(reason)"
        case .notOneSession(let reason): return "the records are not one whole session: \(reason)"
        case .voucher(let reason): return "voucher: \(reason)"
        case .tariffMismatch(let expected, let found):
            return "tariff: hash \(found), the session was begun under \(expected)"
        case .wrongLedger(let expected, let found):
            return "the header is of ledger \(found), the session of \(expected)"
        case .block(let reason): return "header and commit: \(reason)"
        case .validatorNotCheckable(let index, let type):
            return "validator \(index) has a \(type) key, whose address cannot be checked"
        case .proof(let key, let reason): return "proof of \(key): \(reason)"
        case .state(let key, let reason): return "value of \(key): \(reason)"
        case .settlementMismatch(let field, let records, let ledger):
            return "settlement, \(field): the signed records say \(records), the ledger proves \(ledger)"
        case .anchor(let reason): return "anchor: \(reason)"
        case .sessionNotFound(let session): return "session \(session) is not among the records"
        case .sessionNotEnded(let session): return "session \(session) has no end record"
        }
    }
}
