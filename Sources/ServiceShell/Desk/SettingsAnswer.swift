public import Quantities

/// What a technician wants of the settings. Connector 0 is all of them.
public enum SettingsWish: Equatable, Sendable {
    case stageLimit(Milliamps?, connector: UInt32)
    case stageService(isOut: Bool, connector: UInt32)
    case commit
    case tryFor(Nanoseconds)
    case confirm
    case rollBack
}

/// What technicians have set to stay.
public struct SettingsAnswer: Equatable, Sendable, Reportable {
    /// One connector's values.
    public struct Values: Equatable, Sendable {
        /// nil for none.
        public var limit: Milliamps?
        public var isOutOfService: Bool

        public init(limit: Milliamps?, isOutOfService: Bool) {
            self.limit = limit
            self.isOutOfService = isOutOfService
        }
    }

    /// Connector 1, connector 2 …
    public var current: [Values]
    public var staged: [Values]
    /// What comes back where nobody confirms; nil where nothing is on trial.
    public var before: [Values]?
    public var trialLeft: Nanoseconds?

    public init(current: [Values], staged: [Values], before: [Values]? = nil, trialLeft: Nanoseconds? = nil) {
        self.current = current
        self.staged = staged
        self.before = before
        self.trialLeft = trialLeft
    }

    var report: Report {
        var report = Report()
        report.add("on trial for", trialLeft.map { .duration($0) } ?? .none(of: .duration(nil)))
        report.add("settings", .rows(current.indices.flatMap { rows(of: $0) }))
        return report
    }

    /// What a commit would change.
    var difference: Report {
        var report = Report()
        report.add(
            "staged",
            .rows(
                current.indices.flatMap { index -> [Report] in
                    let (now, next) = (current[index], staged[index])
                    var rows: [Report] = []
                    if now.limit != next.limit {
                        rows.append(Self.row("limit", index, Self.value(now.limit), pending: Self.value(next.limit)))
                    }
                    if now.isOutOfService != next.isOutOfService {
                        rows.append(Self.row("service", index, Self.value(now), pending: Self.value(next)))
                    }
                    return rows
                }))
        return report
    }

    private func rows(of index: Int) -> [Report] {
        let (now, next, old) = (current[index], staged[index], before?[index])
        var limit = Self.row(
            "limit", index, Self.value(now.limit), pending: now.limit == next.limit ? nil : Self.value(next.limit))
        if let old, old.limit != now.limit { limit.add("comes back", Self.value(old.limit)) }
        limit.add("range", .text("0.000 to 80.000 A per phase; the machine's own limits come after it"))
        limit.add("source", .text(now.limit == nil ? "default" : "technician"))
        var service = Self.row(
            "service", index, Self.value(now),
            pending: now.isOutOfService == next.isOutOfService ? nil : Self.value(next))
        if let old, old.isOutOfService != now.isOutOfService { service.add("comes back", Self.value(old)) }
        service.add("range", .text("in, out"))
        service.add("source", .text(now.isOutOfService ? "technician" : "default"))
        return [limit, service]
    }

    private static func row(_ key: String, _ index: Int, _ value: ReportValue, pending: ReportValue?) -> Report {
        var row = Report()
        row.add("setting", .text(key))
        row.add("connector", .count(UInt64(index + 1)))
        row.add("value", value)
        if let pending { row.add("staged", pending) }
        return row
    }

    private static func value(_ limit: Milliamps?) -> ReportValue {
        limit.map { .milliamps($0) } ?? .none(of: .milliamps(nil))
    }

    private static func value(_ values: Values) -> ReportValue { .text(values.isOutOfService ? "out" : "in") }
}
