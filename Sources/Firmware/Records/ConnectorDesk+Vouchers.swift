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
    func present(_ voucher: Voucher) throws(VoucherRefusal) {
        guard let limits = desk.identity.vouchers, !desk.identity.bench else { throw .notTaken }
        guard !desk.isLedgerReachable else { throw .ledgerInReach }
        guard sale == nil, interrupted == nil, offered == nil else { throw .busy }
        payExports()
        let (registration, tariff) = try whatSells()
        try desk.checkProofAge(limits.proofsAtMost)
        var acceptance = VoucherAcceptance(
            payer: voucher.payer, amount: voucher.terms.amount, tariff: tariff.hash, expiry: voucher.terms.expiry,
            voucher: voucher.bytes)
        do {
            _ = try Voucher.read(
                acceptance, by: desk.device, of: registration.owner, tariff: tariff, ledger: desk.ledger)
        } catch {
            throw .invalid(error)
        }
        let left = try timeLeft(of: voucher)
        acceptance.amount = min(voucher.terms.amount, limits.session, try amountLeft(for: voucher, limits))
        let now = SystemClock.now()
        let offer = Offer.voucher(acceptance, tariff, presented: now)
        let energy = SaleBill(offer.price, from: desk.recordTime()).limit(at: .zero, time: desk.recordTime())
        guard energy > .zero else {
            throw .notReady("the tariff buys no energy for \(acceptance.amount.rawValue) microunits")
        }
        guard case .allowed(let until) = verdict(for: voucher.payer) else {
            throw .notReady("only its owner may charge here now")
        }
        slot &+= 1
        self.offer = offer
        self.offer(
            Authorization(
                slot: slot, energyLimit: energy, energyLimitCause: .grant, currentLimit: nil,
                deadline: now + .milliseconds(min(left, 365 * 86_400_000))),
            until: until)
        logger.notice(
            "voucher \(voucher.hash) offered to connector \(chain): up to \(energy.rawValue) mWh for \(acceptance.amount.rawValue)"
        )
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

    /// What the owner still risks.
    private func amountLeft(for voucher: Voucher, _ limits: VoucherLimits) throws(VoucherRefusal) -> Microunits {
        var unsettled = Microunits.zero
        do {
            for acceptance in try desk.unsettledVouchers() {
                guard acceptance.voucherHash != voucher.hash else { throw VoucherRefusal.usedHere(voucher.hash) }
                unsettled = unsettled.addingIfFits(acceptance.amount) ?? limits.unsettled
            }
        } catch let refusal as VoucherRefusal {
            throw refusal
        } catch {
            throw .notReady("\(error)")
        }
        guard unsettled < limits.unsettled else {
            throw .limitReached(limit: limits.unsettled, unsettled: unsettled)
        }
        return limits.unsettled - unsettled
    }
}

extension ConnectorDesk {
    /// Writes the acceptance; the begin follows it directly.
    func accept(_ acceptance: VoucherAcceptance) throws(SaleBar) {
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

extension RecordDesk {
    /// How long ago the registration, which names the tariff by its hash, was last proved: by the time since then, and by the
    /// wall clock, which counts the time that this machine was suspended.
    private var proofAge: Nanoseconds? {
        guard let provedAt else { return nil }
        let age = SystemClock.now() - provedAt
        guard let ledgerTime, let utc = recordTime().utc else { return age }
        let wall = min(max(0, utc.rawValue - ledgerTime.rawValue), 10 * 365 * 86_400_000)
        return max(age, .milliseconds(wall))
    }

    /// Refuses to sell under what was proved too long ago.
    func checkProofAge(_ limit: Nanoseconds) throws(VoucherRefusal) {
        guard let age = proofAge else { throw .notReady("no registration was proved since the start") }
        guard age <= limit else {
            throw .proofsTooOld(
                minutes: age.rawValue / 60_000_000_000, limitMinutes: limit.rawValue / 60_000_000_000)
        }
    }

    /// What was accepted that the ledger does not have, or is offered right now.
    func unsettledVouchers() throws -> [VoucherAcceptance] {
        var found: [VoucherAcceptance] = []
        for connector in connectors {
            if case .voucher(let acceptance, _, _)? = connector.offer { found.append(acceptance) }
            let settled = try position(of: connector.chain).acknowledged
            connector.accepted = connector.accepted.filter { $0.key > settled }
            // The one that is sold on stands in the offer, too, and counts once.
            found += connector.accepted.values.filter { acceptance in
                if case .voucher(acceptance, _, _)? = connector.offer { false } else { true }
            }
        }
        return found
    }
}
