import ChargeControl
import Quantities

/// The sources of limits outside the core on one connector: installer, owner, technician, schedule. Each that is configured has a
/// say from the first step on, and what one says is replaced by himself alone.
struct ConnectorLimits: BitwiseCopyable, Sendable {
    private let installer: Milliamps
    private let ownerChoice: Milliamps?
    private let schedule: Schedule?
    /// Local time minus UTC.
    private let utcOffset: Int64
    /// What the owner said since the start, in place of the configuration's.
    private var ownerOverride: Milliamps?
    /// What a technician said since the start, and what his settings say.
    private var technicianChoice: Milliamps?
    private var setting: Milliamps?
    /// Who wants nothing charged: a bit each.
    private var stops: UInt8 = 0

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

    /// Somebody's word since the start; nil for none.
    mutating func set(_ limit: Milliamps?, by asker: LimitAsker) {
        switch asker {
        case .owner: ownerOverride = limit
        case .technician: technicianChoice = limit
        case .settings: setting = limit
        }
    }

    /// Somebody wants nothing charged, or takes that back.
    mutating func stop(_ isWanted: Bool, by asker: LimitAsker) {
        if isWanted { stops |= 1 << asker.rawValue } else { stops &= ~(1 << asker.rawValue) }
    }

    /// Whether anybody wants nothing charged.
    var isStopped: Bool { stops != 0 }

    /// Writes what holds now.
    ///
    /// - Parameter utc: seconds since 1970, nil where the clock is not known.
    func apply(to table: inout LimitTable, utc: Int64?) {
        table[.installer] = CurrentLimit(installer, because: .configured)
        table[.owner] = (ownerOverride ?? ownerChoice).map { CurrentLimit($0, because: .ownerChoice) }
        table[.technician] = technicianLimit
        if let schedule { table[.schedule] = schedule.limit(atSecondOfDay: utc.map(secondOfDay)) }
    }

    /// The lower of what a technician said and what his settings say.
    private var technicianLimit: CurrentLimit? {
        guard let technicianChoice else { return setting.map { CurrentLimit($0, because: .setting) } }
        if let setting, setting <= technicianChoice { return CurrentLimit(setting, because: .setting) }
        return CurrentLimit(technicianChoice, because: .technicianChoice)
    }

    /// The second of the local day, 0 to 86 399.
    private func secondOfDay(_ utc: Int64) -> Int32 {
        let second = (utc + utcOffset) % 86_400
        return Int32(second < 0 ? second + 86_400 : second)
    }
}
