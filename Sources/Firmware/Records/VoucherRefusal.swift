import CardReader
import Ledger
import Quantities
import SignedRecords

/// Why a voucher or a card is not taken: what was expected, and what came.
enum VoucherRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The owner lets nothing of this kind be sold while the ledger is out of reach.
    case notTaken(String)
    /// It is no voucher, or none for this charger or its tariff.
    case invalid(LedgerError)
    /// The card did not sign what it was asked.
    case wrongAnswer
    /// The ledger answers: a grant is safer for both sides.
    case ledgerInReach
    /// A session or an offer stands on the connector.
    case busy
    /// Several connectors are free, and no car says which.
    case plugInFirst
    /// What a sale needs is missing.
    case notReady(String)
    /// What the ledger proved of this charger and its price is too old to sell under; whole minutes.
    case proofsTooOld(minutes: Int64, limitMinutes: Int64)
    /// The clock does not tell whether the voucher is still good.
    case clockUnknown
    /// It is no longer good.
    case expired(at: UTCMilliseconds, now: UTCMilliseconds)
    /// It was taken here already.
    case usedHere(GrantHash)
    /// The ledger proved that this card promised more than there was.
    case flagged(card: [UInt8])
    /// The owner does not list its payer, or the card.
    case unknown(String)
    /// None of the owner's vouchers is left.
    case noStock
    /// Vouchers that the ledger has not seen stand for as much as the owner risks.
    case limitReached(limit: Microunits, unsettled: Microunits)
    /// Those of one payer do.
    case payerLimitReached(limit: Microunits, unsettled: Microunits)

    var description: String {
        switch self {
        case .notTaken(let what): "\(what) not taken here: the [offline] policy does not say so"
        case .invalid(let error): "\(error)"
        case .wrongAnswer: "the card's signature does not hold"
        case .ledgerInReach: "the ledger is in reach: a grant is expected, not a voucher"
        case .busy: "the connector is taken"
        case .plugInFirst: "several connectors are free: expected a car at one of them"
        case .notReady(let what): "not ready to sell: \(what)"
        case .proofsTooOld(let minutes, let limit):
            "registration and tariff were proved \(minutes) minutes ago, at most \(limit) are allowed: the price may be another"
        case .clockUnknown: "the clock is not set, so whether the voucher has expired is not known"
        case .expired(let at, let now): "the voucher expired at \(at.rawValue), it is \(now.rawValue)"
        case .usedHere(let voucher): "voucher \(voucher) was taken here already"
        case .flagged(let card): "the ledger proved that card \(Hexadecimal.encode(card)) promised more than there was"
        case .unknown(let who): "the owner lists no \(who)"
        case .noStock: "none of the owner's vouchers is left"
        case .limitReached(let limit, let unsettled):
            "vouchers may stand for \(limit.rawValue) microunits until the ledger has them, \(unsettled.rawValue) do"
        case .payerLimitReached(let limit, let unsettled):
            "a payer's vouchers may stand for \(limit.rawValue) microunits until the ledger has them, \(unsettled.rawValue) do"
        }
    }

    /// What the reader shows.
    var shown: CardRefusal {
        switch self {
        case .notTaken: .notTaken
        case .invalid: .invalid
        case .wrongAnswer: .wrongAnswer
        case .ledgerInReach: .ledgerInReach
        case .busy: .busy
        case .plugInFirst: .plugInFirst
        case .notReady, .proofsTooOld: .notReady
        case .clockUnknown: .clockUnknown
        case .expired: .expired
        case .usedHere: .used
        case .flagged: .flagged
        case .unknown: .unknown
        case .noStock: .noStock
        case .limitReached: .limitReached
        case .payerLimitReached: .payerLimitReached
        }
    }
}
