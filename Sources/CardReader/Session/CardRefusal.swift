/// Why a card is not taken, as the reader shows it. The numbers are the protocol's and never change their meaning.
public enum CardRefusal: UInt8, CaseIterable, Sendable {
    /// The owner lets no such card charge here.
    case notTaken = 1
    /// The ledger is in reach: a grant is expected.
    case ledgerInReach = 2
    /// A session or an offer stands on the connector.
    case busy = 3
    /// What a sale needs is missing.
    case notReady = 4
    /// The charger's clock is not set.
    case clockUnknown = 5
    /// What is on the card has expired.
    case expired = 6
    /// It was taken here already, or the ledger proved that it has paid elsewhere.
    case used = 7
    /// The owner risks no more before the ledger is back.
    case limitReached = 8
    /// What is on the card is no voucher, or none for this charger.
    case invalid = 9
    /// The card's signature does not hold.
    case wrongAnswer = 10
    /// The card did not answer in time.
    case silent = 11
    /// The owner does not list it.
    case unknown = 12
    /// The ledger proved that it promised more than there was.
    case flagged = 13
    /// Several connectors: plug in first, so that the charger knows which.
    case plugInFirst = 14
    /// The owner's stock of vouchers is used up.
    case noStock = 15
    /// The card refuses to sign.
    case cardRefuses = 16
    /// The owner risks no more on this payer before the ledger is back.
    case payerLimitReached = 17

    /// For a display that has no text of its own.
    public var word: String {
        switch self {
        case .notTaken: "not-taken"
        case .ledgerInReach: "ledger-in-reach"
        case .busy: "busy"
        case .notReady: "not-ready"
        case .clockUnknown: "clock-unknown"
        case .expired: "expired"
        case .used: "used"
        case .limitReached: "limit"
        case .invalid: "invalid"
        case .wrongAnswer: "wrong-answer"
        case .silent: "card-silent"
        case .unknown: "unknown-card"
        case .flagged: "flagged"
        case .plugInFirst: "plug-in-first"
        case .noStock: "no-stock"
        case .cardRefuses: "card-refuses"
        case .payerLimitReached: "payer-limit"
        }
    }
}
