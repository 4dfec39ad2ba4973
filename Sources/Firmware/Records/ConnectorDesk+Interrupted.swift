import Logging
import Metering
import Quantities
import SignedRecords

// A session that was open when the device stopped. After any restart it is first ended, with the energy up to the first
// accepted reading that was asked for once its current had ended; what that reading cannot vouch for, nobody is billed for.
extension ConnectorDesk {
    /// How the first reading after the restart continues the session.
    private enum Continuation {
        /// The register went on.
        case goesOn
        /// It went on past its modulus.
        case wraps(MilliwattHours)
        /// It was set back.
        case reset
        /// It says nothing about this session: it is another meter's, or beyond what can have flowed.
        case foreign(String)
    }

    /// Ends the session, if there is one, as soon as chain and meter allow.
    func endInterrupted() {
        guard var open = interrupted, mayEndInterrupted, let reading, let meter, reading.generation == meterGeneration
        else {
            return
        }
        guard isFinal(reading) else { return }
        let continuation = continuation(of: open, reading, meter)
        guard hasSettled(continuation, reading) else { return }
        do throws(SaleBar) {
            let now = registers(reading)
            switch continuation {
            case .goesOn:
                try write(.gap(restartGap(open, reading, from: open.lastImport)), to: &open)
                try end(open, .restart, at: now)
            case .wraps(let modulus):
                let rollover = Rollover(
                    session: open.session, lastImport: open.lastImport, reading: now, modulus: modulus)
                try write(.rollover(rollover), to: &open)
                try write(.gap(restartGap(open, reading, from: now.import)), to: &open)
                try end(open, .restart, at: now)
            case .reset:
                logger.error("session \(open.session) ends at its last record: the register fell")
                let reset = Reset(session: open.session, lastImport: open.lastImport, reading: now)
                try write(.reset(reset), to: &open)
                try end(open, .meterDistrust, at: now)
            case .foreign(let reason):
                logger.error("session \(open.session) ends at its last record: \(reason)")
                try end(open, .meterDistrust, at: open.newest)
            }
            desk.status.update(chain) {
                if $0.connector.session.isEmpty { $0.connector.session = open.session.hex }
            }
            try noteMeter(reading)
            handleHeld()
        } catch {
            raise(error)
        }
        desk.carryOutMove()
    }

    /// The chain may be written to, or this end is what a move to another ledger waits for.
    private var mayEndInterrupted: Bool { isWritable || (bar == nil && desk.bar == nil && desk.move != nil) }

    /// Whether the register holds all that flowed before the start. A device that is killed and back within a fraction of a
    /// second may read it while its contactor still opens, or before the meter renewed it: that energy would be nobody's.
    private func isFinal(_ reading: EnergyReading) -> Bool {
        guard let open = desk.contactorsOpenBy else { return true }
        return reading.at - reading.elapsed >= open + identity.registerRefresh
    }

    /// Whether the register has said so often enough. A meter or a gateway that came up with this device may answer anything
    /// in its first seconds: what ends a session at its last record has to stand in as many readings as in a session.
    private func hasSettled(_ continuation: Continuation, _ reading: EnergyReading) -> Bool {
        switch continuation {
        case .goesOn, .wraps: return true
        case .reset, .foreign: break
        }
        if let last = doubted.last, last.generation != reading.generation || last.import > reading.import {
            doubted = []
        }
        if doubted.last?.number != reading.number { doubted.append(reading) }
        return doubted.count >= Self.readingsOfDoubt
    }

    private static var readingsOfDoubt: Int { 3 }

    private func end(
        _ open: OpenSale, _ reason: SignedRecords.StopReason, at last: RegisterReading
    ) throws(SaleBar) {
        var open = open
        let end = End(
            session: open.session, reason: reason, reading: last, energy: open.energy(at: last.import),
            ticks: open.progress.ticks)
        lastEnd = try write(.end(end), to: &open).record.sequence
        oweExport(open.session, first: open.progress.beginHead.sequence, last: lastEnd)
        interrupted = nil
        doubted = []
    }

    @discardableResult
    private func write(_ body: RecordBody, to open: inout OpenSale) throws(SaleBar) -> SignedRecord {
        do { try open.take(body) } catch { throw .orders("\(body.kind): \(error)") }
        return try append(body)
    }

    private func continuation(
        of open: OpenSale, _ reading: EnergyReading, _ meter: SignedRecords.MeterIdentity
    ) -> Continuation {
        // A profile whose file was touched is the same meter's; the change goes on record after the end.
        guard meter.serial == open.begin.meter.serial, meter.profileID == open.begin.meter.profileID else {
            return .foreign("the meter is \(meter.serial), it began on \(open.begin.meter.serial)")
        }
        if open.isDistrusted || open.progress.hasReset { return .foreign("its meter was distrusted before the stop") }
        let words = "the register rose from \(open.lastImport.rawValue) to \(reading.import.rawValue) mWh"
        guard let most = mostSinceLastRecord else { return .foreign(words) }
        if reading.import >= open.lastImport {
            return reading.import - open.lastImport <= most ? .goesOn : .foreign(words)
        }
        if let modulus = reading.modulus, open.lastImport < modulus,
            reading.import + (modulus - open.lastImport) <= most
        {
            return .wraps(modulus)
        }
        return .reset
    }

    /// At most the rest of one kWh, and what flows until the gate has dropped, with a margin.
    private var mostSinceLastRecord: MilliwattHours? {
        identity.maximumPower.energyIfFits(over: .seconds(20))?
            .multipliedIfFits(by: Int64(desk.identity.energyFactor)).flatMap { Tick.boundary.addingIfFits($0) }
    }
}
