public import Ledger
public import SignedRecords

/// The vocabulary of records in words for people.
public enum ReceiptWords {
    /// Why a session ended.
    public static func text(_ reason: StopReason) -> String {
        switch reason {
        case .car: "the car had enough"
        case .unplugged: "unplugged"
        case .grantSpent: "the grant was spent"
        case .energyLimit: "the energy limit was reached"
        case .owner: "stopped by the driver or the owner"
        case .restart: "the charger started anew"
        case .shutdown: "the charger was shut down"
        case .fault: "a fault"
        case .meterLoss: "the meter was lost"
        case .journalFull: "no room for further records"
        case .grantExpired: "the grant expired"
        case .emergencyStop: "emergency stop"
        case .recordFailure: "records could not be written"
        case .meterDistrust: "the meter could not be trusted"
        case .technician: "stopped by a technician"
        case .scheduleEnd: "the time was up"
        case .grantWithdrawn: "the grant no longer stood"
        }
    }

    /// The hours of a window, `Mon Tue 22:00 to 24:00 (UTC+01:00)`.
    public static func text(_ hours: WeeklyWindow, in week: LocalWeek) -> String {
        func clock(_ minutes: Int64) -> String {
            let (hour, minute) = minutes.quotientAndRemainder(dividingBy: 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
        }
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let days = names.indices.filter { hours.days & (1 << $0) != 0 }.map { names[$0] }
        let offset = Int64(week.offset.magnitude)
        let zone = offset == 0 ? "UTC" : "UTC\(week.offset < 0 ? "-" : "+")\(clock(offset))"
        return (days.count == 7 ? "" : days.joined(separator: " ") + " ")
            + "\(clock(hours.from)) to \(clock(hours.to)) (\(zone))"
    }

    /// Why the contactor opened inside a session.
    public static func text(_ reason: PauseReason) -> String {
        switch reason {
        case .car: "by the car"
        case .limit: "too little current available"
        case .owner: "by the owner or a schedule"
        case .fault: "a fault that cleared by itself"
        case .meter: "the meter gave no acceptable answer"
        case .lateness: "the control loop was late"
        }
    }

    /// Why there was no accepted reading.
    public static func text(_ reason: GapReason) -> String {
        switch reason {
        case .meterSilent: "the meter was silent"
        case .meterRefused: "the meter's answers were refused"
        case .restart: "the charger started anew"
        case .records: "records could not be written"
        }
    }

    /// How well a meter's profile is known to fit.
    public static func text(_ trust: MeterTrust) -> String {
        switch trust {
        case .unverified: "unverified profile"
        case .community: "community profile"
        case .bench: "profile checked on a bench"
        case .vendorDocument: "profile from the vendor's document"
        }
    }

    /// What befell the session, a line each: gaps, resets, rollovers and faults by themselves, pauses counted by reason.
    public static func interruptions(_ timeline: SessionTimeline) -> [String] {
        var lines: [String] = []
        var pauses: [(reason: PauseReason, count: Int)] = []
        for point in timeline.points {
            switch point.event {
            case .pause(let reason):
                if let index = pauses.firstIndex(where: { $0.reason == reason }) {
                    pauses[index].count += 1
                } else {
                    pauses.append((reason, 1))
                }
            case .gap(let reason, let milliseconds):
                lines.append("gap of \(duration(milliseconds)): \(text(reason))")
            case .rollover: lines.append("the meter's register rolled over")
            case .reset: lines.append("the meter's register fell; what passed meanwhile is not counted")
            case .faultLatched(let code): lines.append("fault \(code)")
            case .faultCleared(let code): lines.append("fault \(code) cleared")
            case .begin, .tick, .resume, .end: break
            }
        }
        lines = pauses.map { "\($0.count) \($0.count == 1 ? "pause" : "pauses"): \(text($0.reason))" } + lines
        if timeline.refusedReadings > 0 { lines.append("\(timeline.refusedReadings) meter answers refused") }
        return lines
    }

    /// Milliseconds as `1 h 05 min`, `3 min 20 s`, `12 s` or `250 ms`.
    public static func duration(_ milliseconds: UInt64) -> String {
        func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let seconds = milliseconds / 1_000
        if seconds == 0 { return "\(milliseconds) ms" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
        return "\(seconds / 3_600) h \(two(seconds / 60 % 60)) min"
    }
}
