public import Quantities
public import SignedRecords

/// When others than its owner may use a charger, and on what terms they may reserve it: `[offset from UTC in minutes, [[days,
/// from, to], …], deposit, no-show minutes, notice minutes]`. A charger without it is public at all hours. The owner may always
/// charge.
public struct Sharing: StateValue {
    public static let noun = "sharing"

    /// How the hours lie.
    public let week: LocalWeek
    /// When guests may charge; empty for never.
    public let windows: [WeeklyWindow]
    /// What a reservation costs whoever does not come.
    public let deposit: Microunits
    /// How long the connector is kept for who reserved it, 1 to 240 minutes.
    public let noShowMinutes: Int64
    /// Until how long before it begins a reservation may be cancelled, 0 to 10080 minutes.
    public let noticeMinutes: Int64

    /// What holds for a charger whose owner said nothing: at all hours, a quarter of an hour, no deposit, no notice.
    public static let publicCharger = Sharing(
        unchecked: .utc, windows: [], deposit: .zero, noShowMinutes: 15, noticeMinutes: 0)

    private init(
        unchecked week: LocalWeek, windows: [WeeklyWindow], deposit: Microunits, noShowMinutes: Int64,
        noticeMinutes: Int64
    ) {
        self.week = week
        self.windows = windows
        self.deposit = deposit
        self.noShowMinutes = noShowMinutes
        self.noticeMinutes = noticeMinutes
    }

    /// Throws `LedgerError.refused` for what lies outside the ranges above.
    public init(
        week: LocalWeek, windows: [WeeklyWindow], deposit: Microunits = .zero, noShowMinutes: Int64 = 15,
        noticeMinutes: Int64 = 0
    ) throws(LedgerError) {
        guard windows.count <= WeeklyWindow.maximumCount else {
            throw .refused(
                what: "windows", expected: "at most \(WeeklyWindow.maximumCount)", found: "\(windows.count)")
        }
        guard deposit >= .zero, deposit <= Tariff.maximumFee else {
            throw .refused(
                what: "deposit", expected: "0 to \(Tariff.maximumFee.rawValue) microunits",
                found: "\(deposit.rawValue)")
        }
        guard (1...240).contains(noShowMinutes), (0...10_080).contains(noticeMinutes) else {
            throw .refused(
                what: "reservations", expected: "kept for 1 to 240 minutes, cancelled 0 to 10080 minutes before",
                found: "\(noShowMinutes) and \(noticeMinutes)")
        }
        self.init(
            unchecked: week, windows: windows, deposit: deposit, noShowMinutes: noShowMinutes,
            noticeMinutes: noticeMinutes)
    }

    public var items: [CBOR] {
        [
            .integer(week.offset), .array(windows.map { .array($0.items) }), .integer(deposit.rawValue),
            .integer(noShowMinutes), .integer(noticeMinutes),
        ]
    }

    public init(reading values: inout StateValueReader) throws(LedgerError) {
        let week = try LocalWeek(offset: try values.signed("offset"))
        var windows: [WeeklyWindow] = []
        for var window in try values.arrays("windows", count: 0...WeeklyWindow.maximumCount) {
            windows.append(try WeeklyWindow(reading: &window))
            try window.finish()
        }
        try self.init(
            week: week, windows: windows, deposit: try values.quantity("deposit", as: Microunits.self),
            noShowMinutes: try values.number("no-show minutes", as: Int64.self),
            noticeMinutes: try values.number("notice minutes", as: Int64.self))
    }
}
