import ChargeControl
import Journal
import Ledger
import LightClient
import Logging
import PlatformLink
import Quantities
import SignedRecords

// The ledger keeps one grant for each connector (docs/decisions/0004), so no grant is ever offered to two of them.
extension ConnectorDesk {
    /// Takes in the grant that is proved to stand for this connector.
    func take(_ proved: ProvedGrant?) {
        grant = proved
        guard let sale, !sale.isOnVoucher else { return }
        // An honest ledger keeps the grant of a session that it holds as open: gone, it was released before the begin
        // record arrived, and what flows from now on is unpaid.
        guard let proved, proved.grant.hash == sale.begin.grant else { return withdrawOffer() }
        let paid = proved.grant.spent - sale.spentBefore
        desk.status.update(chain) { $0.paidMicro = paid.rawValue }
    }

    /// The chain may be written to now: first what was open at the last stop, then what waited.
    func headIsProved() {
        clearAfterRestart()
        endInterrupted()
        handleHeld()
    }

    /// The fault table starts anew: what it does not restore is over, and what still stands is raised again.
    private func clearAfterRestart() {
        guard isWritable else { return }
        let codes = clearedByRestart
        clearedByRestart = []
        do throws(SaleBar) {
            for code in codes { try fault(.faultCleared(FaultCleared(code: code.rawValue, by: .restart))) }
        } catch {
            raise(error)
        }
    }

    /// Offers the proved grant to the control core, or withdraws it.
    ///
    /// Called at the end of a look at the ledger, so that the grant, the acknowledged head and the settlements were read
    /// under one header: what an earlier session spent is in the grant's `spent` exactly when its end record is
    /// acknowledged.
    func considerOffer(at link: PlatformStatus) {
        payExports()
        // Who presented a voucher a moment ago plugs in now; the ledger that came back settles it at once.
        if sale == nil, offered != nil, offer?.isVoucher == true { return }
        // A session goes on under the grant that it began with.
        guard sale == nil else { return }
        guard let (authorization, until) = authorization(at: link) else { return withdrawOffer() }
        guard authorization.slot != offered?.slot else { return }
        offer(authorization, until: until)
        logger.info("grant offered to connector \(chain): up to \(authorization.energyLimit.rawValue) mWh")
    }

    /// What may be offered, and until when others leave the connector.
    private func authorization(at link: PlatformStatus) -> (Authorization, until: UTCMilliseconds?)? {
        guard desk.isWritable(.device), isWritable, interrupted == nil, !desk.identity.bench else { return nil }
        // Who cannot keep the last session's signed record sells no further one.
        guard desk.maySell(on: self), owedExports.isEmpty else { return nil }
        guard journal.head(of: .device) != nil, journal.acknowledged(of: chain) >= lastEnd else { return nil }
        guard let grant, let headerTime = link.headerTime, meter != nil, reading != nil else { return nil }
        // The tariff in the grant is the one that the payer agreed to; the owner may have changed it since.
        guard grant.registration.tariff == grant.grant.tariff, !grant.registration.bench else { return nil }
        let bill = SaleBill(Offer.grant(grant).price, from: desk.recordTime())
        let limit = bill.limit(at: .zero, time: desk.recordTime())
        guard limit > .zero else { return nil }
        // The header may be minutes old; this device's clock, where it is set, may be ahead of it.
        let now = max(headerTime.unixMilliseconds, desk.recordTime().utc?.rawValue ?? 0)
        let left = grant.grant.expiry.rawValue - now
        guard left > 0 else { return nil }
        let until: UTCMilliseconds?
        switch verdict(for: grant.grant.payer) {
        case .allowed(let end): until = end
        case .refused(let refusal):
            note(refusal)
            return nil
        }
        // The same grant keeps its slot and deadline, so that a later look does not look like a new grant.
        if let offered, offered.slot == slot, case .grant(let standing)? = offer, standing.grant == grant.grant,
            offeredUntil == until
        {
            return (offered, until)
        }
        slot &+= 1
        offeredUntil = until
        offer = .grant(grant)
        let authorization = Authorization(
            slot: slot, energyLimit: limit, energyLimitCause: limit == bill.energyLimit ? .driver : .grant,
            currentLimit: nil,
            deadline: SystemClock.now() + .milliseconds(min(left, 365 * 86_400_000)))
        return (authorization, until)
    }

    /// How long an offer stands without a fresh look at the ledger: a session begins on a grant that was proved just now,
    /// not on one that may be spent or released behind an outage. A session that runs goes on.
    static let offerValidity = Nanoseconds.seconds(60)

    /// Takes an old offer back.
    func withdrawStaleOffer() {
        guard sale == nil, offered != nil, let offer else { return }
        let now = SystemClock.now()
        switch offer {
        case .grant:
            if let lookedAt = desk.lookedAt, now - lookedAt > Self.offerValidity { withdrawOffer() }
        case .voucher(_, _, let presented):
            if now - presented > Self.voucherValidity { withdrawOffer() }
        }
    }
}
