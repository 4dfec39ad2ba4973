import ChargeControl
import Journal
import Logging
import Quantities
import SignedRecords

extension ConnectorDesk {
    /// Takes up this connector's chain where it ends.
    func takeUp() throws(JournalError) {
        interrupted = try openSale()
        known = try knownMeter()
        try findOwedExports()
        try takeUpVouchers()
        // Whatever stands at the end of the chain may be a session that the ledger does not know yet.
        lastEnd = journal.head(of: chain)?.sequence ?? 0
        lastRecordAt = try journal.records(of: chain, from: max(1, lastEnd), through: lastEnd).first?.record.time
        clearedByRestart = try standingFaults().filter {
            !$0.row(for: identity.control).rule.latch.survivesPowerLoss
        }
        guard let interrupted else { return }
        let session = interrupted.session
        logger.warning(
            "connector \(chain): session \(session) was open at the last stop; it ends with the first reading")
    }

    /// The session that was open when the device stopped.
    private func openSale() throws(JournalError) -> OpenSale? {
        guard let signed = try journal.openSession(chain: chain), case .begin(let begin) = signed.record.body else {
            return nil
        }
        var sale = OpenSale(begin, at: signed.head, slot: 0, spentBefore: .zero)
        for signed in try journal.records(of: chain, from: signed.record.sequence + 1) {
            // This device wrote them, each held against those before it.
            do { try sale.take(signed.record.body) } catch {
                logger.error("record \(chain)/\(signed.record.sequence): \(error)")
            }
        }
        return sale
    }

    /// The meter that the newest records name, however long ago.
    private func knownMeter() throws(JournalError) -> KnownMeter? {
        var known: KnownMeter?
        for signed in try journal.standing(of: chain) {
            switch signed.record.body {
            case .begin(let begin): known = KnownMeter(identity: begin.meter, lastImport: begin.reading.import)
            case .meterChange(let change): known = KnownMeter(identity: change.after, lastImport: change.reading.import)
            case .tick(let tick): known?.lastImport = tick.reading.import
            case .rollover(let rollover): known?.lastImport = rollover.reading.import
            case .reset(let reset): known?.lastImport = reset.reading.import
            case .gap(let gap): known?.lastImport = gap.reading.import
            case .end(let end): known?.lastImport = end.reading.import
            default: break
            }
        }
        // All that is known at a start is what the records say.
        return known.map { KnownMeter(identity: $0.identity, lastImport: $0.lastImport) }
    }

    /// The faults that were latched and never cleared.
    private func standingFaults() throws(JournalError) -> [FaultCode] {
        try journal.standing(of: chain).compactMap { signed in
            guard case .event(.faultLatched(let latched)) = signed.record.body else { return nil }
            return FaultCode(rawValue: latched.code)
        }
    }

    /// What the records say of this connector from before the start: the faults that were latched and never cleared, those
    /// whose latch survives power loss (a weld, a residual direct current, the emergency stop), and the contactor's life.
    func restoredState() throws(JournalError) -> RestoredState {
        var standing: Set<FaultCode> = []
        var raisedInThisBoot: Set<FaultCode> = []
        var state = RestoredState()
        for signed in try journal.standing(of: chain) {
            guard case .event(let event) = signed.record.body else { continue }
            switch event {
            case .faultLatched(let latched):
                guard let code = FaultCode(rawValue: latched.code) else { continue }
                standing.insert(code)
                // The kernel's boot id is as near as software comes to "the power was cycled".
                if signed.record.time.boot == desk.clock.boot.boot { raisedInThisBoot.insert(code) }
            case .wear(let wear): state.wear = ContactorWear(wear)
            // A cleared fault stands no more.
            case .faultCleared, .residualSelfTest, .technicianAction, .configurationChange: break
            }
        }
        state.latched = standing.filter { $0.row(for: identity.control).rule.latch.survivesPowerLoss }
            .sorted { $0.rawValue < $1.rawValue }
        state.latchedInThisBoot = state.latched.filter(raisedInThisBoot.contains)
        return state
    }
}
