import ChargeControl
import Journal
import Ledger
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

extension ConnectorDesk {
    /// Writes the record that the core asks for.
    func handle(_ order: RecordOrder) {
        guard bar == nil, desk.bar == nil else {
            logger.error("not recorded, since nothing is written any more: \(order.intent)")
            return
        }
        guard isWritable else {
            // Faults of the first seconds; a session cannot begin before the head is proved.
            if held.count < Self.heldLimit { held.append(order) } else { logger.error("not recorded: \(order.intent)") }
            return
        }
        do {
            switch order.intent {
            case .begin(let mark): try begin(mark, order)
            case .tick(let mark, let index, let boundaries): try tick(mark, index, boundaries, order)
            case .pause(_, let cause): try pause(cause)
            case .resume: try resume()
            case .end(let mark, let reason, let fault, let ticks, _): try end(mark, reason, fault, ticks, order)
            case .faultLatched(let code): try fault(.faultLatched(FaultLatched(code: code.rawValue)))
            case .faultCleared(let code):
                try fault(.faultCleared(FaultCleared(code: code.rawValue, by: .condition)))
            case .wear(let wear): try fault(.wear(Wear(wear, rating: identity.control.options.contactorRating)))
            case .residualSelfTest(let passed, let tripTime):
                try fault(.residualSelfTest(ResidualSelfTest(passed: passed, tripTime: tripTime)))
            }
        } catch {
            raise(error)
        }
    }

    /// The last room in the journal is kept for ending a session: a flapping fault must not use it up.
    private func fault(_ event: Event) throws(SaleBar) {
        guard journal.freeRecords >= desk.reserveForEnding else {
            return logger.error("not recorded, since the journal is nearly full: \(event)")
        }
        try append(.event(event))
    }

    private func begin(_ mark: SessionMark, _ order: RecordOrder) throws(SaleBar) {
        // All of it from the grant that was offered: the newest proof may be of another one already.
        guard sale == nil, let offered, let offeredGrant, offered.slot == mark.grantSlot,
            grant?.grant == offeredGrant.grant, let meter, let deviceHead = journal.head(of: .device),
            let reading = order.reading, reading.number == mark.sample.number, reading.generation == meterGeneration
        else {
            // The offer was withdrawn while the core asked: no begin record, so the contactor stays open.
            return withdrawOffer()
        }
        let terms = offeredGrant.grant
        let sequence = (journal.head(of: chain)?.sequence ?? 0) + 1
        let session = SessionID.derive(
            grant: terms.hash, device: desk.device, chain: chain, beginSequence: sequence)
        let begin = Begin(
            session: session, grant: terms.hash, payer: terms.payer, tariff: terms.tariff, meter: meter,
            firmwareDigest: desk.identity.firmwareDigest, deviceHead: deviceHead.hash,
            deviceHeadSequence: deviceHead.sequence, reading: registers(reading), energyLimit: offered.energyLimit,
            energyFactor: desk.identity.energyFactor)
        try append(.begin(begin))
        sale = OpenSale(
            session: session, begin: begin, slot: mark.grantSlot, spentBefore: terms.spent, lastImport: reading.import)
        desk.status.update(chain) {
            $0.connector.session = session.hex
            $0.settled = false
            $0.paidMicro = 0
            $0.commissionMicro = 0
        }
        tell(.beginDurable(session: mark.session))
    }

    private func tick(
        _ mark: SessionMark, _ index: UInt32, _ boundaries: UInt32, _ order: RecordOrder
    ) throws(SaleBar) {
        guard var sale, let reading = order.reading else { return missingSession("tick") }
        try check(reading, of: mark)
        // An order that was lost before would leave a hole that no one accepts: the restart ends the session instead.
        guard index >= boundaries, index - boundaries == sale.ticks else {
            throw .orders("tick \(index) over \(boundaries) boundaries does not follow tick \(sale.ticks)")
        }
        let tick = Tick(
            session: sale.session, index: index, count: boundaries, reading: registers(reading), energy: mark.energy,
            readErrors: readErrors, status: order.contactorClosed ? [.meterHealthy, .contactorClosed] : .meterHealthy)
        try append(.tick(tick))
        readErrors = 0
        sale.ticks = index
        sale.lastImport = reading.import
        self.sale = sale
    }

    private func pause(_ cause: PauseCause) throws(SaleBar) {
        guard let sale else { return missingSession("pause") }
        try append(.pause(Pause(session: sale.session, reason: PauseReason(cause))))
    }

    private func resume() throws(SaleBar) {
        guard let sale else { return missingSession("resume") }
        try append(.resume(Resume(session: sale.session)))
    }

    private func end(
        _ mark: SessionMark, _ reason: ChargeControl.StopReason, _ fault: FaultCode?, _ ticks: UInt32,
        _ order: RecordOrder
    ) throws(SaleBar) {
        guard let sale, let reading = order.reading else { return missingSession("end") }
        try check(reading, of: mark)
        guard ticks == sale.ticks else {
            throw .orders("the end counts \(ticks) ticks, the records \(sale.ticks)")
        }
        let end = End(
            session: sale.session, reason: SignedRecords.StopReason(reason), reading: registers(reading),
            energy: mark.energy, ticks: ticks, faultCode: fault?.rawValue)
        lastEnd = try append(.end(end)).record.sequence
        self.sale = nil
        withdrawOffer()
    }

    /// The registers in a record are those of the reading that the core decided on.
    private func check(_ reading: EnergyReading, of mark: SessionMark) throws(SaleBar) {
        guard reading.number == mark.sample.number, reading.import == mark.sample.imported else {
            throw .orders("the core decided on reading \(mark.sample.number), reading \(reading.number) came with it")
        }
    }

    private func missingSession(_ kind: String) {
        logger.error("the core asks for a \(kind) record, but no session is open")
    }

    /// DECISIONS: after any restart an open session is first ended, with the energy up to the first accepted reading.
    ///
    /// A register that fell, by a reset or with another meter, ends it at the last recorded register: what passed after that
    /// is unknown, and nobody is billed for it. One that rose beyond what could have flowed, or another meter's that is
    /// higher, has no record that would not bill it: the sale stops until a technician has looked.
    func endInterrupted() {
        guard let open = interrupted, isWritable, let reading, let meter else { return }
        do throws(SaleBar) {
            let doubt = doubt(open, reading, meter)
            if let doubt, reading.import >= open.lastImport { throw .meterDoubted(doubt) }
            if let doubt {
                logger.error("session \(open.session) ends at its last record: \(doubt)")
                let reset = Reset(session: open.session, lastImport: open.lastImport, reading: registers(reading))
                try append(.reset(reset))
            }
            let counted = (doubt == nil ? reading.import : open.lastImport) - open.begin.reading.import
            let end = End(
                session: open.session, reason: doubt == nil ? .restart : .meterDistrust, reading: registers(reading),
                energy: counted, ticks: open.ticks)
            lastEnd = try append(.end(end)).record.sequence
            interrupted = nil
            if doubt != nil, meter != open.begin.meter {
                let change = MeterChange(
                    before: open.begin.meter, lastImport: open.lastImport, after: meter, reading: registers(reading),
                    technician: nil)
                try append(.meterChange(change))
            }
            desk.status.update(chain) {
                if $0.connector.session.isEmpty { $0.connector.session = open.session.hex }
            }
        } catch {
            raise(error)
        }
    }

    /// Why a reading cannot continue an interrupted session, or nil.
    private func doubt(
        _ open: OpenSale, _ reading: EnergyReading, _ meter: SignedRecords.MeterIdentity
    ) -> String? {
        guard meter.serial == open.begin.meter.serial, meter.profileHash == open.begin.meter.profileHash else {
            return "the meter is \(meter.serial), it began on \(open.begin.meter.serial)"
        }
        guard reading.import >= open.lastImport else {
            return "the register fell from \(open.lastImport.rawValue) to \(reading.import.rawValue) mWh"
        }
        // Since the newest record: at most the rest of one kWh, and what flows until the gate has dropped, with a margin.
        let greatest = identity.maximumPower.energyIfFits(over: .seconds(20))?
            .multipliedIfFits(by: Int64(desk.identity.energyFactor)).flatMap { Tick.boundary.addingIfFits($0) }
        guard let greatest, reading.import - open.lastImport <= greatest else {
            return "the register rose from \(open.lastImport.rawValue) to \(reading.import.rawValue) mWh"
        }
        return nil
    }

    private func registers(_ reading: EnergyReading) -> RegisterReading {
        RegisterReading(
            import: reading.import, evidence: SignedRecords.RegisterEvidence(reading.evidence),
            confirmation: SignedRecords.RegisterEvidence(reading.confirmation),
            elapsedMicroseconds: UInt32(clamping: reading.elapsed.wholeMicroseconds))
    }
}
