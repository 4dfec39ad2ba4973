import Journal
import Logging
import Metering
import Quantities
import SignedRecords

extension ConnectorDesk {
    /// Takes in what the meter's bus says.
    func handle(_ event: MeterEvent) {
        switch event {
        case .identified(let identity, let generation):
            meterGeneration = generation
            meter = SignedRecords.MeterIdentity(
                vendor: Self.bounded(identity.vendor), model: Self.bounded(identity.model),
                serial: Self.bounded(identity.serial), profileID: Self.bounded(identity.profileID),
                profileHash: self.identity.meterProfileHash, trust: MeterTrust(identity.trust))
            desk.status.update(chain) {
                $0.meter.vendor = identity.vendor
                $0.meter.model = identity.model
                $0.meter.serial = identity.serial
                $0.meter.profile = identity.profileID
                $0.meter.isLost = false
                $0.meter.problem = ""
            }
        case .reading(let reading):
            self.reading = reading
            meterGeneration = reading.generation
            desk.status.update(chain) {
                $0.meter.importMWh = reading.import.rawValue
                $0.meter.powerMW = reading.power?.rawValue ?? 0
                $0.meter.hasPower = reading.power != nil
                $0.meter.voltageMV = reading.voltages.all.map { $0?.rawValue }
                $0.meter.currentMA = reading.currents.all.map { $0?.rawValue }
                $0.meter.frequencyMHz = reading.frequency?.rawValue
                $0.meter.accepted += 1
                $0.meter.problem = ""
            }
            endInterrupted()
            do throws(SaleBar) { try noteMeter(reading) } catch { raise(error) }
        case .live: break
        case .refused(let refusal):
            readErrors = readErrors == .max ? .max : readErrors + 1
            considerNewBase(refusal)
            logger.warning("connector \(chain): meter reading refused: \(refusal.reason)")
            desk.status.update(chain) {
                $0.meter.refused = refusal.total
                $0.meter.problem = "\(refusal.reason)"
            }
        case .lost(let reason):
            meter = nil
            logger.warning("connector \(chain): meter lost: \(reason)")
            desk.status.update(chain) {
                $0.meter.isLost = true
                $0.meter.problem = "\(reason)"
            }
        }
    }

    /// Readings in a row before another meter is put on record; a line that flips between two would fill the journal.
    private static var readingsOfStranger: Int { 10 }
    static var leastBaseDelay: Nanoseconds { .seconds(10) }
    private static var mostBaseDelay: Nanoseconds { .seconds(3_600) }

    /// Notes how far the register is; while nothing is sold, another meter than the records name is put on record once it has
    /// stayed, and before a session begins on it. So is the same meter with a register below the recorded one, before a session
    /// begins on that: the ledger pays none which only claims to begin there (docs/ledger.md).
    func noteMeter(_ reading: EnergyReading, beforeBegin: Bool = false) throws(SaleBar) {
        guard let meter, meterGeneration == reading.generation, var known else { return }
        if meter == known.identity {
            strangeReadings = 0
            known.lastImport = reading.import
            self.known = known
            guard beforeBegin, reading.import < known.recorded else { return }
        } else {
            strangeReadings += 1
            guard beforeBegin || strangeReadings >= Self.readingsOfStranger else { return }
        }
        guard sale == nil, interrupted == nil, isWritable, journal.freeRecords >= desk.reserveForEnding else { return }
        let isSame = meter == known.identity
        logger.notice(
            isSame
                ? "connector \(chain): the register stands at \(reading.import.rawValue), below \(known.recorded.rawValue) mWh"
                : "connector \(chain): meter \(known.identity.serial) was replaced by \(meter.serial)")
        try append(
            .meterChange(
                MeterChange(
                    before: known.identity, lastImport: isSame ? known.recorded : known.lastImport, after: meter,
                    reading: registers(reading),
                    technician: nil)))
        self.known = KnownMeter(identity: meter, lastImport: reading.import)
        strangeReadings = 0
    }

    /// A register that has jumped for good is of use again once it is counted from where it stands now. In a session that
    /// would bill the jump; a session that begins meanwhile ends, since the new base is a generation of its own.
    ///
    /// Each time, the next may be asked for twice as long after it: a meter that jumps again and again stays out of service.
    private func considerNewBase(_ refusal: ReadingRefusal) {
        let now = SystemClock.now()
        if let nextBaseAt, now < nextBaseAt { return }
        guard sale == nil, interrupted == nil, refusal.isDistrust, case .implausible(let reason) = refusal.reason,
            reason.isAboutRegister
        else { return }
        logger.warning("connector \(chain): the register is counted from where it stands now")
        meterWishes.wantNewBase()
        // An hour without one, and it begins anew.
        if let nextBaseAt, now - nextBaseAt >= Self.mostBaseDelay { baseDelay = Self.leastBaseDelay }
        nextBaseAt = now + baseDelay
        baseDelay = min(baseDelay + baseDelay, Self.mostBaseDelay)
    }

    /// Record fields hold at most 32 bytes of text.
    private static func bounded(_ text: String) -> String {
        var short = text
        while short.utf8.count > 32 { short.removeLast() }
        return short
    }
}

extension MeterTrust {
    /// The profile's word for how well its register map is known.
    init(_ trust: ProfileTrust) {
        self =
            switch trust {
            case .vendorDocument: .vendorDocument
            case .bench: .bench
            case .community: .community
            case .unverified: .unverified
            }
    }
}
