import ChargeControl
import Logging
import Metering
import Quantities
import SignedRecords

// Times in a session of which no record tells: the energy is in the register, and a gap says from where to where it rose
// unseen. It never bills: the next tick or the end does, by the same register.
extension ConnectorDesk {
    /// In a session, no accepted reading for longer than this is a gap, and so is a record thread that stood still for so
    /// long: the time after which the core takes the meter for lost and opens (fault 502).
    static let leastGap = Nanoseconds.seconds(10)

    /// The meter was silent or refused, and goes on.
    func gap(_ before: EnergyReading, _ after: EnergyReading, _ reason: GapReason) throws(SaleBar) {
        guard let sale, !sale.progress.hasReset else { return }
        // Over a wrap the rollover record has told of both registers.
        let last = before.rollovers == after.rollovers ? before.import : after.import
        try appendToSale(
            .gap(
                Gap(
                    session: sale.session, reason: reason, milliseconds: Self.milliseconds(after.at - before.at),
                    lastImport: last, reading: registers(after))))
    }

    /// Records could not be written for so long; said with the next reading that the core decided on.
    func owe(stall: Nanoseconds) {
        guard sale != nil else { return }
        owedStall = max(owedStall, stall)
    }

    /// Pays what `owe` noted, before the record that rests on this reading.
    func noteStall(before reading: EnergyReading) throws(SaleBar) {
        guard owedStall > .zero, let sale, !sale.progress.hasReset, reading.import >= sale.lastImport else { return }
        let stall = owedStall
        owedStall = .zero
        try appendToSale(
            .gap(
                Gap(
                    session: sale.session, reason: .records, milliseconds: Self.milliseconds(stall),
                    lastImport: sale.lastImport, reading: registers(reading))))
    }

    /// The gap that a restart left in the session that it interrupted.
    func restartGap(_ open: OpenSale, _ reading: EnergyReading, from last: MilliwattHours) -> Gap {
        Gap(
            session: open.session, reason: .restart,
            milliseconds: lastRecordAt.map { Self.milliseconds(from: $0, to: desk.recordTime()) } ?? 0,
            lastImport: last, reading: registers(reading))
    }

    private static func milliseconds(_ duration: Nanoseconds) -> UInt64 {
        UInt64(max(0, duration.rawValue / 1_000_000))
    }

    /// From one record to a later one: by the time since boot, or across boots by the wall clock where both have one, and never
    /// less than this boot has lasted.
    static func milliseconds(from earlier: RecordTime, to later: RecordTime) -> UInt64 {
        if earlier.boot == later.boot {
            return later.monotonic - min(earlier.monotonic, later.monotonic)
        }
        guard let before = earlier.utc, let after = later.utc, after > before else { return later.monotonic }
        return max(later.monotonic, UInt64(after.rawValue - before.rawValue))
    }
}
