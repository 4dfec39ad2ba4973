import Ledger
import PlatformLink
import Quantities
import SignedRecords

/// What a session may begin on.
enum Offer: Equatable, Sendable {
    /// A grant that is proved to stand for the connector.
    case grant(ProvedGrant)
    /// A voucher that was presented while the ledger could not be asked, as its acceptance record will state it.
    case voucher(VoucherAcceptance, Tariff, presented: MonotonicInstant)

    /// The begin record's terms.
    var terms: (hash: GrantHash, payer: AccountID, tariff: TariffHash, spent: Microunits) {
        switch self {
        case .grant(let proved):
            (proved.grant.hash, proved.grant.payer, proved.grant.tariff, proved.grant.spent)
        case .voucher(let acceptance, _, _): (acceptance.voucherHash, acceptance.payer, acceptance.tariff, .zero)
        }
    }

    /// What is charged by, and what there is to pay with.
    var price: (tariff: Tariff, available: Microunits, energy: MilliwattHours?) {
        switch self {
        case .grant(let proved): (proved.tariff, proved.grant.remainder, proved.grant.energyLeft)
        case .voucher(let acceptance, let tariff, _): (tariff, acceptance.amount, nil)
        }
    }

    var isVoucher: Bool {
        if case .voucher = self { true } else { false }
    }
}
