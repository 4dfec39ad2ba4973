import ChargeControl
import Quantities

/// The sources of limits outside the core on one connector: installer, owner, schedule. Each that is configured has a say
/// from the first step on.
struct ConnectorLimits: BitwiseCopyable, Sendable {
    private let installer: Milliamps
    private let ownerChoice: Milliamps?
    private let schedule: Schedule?
    /// Local time minus UTC.
    private let utcOffset: Int64
    /// What the owner said since the start, in place of the configuration's.
    private var ownerOverride: Milliamps?

    /// The sources as they are configured.
    ///
    /// - Parameter seed: another number for each connector in the world: it draws the schedule's random delay.
    init(
        installer: Milliamps = DutyCode.maximum, _ limits: FirmwareConfiguration.Limits = .unlimited, seed: UInt64 = 0
    ) {
        self.installer = installer
        ownerChoice = limits.owner
        ownerOverride = nil
        utcOffset = Int64(limits.schedule?.utcOffset ?? 0) * 60
        schedule = limits.schedule.map { daily in
            let delay = Int32(seed % UInt64(daily.randomDelay + 1))
            var schedule = Schedule(otherwise: daily.otherwise, delay: delay)
            for window in daily.windows {
                let isTaken = schedule.add(window)
                invariant(isTaken, "a configuration has no more windows than a schedule holds")
            }
            return schedule
        }
    }

    /// The owner's word since the start; nil for none.
    mutating func setOwner(_ limit: Milliamps?) { ownerOverride = limit }

    /// Writes what holds now.
    ///
    /// - Parameter utc: seconds since 1970, nil where the clock is not known.
    func apply(to table: inout LimitTable, utc: Int64?) {
        table[.installer] = CurrentLimit(installer, because: .configured)
        table[.owner] = (ownerOverride ?? ownerChoice).map { CurrentLimit($0, because: .ownerChoice) }
        if let schedule { table[.schedule] = schedule.limit(atSecondOfDay: utc.map(secondOfDay)) }
    }

    /// The second of the local day, 0 to 86 399.
    private func secondOfDay(_ utc: Int64) -> Int32 {
        let second = (utc + utcOffset) % 86_400
        return Int32(second < 0 ? second + 86_400 : second)
    }
}
