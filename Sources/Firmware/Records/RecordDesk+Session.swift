import ChargeControl
import Journal
import Ledger
import Logging
import Metering
import PlatformLink
import Quantities
import SignedRecords

extension RecordDesk {
    /// Writes the record that the core asks for.
    func handle(_ order: RecordOrder) {
        guard bar == nil else { return }
        guard isWritable(connector) else {
            // Faults of the first seconds; a session cannot begin before the head is proved.
            if held.count < Self.heldLimit { held.append(order) }
            return
        }
        do {
            switch order.intent {
            case .begin(let mark): try begin(mark, order)
            case .tick(let mark, let index, let boundaries): try tick(mark, index, boundaries, order)
            case .pause(_, let cause): try pause(cause)
            case .resume: try resume()
            case .end(let mark, let reason, let fault, let ticks, _): try end(mark, reason, fault, ticks, order)
            case .faultLatched(let code):
                try append(.event(.faultLatched(FaultLatched(code: code.rawValue))), to: connector)
            case .faultCleared(let code):
                try append(.event(.faultCleared(FaultCleared(code: code.rawValue, by: .condition))), to: connector)
            }
        } catch {
            raise(error)
        }
    }

    private func begin(_ mark: SessionMark, _ order: RecordOrder) throws(SaleBar) {
        guard sale == nil, let offered, offered.slot == mark.grantSlot, let grant, let meter,
            let deviceHead = journal.head(of: .device), let reading = order.reading,
            reading.number == mark.sample.number
        else {
            // The offer was withdrawn while the core asked: no begin record, so the contactor stays open.
            return withdrawOffer()
        }
        let sequence = (journal.head(of: connector)?.sequence ?? 0) + 1
        let session = SessionID.derive(
            grant: grant.grant.hash, device: device, chain: connector, beginSequence: sequence)
        let begin = Begin(
            session: session, grant: grant.grant.hash, payer: grant.grant.payer, tariff: grant.grant.tariff,
            meter: meter,
            firmwareDigest: identity.firmwareDigest, deviceHead: deviceHead.hash,
            deviceHeadSequence: deviceHead.sequence,
            reading: registers(reading), energyLimit: offered.energyLimit, energyFactor: identity.energyFactor)
        try append(.begin(begin), to: connector)
        sale = OpenSale(
            session: session, begin: begin, slot: mark.grantSlot, spentBefore: grant.grant.spent,
            lastImport: reading.import)
        status.update {
            $0.connector.session = session.hex
            $0.ledger.settled = false
            $0.ledger.paidMicro = 0
            $0.ledger.commissionMicro = 0
        }
        tell(.beginDurable(session: mark.session))
    }

    private func tick(
        _ mark: SessionMark, _ index: UInt32, _ boundaries: UInt32, _ order: RecordOrder
    ) throws(SaleBar) {
        guard var sale, let reading = order.reading else { return missingSession("tick") }
        let tick = Tick(
            session: sale.session, index: index, count: boundaries, reading: registers(reading), energy: mark.energy,
            readErrors: readErrors, status: order.contactorClosed ? [.meterHealthy, .contactorClosed] : .meterHealthy)
        try append(.tick(tick), to: connector)
        readErrors = 0
        sale.ticks = index
        sale.lastImport = reading.import
        self.sale = sale
    }

    private func pause(_ cause: PauseCause) throws(SaleBar) {
        guard let sale else { return missingSession("pause") }
        let reason: PauseReason =
            switch cause {
            case .car: .car
            case .fault: .fault
            case .noCurrent: .limit
            }
        try append(.pause(Pause(session: sale.session, reason: reason)), to: connector)
    }

    private func resume() throws(SaleBar) {
        guard let sale else { return missingSession("resume") }
        try append(.resume(Resume(session: sale.session)), to: connector)
    }

    private func end(
        _ mark: SessionMark, _ reason: ChargeControl.StopReason, _ fault: FaultCode?, _ ticks: UInt32,
        _ order: RecordOrder
    ) throws(SaleBar) {
        guard let sale, let reading = order.reading else { return missingSession("end") }
        let end = End(
            session: sale.session, reason: SignedRecords.StopReason(reason), reading: registers(reading),
            energy: mark.energy, ticks: ticks, faultCode: fault?.rawValue)
        lastEnd = try append(.end(end), to: connector).record.sequence
        self.sale = nil
        withdrawOffer()
    }

    private func missingSession(_ kind: String) {
        logger.error("the core asks for a \(kind) record, but no session is open")
    }

    /// DECISIONS: after any restart an open session is first ended, with the energy up to the first accepted reading.
    func endInterrupted() {
        guard let open = interrupted, isWritable(connector), let reading, let meter else { return }
        do {
            guard meter.serial == open.begin.meter.serial, meter.profileHash == open.begin.meter.profileHash else {
                throw SaleBar.meterSwapped(expected: open.begin.meter.serial, found: meter.serial)
            }
            guard reading.import >= open.lastImport else {
                throw SaleBar.registerFell(from: open.lastImport.rawValue, to: reading.import.rawValue)
            }
            let end = End(
                session: open.session, reason: .restart, reading: registers(reading),
                energy: reading.import - open.begin.reading.import, ticks: open.ticks)
            lastEnd = try append(.end(end), to: connector).record.sequence
            interrupted = nil
            status.update {
                if $0.connector.session.isEmpty { $0.connector.session = open.session.hex }
            }
        } catch let reason as SaleBar {
            raise(reason)
        } catch {
            raise(.records("\(error)"))
        }
    }

    private func registers(_ reading: EnergyReading) -> RegisterReading {
        RegisterReading(
            import: reading.import, evidence: SignedRecords.RegisterEvidence(reading.evidence),
            confirmation: SignedRecords.RegisterEvidence(reading.confirmation),
            elapsedMicroseconds: UInt32(clamping: reading.elapsed.wholeMicroseconds))
    }
}

extension SignedRecords.RegisterEvidence {
    /// The words as they came over the bus.
    init(_ evidence: Metering.RegisterEvidence) {
        self.init(functionCode: evidence.functionCode, address: evidence.address, words: evidence.words)
    }
}

extension SignedRecords.StopReason {
    /// The core's reason in the vocabulary of records.
    init(_ reason: ChargeControl.StopReason) {
        self =
            switch reason {
            case .car: .car
            case .unplugged: .unplugged
            case .grantSpent: .grantSpent
            case .energyLimit: .energyLimit
            case .grantExpired: .grantExpired
            case .grantWithdrawn: .grantSpent
            case .owner: .owner
            case .shutdown: .shutdown
            case .fault: .fault
            case .journalFull: .journalFull
            }
    }
}
