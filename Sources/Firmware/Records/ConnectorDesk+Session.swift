import ChargeControl
import Journal
import Ledger
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

extension ConnectorDesk {
    /// Writes the record that the core asks for, or that the register demands.
    func handle(_ order: RecordOrder) {
        guard bar == nil, desk.bar == nil else {
            logger.error("not recorded, since nothing is written any more: \(order)")
            return
        }
        // The first seconds: the head may not be proved yet, and what has no place in a session waits for the end of the one
        // that the last stop left open.
        guard isWritable, interrupted == nil || order.mayStandInSession else {
            if held.count < Self.heldLimit { held.append(order) } else { logger.error("not recorded: \(order)") }
            return
        }
        do {
            switch order {
            case .intent(let intent, let reading, let isClosed): try handle(intent, reading, isClosed: isClosed)
            case .rollover(let before, let after): try rollover(before, after)
            case .reset(let before, let after): try reset(before, after)
            case .gap(let before, let after, let wasRefused):
                try gap(before, after, wasRefused ? .meterRefused : .meterSilent)
            }
        } catch {
            raise(error)
        }
    }

    /// Writes what waited, as far as it may be written by now.
    func handleHeld() {
        let orders = held
        held = []
        for order in orders { handle(order) }
    }

    private func handle(_ intent: RecordIntent, _ reading: EnergyReading?, isClosed: Bool) throws(SaleBar) {
        if let reading { try noteStall(before: reading) }
        switch intent {
        case .begin(let mark): try begin(mark, reading)
        case .tick(let mark, let index, let boundaries): try tick(mark, index, boundaries, reading, isClosed: isClosed)
        case .pause(_, let cause): try pause(cause)
        case .resume: try resume()
        case .end(let mark, let reason, let fault, let ticks, _): try end(mark, reason, fault, ticks, reading)
        case .faultLatched(let code): try fault(.faultLatched(FaultLatched(code: code.rawValue)))
        case .faultCleared(let code, let clearing):
            try fault(.faultCleared(cleared(code, clearing)))
        case .wear(let wear): try fault(.wear(Wear(wear, rating: identity.control.options.contactorRating)))
        case .residualSelfTest(let passed, let tripTime):
            desk.status.update(chain) {
                $0.residualTest = StatusReport.ResidualTest(passed: passed, tripUS: tripTime?.wholeMicroseconds)
            }
            try fault(.residualSelfTest(ResidualSelfTest(passed: passed, tripTime: tripTime)))
        }
    }

    /// What cleared a fault. A technician has his certificate's hash there, or it was a reset that nobody here asked for.
    private func cleared(_ code: FaultCode, _ clearing: ChargeControl.FaultClearing) -> FaultCleared {
        if case .technician = clearing, let technician = resetters.removeValue(forKey: code) {
            return FaultCleared(code: code.rawValue, by: .technician, technician: technician)
        }
        return FaultCleared(code: code.rawValue, by: SignedRecords.FaultClearing(clearing))
    }

    /// The last room in the journal is kept for ending a session: a flapping fault must not use it up.
    func fault(_ event: Event) throws(SaleBar) {
        guard journal.freeRecords >= desk.reserveForEnding else {
            return logger.error("not recorded, since the journal is nearly full: \(event)")
        }
        try append(.event(event))
    }

    private func begin(_ mark: SessionMark, _ reading: EnergyReading?) throws(SaleBar) {
        // All of it from what was offered: the newest proof may be of another grant already.
        guard sale == nil, let offered, let offer, offered.slot == mark.grantSlot, stands(offer), let meter,
            let deviceHead = journal.head(of: .device),
            let reading, reading.number == mark.sample.number, reading.generation == meterGeneration
        else {
            // The offer was withdrawn while the core asked: no begin record, so the contactor stays open.
            return withdrawOffer()
        }
        try noteMeter(reading, beforeBegin: true)
        if case .voucher(let acceptance, _, _) = offer { try accept(acceptance) }
        let terms = offer.terms
        let sequence = (desk.head(of: chain)?.sequence ?? 0) + 1
        let session = SessionID.derive(
            grant: terms.hash, device: desk.device, chain: chain, beginSequence: sequence)
        let begin = Begin(
            session: session, grant: terms.hash, payer: PayerHash.derive(account: terms.payer, session: session),
            tariff: terms.tariff, meter: meter,
            firmwareDigest: desk.identity.firmwareDigest, deviceHead: deviceHead.hash,
            deviceHeadSequence: deviceHead.sequence, reading: registers(reading), energyLimit: offered.energyLimit,
            energyFactor: desk.identity.energyFactor)
        let signed = try append(.begin(begin))
        owedStall = .zero
        sale = OpenSale(
            begin, at: signed.head, slot: mark.grantSlot, spentBefore: terms.spent, isOnVoucher: offer.isVoucher,
            payer: terms.payer, bill: SaleBill(offer.price, from: signed.record.time))
        known = KnownMeter(identity: meter, lastImport: reading.import)
        desk.status.update(chain) {
            $0.connector.session = session.hex
            $0.settled = false
            $0.paidMicro = 0
            $0.commissionMicro = 0
        }
        tell(.beginDurable(session: mark.session))
    }

    /// Whether what was offered may still be sold on.
    private func stands(_ offer: Offer) -> Bool {
        switch offer {
        case .grant(let offered): grant?.grant == offered.grant
        case .voucher(let acceptance, _, _): stands(acceptance)
        }
    }

    private func tick(
        _ mark: SessionMark, _ index: UInt32, _ boundaries: UInt32, _ reading: EnergyReading?, isClosed: Bool
    ) throws(SaleBar) {
        guard let sale, let reading else { return missingSession("tick") }
        try check(reading, of: mark)
        let tick = Tick(
            session: sale.session, index: index, count: boundaries, reading: registers(reading), energy: mark.energy,
            readErrors: readErrors, status: status(isClosed: isClosed, isRecovered: sale.isRecovered))
        try appendToSale(.tick(tick))
        readErrors = 0
    }

    private func status(isClosed: Bool, isRecovered: Bool) -> TickStatus {
        var status = TickStatus.meterHealthy
        if isClosed { status.insert(.contactorClosed) }
        if isRecovered { status.insert(.recovered) }
        return status
    }

    private func pause(_ cause: PauseCause) throws(SaleBar) {
        guard let sale else { return missingSession("pause") }
        try appendToSale(.pause(Pause(session: sale.session, reason: PauseReason(cause))))
    }

    private func resume() throws(SaleBar) {
        guard let sale else { return missingSession("resume") }
        try appendToSale(.resume(Resume(session: sale.session)))
    }

    /// Outside a session a register may wrap as it likes: the next begin names where it stands.
    private func rollover(_ before: EnergyReading, _ after: EnergyReading) throws(SaleBar) {
        guard let sale else { return }
        try appendToSale(
            .rollover(
                Rollover(
                    session: sale.session, lastImport: before.import, reading: registers(after),
                    modulus: after.carried - before.carried)))
    }

    private func reset(_ before: EnergyReading, _ after: EnergyReading) throws(SaleBar) {
        guard let sale else { return }
        logger.error(
            "session \(sale.session): the register fell from \(before.import.rawValue) to \(after.import.rawValue) mWh")
        try appendToSale(
            .reset(Reset(session: sale.session, lastImport: before.import, reading: registers(after))))
    }

    private func end(
        _ mark: SessionMark, _ reason: ChargeControl.StopReason, _ fault: FaultCode?, _ ticks: UInt32,
        _ reading: EnergyReading?
    ) throws(SaleBar) {
        guard let sale, let reading else { return missingSession("end") }
        try check(reading, of: mark)
        // After a reset the chain goes on from the register that fell; the energy stands where the core saw it last.
        let end = End(
            session: sale.session, reason: SignedRecords.StopReason(reason),
            reading: sale.progress.hasReset ? sale.newest : registers(reading), energy: mark.energy, ticks: ticks,
            faultCode: fault?.rawValue)
        lastEnd = try appendToSale(.end(end)).record.sequence
        oweExport(sale.session, first: sale.progress.beginHead.sequence, last: lastEnd)
        self.sale = nil
        withdrawOffer()
    }

    /// Writes a record of the open session, unless it does not follow those before it: an order that was lost would leave a
    /// hole that no one accepts. The restart ends the session instead.
    @discardableResult
    func appendToSale(_ body: RecordBody) throws(SaleBar) -> SignedRecord {
        guard var sale else { throw .orders("\(body.kind) outside a session") }
        do { try sale.take(body) } catch { throw .orders("\(body.kind): \(error)") }
        let signed = try append(body)
        sale.bill?.take(signed.record)
        self.sale = sale
        return signed
    }

    /// The registers in a record are those of the reading that the core decided on.
    private func check(_ reading: EnergyReading, of mark: SessionMark) throws(SaleBar) {
        guard reading.number == mark.sample.number, reading.total == mark.sample.imported else {
            throw .orders("the core decided on reading \(mark.sample.number), reading \(reading.number) came with it")
        }
    }

    private func missingSession(_ kind: String) {
        logger.error("the core asks for a \(kind) record, but no session is open")
    }

    func registers(_ reading: EnergyReading) -> RegisterReading {
        RegisterReading(
            import: reading.import, evidence: SignedRecords.RegisterEvidence(reading.evidence),
            confirmation: SignedRecords.RegisterEvidence(reading.confirmation),
            elapsedMicroseconds: UInt32(clamping: reading.elapsed.wholeMicroseconds))
    }
}
