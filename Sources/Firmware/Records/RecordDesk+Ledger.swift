import ChargeControl
import Journal
import Ledger
import LightClient
import Logging
import PlatformLink
import Quantities
import SignedRecords

extension RecordDesk {
    /// Takes in what the platform link has proved.
    func handle(_ event: PlatformEvent) {
        switch event {
        case .provedHead(let chain, let head): proved(chain, head)
        case .registration(let registration): status.update { $0.ledger.registered = registration != nil }
        case .grant(_, let proved):
            grant = proved
            guard let sale else { return }
            // An honest ledger keeps the grant of a session that it holds as open: gone, it was released before the begin
            // record arrived, and what flows from now on is unpaid.
            guard let proved, proved.grant.hash == sale.begin.grant else { return withdrawOffer() }
            let paid = proved.grant.spent - sale.spentBefore
            status.update { $0.ledger.paidMicro = paid.rawValue }
        case .acknowledged: reportRecords()
        case .settlement(_, let session, let settlement):
            status.update {
                guard $0.connector.session == session.hex else { return }
                $0.ledger.settled = true
                $0.ledger.paidMicro = settlement.paid.rawValue
                $0.ledger.commissionMicro = settlement.commission.rawValue
            }
        case .rollbackDetected(let chain, let proved, let journalHead):
            raise(.rollback(chain: chain, proved: proved.sequence, journal: journalHead))
        case .equivocation(let chain, let proved, _):
            raise(.equivocation(chain: chain, sequence: proved.sequence))
        case .refused(let error), .unreachable(let error):
            status.update {
                $0.ledger.reachable = false
                $0.ledger.problem = "\(error)"
            }
        case .status(let link):
            status.update {
                $0.ledger.height = link.height
                $0.ledger.reachable = link.isReachable
                $0.ledger.problem = link.lastError.map { "\($0)" } ?? ""
            }
            if link.isReachable {
                lookedAt = SystemClock.now()
                considerOffer(at: link)
            }
        }
    }

    /// DECISIONS: after every boot nothing is signed on a chain before its head on the ledger has been proved once.
    private func proved(_ chain: ChainNumber, _ head: ChainHeadState?) {
        guard bar == nil, provedChains.insert(chain).inserted else { return }
        if chain == .device, head == nil, journal.head(of: .device) == nil {
            do { try start(keysAreNew: true) } catch { return }
        }
        if chain == connector {
            endInterrupted()
            let orders = held
            held = []
            for order in orders { handle(order) }
        }
    }

    /// Offers the proved grant to the control core, or withdraws it.
    ///
    /// Called at the end of a look at the ledger, so that the grant, the acknowledged head and the settlements were read
    /// under one header: what an earlier session spent is in the grant's `spent` exactly when its end record is
    /// acknowledged.
    private func considerOffer(at link: PlatformStatus) {
        guard let authorization = authorization(at: link) else { return withdrawOffer() }
        guard authorization != offered else { return }
        offered = authorization
        tell(.authorization(authorization))
        logger.info("grant offered to the connector: up to \(authorization.energyLimit.rawValue) mWh")
    }

    private func authorization(at link: PlatformStatus) -> Authorization? {
        // A session goes on under the grant that it began with.
        if sale != nil { return offered }
        guard isWritable(.device), isWritable(connector), interrupted == nil, !identity.bench else { return nil }
        guard journal.head(of: .device) != nil, journal.acknowledged(of: connector) >= lastEnd else { return nil }
        guard let grant, let headerTime = link.headerTime, meter != nil, reading != nil else { return nil }
        // The tariff in the grant is the one that the payer agreed to; the owner may have changed it since.
        guard grant.registration.tariff == grant.grant.tariff, !grant.registration.bench else { return nil }
        guard let energy = grant.tariff.price.energyIfFits(for: grant.grant.remainder), energy > .zero else {
            return nil
        }
        // The header may be minutes old; this device's clock, where it is set, may be ahead of it.
        let now = max(headerTime.unixMilliseconds, clock.now().utc?.rawValue ?? 0)
        let left = grant.grant.expiry.rawValue - now
        guard left > 0 else { return nil }
        // The same grant keeps its slot and deadline, so that a later look does not look like a new grant.
        if let offered, offered.slot == slot, offeredGrant?.grant == grant.grant { return offered }
        slot &+= 1
        offeredGrant = grant
        return Authorization(
            slot: slot, energyLimit: energy, energyLimitCause: .grant, currentLimit: nil,
            deadline: SystemClock.now() + .milliseconds(min(left, 365 * 86_400_000)))
    }

    /// Takes the offer back; a session that runs on it is stopped by the core.
    func withdrawOffer() {
        guard offered != nil else { return }
        offered = nil
        offeredGrant = nil
        tell(.noAuthorization)
    }

    /// How long an offer stands without a fresh look at the ledger: a session begins on a grant that was proved just now,
    /// not on one that may be spent or released behind an outage. A session that runs goes on.
    static let offerValidity = Nanoseconds.seconds(60)

    /// Takes an old offer back.
    func withdrawStaleOffer() {
        guard sale == nil, offered != nil, let lookedAt else { return }
        if SystemClock.now() - lookedAt > Self.offerValidity { withdrawOffer() }
    }
}
