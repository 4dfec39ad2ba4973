import Ledger
import Quantities
import SignedRecords

/// Why a voucher is not taken: what was expected, and what came.
enum VoucherRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The owner lets nothing be sold while the ledger is out of reach.
    case notTaken
    /// It is no voucher, or none for this charger or its tariff.
    case invalid(LedgerError)
    /// The ledger answers: a grant is safer for both sides.
    case ledgerInReach
    /// A session or an offer stands on the connector.
    case busy
    /// What a sale needs is missing.
    case notReady(String)
    /// What the ledger proved of this charger and its price is too old to sell under; whole minutes.
    case proofsTooOld(minutes: Int64, limitMinutes: Int64)
    /// The clock does not tell whether the voucher is still good.
    case clockUnknown
    /// It is no longer good.
    case expired(at: UTCMilliseconds, now: UTCMilliseconds)
    /// Records that the ledger does not have yet took it already.
    case usedHere(GrantHash)
    /// Vouchers that the ledger has not seen stand for as much as the owner risks.
    case limitReached(limit: Microunits, unsettled: Microunits)

    var description: String {
        switch self {
        case .notTaken: "vouchers are not taken here: [offline] policy is \"nothing\""
        case .invalid(let error): "\(error)"
        case .ledgerInReach: "the ledger is in reach: a grant is expected, not a voucher"
        case .busy: "the connector is taken"
        case .notReady(let what): "not ready to sell: \(what)"
        case .proofsTooOld(let minutes, let limit):
            "registration and tariff were proved \(minutes) minutes ago, at most \(limit) are allowed: the price may be another"
        case .clockUnknown: "the clock is not set, so whether the voucher has expired is not known"
        case .expired(let at, let now): "the voucher expired at \(at.rawValue), it is \(now.rawValue)"
        case .usedHere(let voucher): "voucher \(voucher) was taken here already"
        case .limitReached(let limit, let unsettled):
            "vouchers may stand for \(limit.rawValue) microunits until the ledger has them, \(unsettled.rawValue) do"
        }
    }
}
