import Quantities

/// What the owner risks on vouchers while the ledger is out of reach: a voucher may have been used elsewhere, and its payer's
/// account may be empty.
struct VoucherLimits: Equatable, Sendable {
    /// The most that one session may cost.
    let session: Microunits
    /// The most that all sessions may cost together which the ledger does not have yet, over all connectors.
    let unsettled: Microunits
    /// How old the proofs of registration and tariff may be that a voucher is sold under.
    let proofsAtMost: Nanoseconds

    /// The owner's limits, as the configuration states them.
    init?(_ policy: FirmwareConfiguration.Offline) {
        guard case .vouchers(let session, let unsettled, let proofsAtMost) = policy else { return nil }
        self.init(session: session, unsettled: unsettled, proofsAtMost: proofsAtMost)
    }

    init(
        session: Microunits, unsettled: Microunits,
        proofsAtMost: Nanoseconds = FirmwareConfiguration.Offline.usualProofAge
    ) {
        self.session = session
        self.unsettled = unsettled
        self.proofsAtMost = proofsAtMost
    }
}
