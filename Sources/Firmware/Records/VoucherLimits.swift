import Ledger
import Quantities
import SignedRecords

/// What the owner risks on vouchers while the ledger is out of reach: a voucher may have been used elsewhere, and its payer's
/// account may be empty.
struct VoucherLimits: Equatable, Sendable {
    /// The most that one session may cost.
    let session: Microunits
    /// The most that all sessions may cost together which the ledger does not have yet, over all connectors.
    let unsettled: Microunits
    /// How old the proofs of registration and tariff may be that a voucher is sold under.
    let proofsAtMost: Nanoseconds
    /// The same for those of one payer; nil where that of all is enough.
    var payer: Microunits?
    /// Whose vouchers are taken; nil for anyone's.
    var payers: Set<AccountID>?
    /// The owner's own vouchers, on which others charge for nothing; nil where everyone pays himself.
    var stock: VoucherStock?

    /// The owner's limits, as the configuration states them; nil where nothing is sold.
    init?(_ policy: FirmwareConfiguration.Offline) throws(RecordError) {
        let limits: FirmwareConfiguration.Offline.Limits
        var payers: Set<AccountID>?
        var stock: VoucherStock?
        switch policy {
        case .nothing: return nil
        case .vouchers(let stated): limits = stated
        case .known(let accounts, let stated):
            limits = stated
            var known: Set<AccountID> = []
            for account in accounts { known.insert(try AccountID(hex: account)) }
            payers = known
        case .free(let path, let identifiers, let stated):
            limits = stated
            stock = VoucherStock(path: path, identifiers: identifiers)
        }
        self.init(session: limits.session, unsettled: limits.unsettled, proofsAtMost: limits.proofsAtMost)
        self.payer = limits.payer
        self.payers = payers
        self.stock = stock
    }

    init(
        session: Microunits, unsettled: Microunits,
        proofsAtMost: Nanoseconds = FirmwareConfiguration.Offline.Limits.usualProofAge
    ) {
        self.session = session
        self.unsettled = unsettled
        self.proofsAtMost = proofsAtMost
    }
}
