import ChargeControl
import Journal
import Ledger
import Logging
import PlatformLink
import Quantities
import SignedRecords

// The offline policy "vouchers". Whatever a voucher promises, nothing proves here that its payer has the money or did not
// promise it twice: the owner's limits are the bound. What is sold is in records before it flows, so the ledger settles it
// without the voucher's bearer as soon as it is in reach.
extension ConnectorDesk {
    /// How long a presented voucher waits for a car.
    static let voucherValidity = Nanoseconds.seconds(120)

    /// Offers a presented voucher to the control core.
    ///
    /// - Parameters:
    ///   - answer: The bearer's, where the voucher names one.
    ///   - fromStock: It is not a driver who brings it: the owner's policy lets a card use it.
    func present(
        _ voucher: Voucher, answer: BearerAnswer? = nil, fromStock: Bool = false
    ) throws(VoucherRefusal) {
        // An answer is asked for from what was prepared: the stock's vouchers, too.
        let prepared = try prepare(voucher, fromStock: fromStock || answer != nil)
        do throws(LedgerError) {
            try voucher.checkBearer(answer, by: desk.device, at: chain, ledger: desk.ledger)
        } catch {
            throw .invalid(error)
        }
        var acceptance = prepared.acceptance
        acceptance.answer = answer
        slot &+= 1
        let now = SystemClock.now()
        offer = .voucher(acceptance, prepared.tariff, presented: now)
        offer(
            Authorization(
                slot: slot, energyLimit: prepared.energy, energyLimitCause: .grant, currentLimit: nil,
                deadline: now + .milliseconds(min(prepared.left, 365 * 86_400_000))),
            until: prepared.until)
        logger.notice(
            "voucher \(voucher.hash) offered to connector \(chain): up to \(prepared.energy.rawValue) mWh for \(acceptance.amount.rawValue)"
        )
    }

    /// What would be sold on a voucher.
    struct Prepared {
        /// Without the bearer's answer.
        var acceptance: VoucherAcceptance
        /// What it is sold by.
        let tariff: Tariff
        let energy: MilliwattHours
        /// Milliseconds until the voucher expires.
        let left: Int64
        /// From when on others may use the connector; nil for no end that is known.
        let until: UTCMilliseconds?
    }

    /// Holds a voucher against all but its bearer; nothing is offered.
    func prepare(_ voucher: Voucher, fromStock: Bool = false) throws(VoucherRefusal) -> Prepared {
        guard let limits = desk.identity.vouchers, !desk.identity.bench, limits.stock == nil || fromStock else {
            throw .notTaken("vouchers are")
        }
        guard !desk.isLedgerReachable else { throw .ledgerInReach }
        guard sale == nil, interrupted == nil, offered == nil else { throw .busy }
        payExports()
        let (registration, tariff) = try whatSells()
        try desk.checkProofAge(limits.proofsAtMost)
        var acceptance = VoucherAcceptance(
            payer: voucher.payer, amount: voucher.terms.amount, tariff: tariff.hash, expiry: voucher.terms.expiry,
            voucher: voucher.bytes)
        do throws(LedgerError) {
            _ = try Voucher.check(
                acceptance, by: desk.device, of: registration.owner, tariff: tariff, ledger: desk.ledger)
        } catch {
            throw .invalid(error)
        }
        let left = try timeLeft(of: voucher)
        if let known = limits.payers, !known.contains(voucher.payer) { throw .unknown("account \(voucher.payer)") }
        if let card = desk.card(of: voucher), desk.vouchersTaken.isFlagged(card: card) { throw .flagged(card: card) }
        acceptance.amount = min(
            voucher.terms.amount, limits.session,
            try amountLeft(payer: voucher.payer, voucher: voucher.hash, limits))
        let offer = Offer.voucher(acceptance, tariff, presented: SystemClock.now())
        let energy = SaleBill(offer.price, from: desk.recordTime()).limit(at: .zero, time: desk.recordTime())
        guard energy > .zero else {
            throw .notReady("the tariff buys no energy for \(acceptance.amount.rawValue) microunits")
        }
        guard case .allowed(let until) = verdict(for: voucher.payer) else {
            throw .notReady("only its owner may charge here now")
        }
        return Prepared(acceptance: acceptance, tariff: tariff, energy: energy, left: left, until: until)
    }

    /// What the ledger last proved of this charger, where all else that a sale needs is there.
    private func whatSells() throws(VoucherRefusal) -> (ChargerRegistration, Tariff) {
        guard desk.isWritable(.device), isWritable else { throw .notReady("records cannot be written") }
        guard desk.maySell(on: self), owedExports.isEmpty else { throw .notReady("records are owed") }
        guard meter != nil, reading != nil else { throw .notReady("the meter does not answer") }
        guard journal.head(of: .device) != nil, let registration = desk.registration, let tariff = desk.tariff,
            registration.tariff == tariff.hash
        else { throw .notReady("no tariff was proved since the start") }
        guard !registration.isFrozen, !registration.bench else { throw .notReady("the ledger has frozen this charger") }
        return (registration, tariff)
    }

    /// Milliseconds. The newest proved header bounds a clock that runs behind.
    private func timeLeft(of voucher: Voucher) throws(VoucherRefusal) -> Int64 {
        guard let clock = desk.recordTime().utc else { throw .clockUnknown }
        let now = max(clock, desk.ledgerTime ?? clock)
        guard voucher.terms.expiry > now else { throw .expired(at: voucher.terms.expiry, now: now) }
        return voucher.terms.expiry.rawValue - now.rawValue
    }

    /// What the owner still risks, on all vouchers and on this payer's.
    ///
    /// - Parameter voucher: Taken once only; nil for one that is not signed yet.
    func amountLeft(
        payer: AccountID, voucher: GrantHash?, _ limits: VoucherLimits
    ) throws(VoucherRefusal) -> Microunits {
        let standing: [VoucherAcceptance]
        do { standing = try desk.unsettledVouchers() } catch { throw .notReady("\(error)") }
        if let voucher, desk.vouchersTaken.contains(voucher) || standing.contains(where: { $0.voucherHash == voucher })
        {
            throw .usedHere(voucher)
        }
        if let utc = desk.recordTime().utc, !desk.vouchersTaken.hasRoom(at: utc) {
            throw .notReady("too many vouchers are remembered that have not expired")
        }
        func sum(_ acceptances: [VoucherAcceptance], upTo limit: Microunits) -> Microunits {
            acceptances.reduce(.zero) { $0.addingIfFits($1.amount) ?? limit }
        }
        let unsettled = sum(standing, upTo: limits.unsettled)
        guard unsettled < limits.unsettled else {
            throw .limitReached(limit: limits.unsettled, unsettled: unsettled)
        }
        var left = limits.unsettled - unsettled
        if let limit = limits.payer {
            let own = sum(standing.filter { $0.payer == payer }, upTo: limit)
            guard own < limit else { throw .payerLimitReached(limit: limit, unsettled: own) }
            left = min(left, limit - own)
        }
        return left
    }
}

extension ConnectorDesk {
    /// Writes the acceptance; the begin follows it directly.
    func accept(_ acceptance: VoucherAcceptance) throws(SaleBar) {
        // A disk that does not take this takes no record either; and if it does, only memory is lost.
        do { try desk.remember(acceptance) } catch { logger.error("the voucher is not remembered: \(error)") }
        let signed = try append(.voucherAcceptance(acceptance))
        accepted[signed.record.sequence] = acceptance
    }

    /// At the start, when nothing waits for the record thread: the backlog of a long outage takes long to read.
    func takeUpVouchers() throws(JournalError) {
        accepted = [:]
        guard desk.identity.vouchers != nil else { return }
        let from = max(journal.acknowledged(of: chain) + 1, journal.firstHere(of: chain))
        for signed in try journal.records(of: chain, from: from) {
            guard case .voucherAcceptance(let acceptance) = signed.record.body else { continue }
            accepted[signed.record.sequence] = acceptance
        }
    }

    /// Whether a voucher that was offered may still be sold on: up to two minutes later the ledger may have said more, and the
    /// clock been set.
    func stands(_ acceptance: VoucherAcceptance) -> Bool {
        guard let registration = desk.registration, !registration.isFrozen, let utc = desk.recordTime().utc,
            let limits = desk.identity.vouchers, (try? desk.checkProofAge(limits.proofsAtMost)) != nil
        else { return false }
        return max(utc, desk.ledgerTime ?? utc) < acceptance.expiry
    }
}
